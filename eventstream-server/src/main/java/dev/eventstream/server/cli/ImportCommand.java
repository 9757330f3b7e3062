package dev.eventstream.server.cli;

import dev.eventstream.EventStream;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.importer.ImportCounts;
import dev.eventstream.server.importer.ImportResult;
import dev.eventstream.server.importer.QueueImport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The command {@code import FILE}: imports the queue file of the Python service. */
public final class ImportCommand {
  static final String USAGE =
      """
      Usage: import [--source NAME] FILE

      Publishes the events of FILE, the durable_queue.json of the Python service: one JSON event per
      line. Each event becomes exactly one document, also if the import is stopped, killed or
      repeated.

        FILE             the file; it is only read. FILE.import holds the progress, and
                         FILE.unreadable lists lines that are not events or were rejected, with the
                         reason
        --source NAME    distinguishes this file from others (default: its name). Use different
                         names for the queues of several machines

      The server's settings are read from the environment; see serve --help. A server can run at the
      same time. Events that the cluster does not accept now go to the spool; the import ends when
      they have been delivered.

      Exit code: 0 done, also if lines were unreadable; 1 a file cannot be read or written; 2 usage
      or settings; 143 or 130 stopped by SIGTERM or SIGINT: the next run continues.
      """;

  private static final int USAGE_ERROR = 2;
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(3);
  private static final Duration SPOOL_POLL = Duration.ofMillis(200);

  private ImportCommand() {}

  /**
   * Runs the import; SIGTERM and SIGINT stop it.
   *
   * @param args see {@code --help}
   */
  @SuppressWarnings("SystemOut") // the output of a command
  public static void main(String[] args) {
    System.exit(StopSignal.run(() -> run(List.of(args), System.getenv(), System.out, System.err)));
  }

  static int run(
      List<String> args, Map<String, String> environment, PrintStream out, PrintStream err) {
    if (args.contains("--help") || args.contains("-h")) {
      out.print(USAGE);
      return 0;
    }
    String source = null;
    Path file = null;
    ServerSettings settings;
    try {
      for (Iterator<String> rest = args.iterator(); rest.hasNext(); ) {
        String arg = rest.next();
        if (arg.equals("--source") && rest.hasNext()) {
          source = rest.next();
        } else if (arg.equals("--source")) {
          throw new IllegalArgumentException("--source needs a name");
        } else if (arg.startsWith("-")) {
          throw new IllegalArgumentException("unknown option \"" + arg + "\"");
        } else if (file != null) {
          throw new IllegalArgumentException("give one FILE only; there is also \"" + arg + "\"");
        } else {
          file = path(arg);
        }
      }
      if (file == null) {
        throw new IllegalArgumentException("FILE is missing");
      }
    } catch (IllegalArgumentException e) {
      err.println(e.getMessage());
      err.println();
      err.print(USAGE);
      return USAGE_ERROR;
    }
    try {
      settings = ServerSettings.fromEnvironment(environment);
    } catch (InvalidSettingsException e) {
      err.println(e.getMessage());
      return USAGE_ERROR;
    }
    return run(settings, file, source, out, err);
  }

  private static Path path(String arg) {
    try {
      Path path = Path.of(arg);
      if (path.getFileName() != null) {
        return path;
      }
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("\"" + arg + "\" is not a file", e);
    }
    throw new IllegalArgumentException("\"" + arg + "\" is not a file");
  }

  private static int run(
      ServerSettings settings,
      Path file,
      @Nullable String source,
      PrintStream out,
      PrintStream err) {
    try (EventStream stream = EventServer.stream(settings)) {
      ProgressLines lines = new ProgressLines(out);
      ImportResult result = new QueueImport(stream, file, source).run(lines);
      out.print(summary(file, result));
      awaitEmptySpool(stream, lines);
      return 0;
    } catch (InterruptedException e) {
      out.println("stopped; the next import of " + file + " continues here");
      return StopSignal.STOPPED;
    } catch (IllegalArgumentException e) {
      err.println(e.getMessage());
      return USAGE_ERROR;
    } catch (FileSystemException e) {
      err.println(e); // its message may be a name only
      return 1;
    } catch (IOException e) {
      err.println(e.getMessage());
      return 1;
    }
  }

  /** Waits until the spool is empty, since possibly no server is started that would deliver it. */
  private static void awaitEmptySpool(EventStream stream, ProgressLines lines)
      throws InterruptedException {
    long waiting = stream.backlog().spool().documents();
    while (waiting > 0) {
      lines.onWaiting(waiting);
      Thread.sleep(SPOOL_POLL.toMillis());
      waiting = stream.backlog().spool().documents();
    }
  }

  private static String summary(Path file, ImportResult result) {
    ImportCounts counts = result.counts();
    String report = counts.unreadable() == 0 ? "" : "; see " + result.report();
    return """
        %s: %s
          lines          %d
          events         %d
          indexed        %d
          duplicates     %d
          spooled        %d
          dead-lettered  %d
          dropped        %d
          unreadable     %d%s
        """
        .formatted(
            file,
            result.alreadyImported() ? "already imported" : "imported",
            counts.lines(),
            counts.events(),
            counts.indexed(),
            counts.duplicates(),
            counts.spooled(),
            counts.deadLettered(),
            counts.dropped(),
            counts.unreadable(),
            report);
  }

  /** Prints the progress every few seconds. */
  private static final class ProgressLines implements QueueImport.Listener {
    private final PrintStream out;
    private long lastLine = System.nanoTime();

    ProgressLines(PrintStream out) {
      this.out = out;
    }

    @Override
    public void onProgress(ImportCounts counts, long offset, long size) {
      if (isTime()) {
        out.printf(
            "%d of %d MiB, %d lines, %d events: %d indexed, %d duplicates, %d spooled,"
                + " %d dead-lettered; %d unreadable%n",
            offset >> 20,
            size >> 20,
            counts.lines(),
            counts.events(),
            counts.indexed(),
            counts.duplicates(),
            counts.spooled(),
            counts.deadLettered(),
            counts.unreadable());
      }
    }

    @Override
    public void onRefused(int events, String reason, Duration retryAfter) {
      if (isTime()) {
        out.printf(
            "%d events are not accepted now (%s); retrying after %d ms%n",
            events, reason, retryAfter.toMillis());
      }
    }

    void onWaiting(long documents) {
      if (isTime()) {
        out.printf("%d documents in the spool wait for the cluster%n", documents);
      }
    }

    private boolean isTime() {
      long now = System.nanoTime();
      if (now - lastLine < BETWEEN_LINES.toNanos()) {
        return false;
      }
      lastLine = now;
      return true;
    }
  }
}
