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
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Imports the queue file of the Python service: {@code import FILE}. */
public final class ImportCommand {
  static final String USAGE =
      """
      Usage: import [--source NAME] FILE

      Publishes the events of FILE, the durable_queue.json of the Python service: one JSON event a
      line. Each becomes one document, however often the import is stopped, killed or done again.

        FILE             is only read; FILE.import beside it says how far the import is, and
                         FILE.unreadable lists what is no event or was rejected, with the reason
        --source NAME    tells this file from others (default: its name). Give the queues of
                         several machines different ones

      The server's settings are taken from the environment; see serve --help. A server may run at
      the same time. What the cluster does not take now waits in the spool, and the import for it.

      Exit code: 0 done, also when something was unreadable; 1 a file cannot be read or written;
      2 usage or settings; 143 or 130 stopped by SIGTERM or SIGINT: the next run goes on.
      """;

  private static final int USAGE_ERROR = 2;
  private static final int STOPPED = 143;
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(3);
  private static final Duration SPOOL_POLL = Duration.ofMillis(200);

  private ImportCommand() {}

  /**
   * Runs the import; SIGTERM and SIGINT stop it.
   *
   * @param args see {@code --help}
   */
  @SuppressWarnings("SystemOut") // what a command says to its user
  public static void main(String[] args) {
    CountDownLatch done = new CountDownLatch(1);
    Thread main = Thread.currentThread();
    Thread signalled = new Thread(() -> stop(main, done), "eventstream-import-stop");
    Runtime.getRuntime().addShutdownHook(signalled);
    int status;
    try {
      status = run(List.of(args), System.getenv(), System.out, System.err);
    } finally {
      done.countDown();
    }
    System.exit(status);
  }

  private static void stop(Thread main, CountDownLatch done) {
    if (done.getCount() > 0) {
      main.interrupt();
    }
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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
          throw new IllegalArgumentException("--source lacks its name");
        } else if (arg.startsWith("-")) {
          throw new IllegalArgumentException("there is no option \"" + arg + "\"");
        } else if (file != null) {
          throw new IllegalArgumentException("one FILE at a time; there is \"" + arg + "\" too");
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
      throw new IllegalArgumentException("\"" + arg + "\" is no file", e);
    }
    throw new IllegalArgumentException("\"" + arg + "\" is no file");
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
      out.println("stopped; the next import of " + file + " goes on from here");
      return STOPPED;
    } catch (IllegalArgumentException e) {
      err.println(e.getMessage());
      return USAGE_ERROR;
    } catch (FileSystemException e) {
      err.println(e); // its message may be a name and nothing else
      return 1;
    } catch (IOException e) {
      err.println(e.getMessage());
      return 1;
    }
  }

  /** Waits for what is on disk, since nobody may start a server that would take it over. */
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

  /** Says every few seconds how it goes. */
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
            "%d events are not taken now (%s); trying again after %d ms%n",
            events, reason, retryAfter.toMillis());
      }
    }

    void onWaiting(long documents) {
      if (isTime()) {
        out.printf("%d documents wait in the spool for the cluster%n", documents);
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
