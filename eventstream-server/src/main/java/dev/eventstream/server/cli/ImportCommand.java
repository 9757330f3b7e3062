package dev.eventstream.server.cli;

import dev.eventstream.EventStream;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.BackupSettings;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.importer.ImportCounts;
import dev.eventstream.server.importer.ImportResult;
import dev.eventstream.server.importer.QueueImport;
import dev.eventstream.server.importer.SpoolExits;
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
      Usage: import [--source NAME] [--max-wait TIME | --no-wait] FILE

      Publishes the events of FILE, the durable_queue.json of the Python service: one JSON event per
      line. Each event becomes exactly one document, also if the import is stopped, killed or
      repeated.

        FILE             the file; it is only read. FILE.import holds the progress, and
                         FILE.unreadable lists lines that are not events and events that were
                         rejected, with the reason
        --source NAME    distinguishes this file from others (default: its name). Use different
                         names for the queues of several machines
        --max-wait TIME  for how long nothing may leave the spool before the command stops waiting
                         for it at the end (default: 5min)
        --no-wait        does not wait for the spool

      The server's settings are read from the environment; see serve --help. A server can run at the
      same time. Events that the cluster does not accept now go to the spool. At the end the command
      waits until they have left it, and counts what became of each. What still waits in the spool
      is delivered by a server, or by the next import, with the same EVENTSTREAM_SPOOL_DIR.

      Exit code: 0 every event is in an index, was dropped by the cluster, or waits in the spool;
      1 something was not imported (unreadable, rejected or a dead letter), or a file cannot be read
      or written; 2 usage or settings; 143 or 130 stopped by SIGTERM or SIGINT: the next run
      continues.
      """;

  private static final int USAGE_ERROR = 2;
  private static final int LONGEST_REASON = 300;
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(3);
  private static final Duration MAX_WAIT = Duration.ofMinutes(5);

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
    Options options;
    ServerSettings settings;
    try {
      options = Options.parse(args);
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
    return run(settings, options, out, err);
  }

  /**
   * The arguments.
   *
   * @param source null: the default
   * @param maxWait zero: does not wait
   */
  private record Options(Path file, @Nullable String source, Duration maxWait) {
    static Options parse(List<String> args) {
      Path file = null;
      String source = null;
      Duration maxWait = null;
      for (Iterator<String> rest = args.iterator(); rest.hasNext(); ) {
        String arg = rest.next();
        switch (arg) {
          case "--source" -> source = value(arg, "a name", rest);
          case "--max-wait" ->
              maxWait = once(maxWait, BackupSettings.time(arg, value(arg, "a time", rest)));
          case "--no-wait" -> maxWait = once(maxWait, Duration.ZERO);
          default -> {
            if (arg.startsWith("-")) {
              throw new IllegalArgumentException("unknown option \"" + arg + "\"");
            } else if (file != null) {
              throw new IllegalArgumentException(
                  "give one FILE only; there is also \"" + arg + "\"");
            }
            file = path(arg);
          }
        }
      }
      if (file == null) {
        throw new IllegalArgumentException("FILE is missing");
      }
      return new Options(file, source, maxWait == null ? MAX_WAIT : maxWait);
    }

    private static String value(String option, String what, Iterator<String> rest) {
      if (!rest.hasNext()) {
        throw new IllegalArgumentException(option + " needs " + what);
      }
      return rest.next();
    }

    private static Duration once(@Nullable Duration earlier, Duration maxWait) {
      if (earlier != null) {
        throw new IllegalArgumentException("give one of --max-wait and --no-wait only, once");
      }
      return maxWait;
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
  }

  private static int run(
      ServerSettings settings, Options options, PrintStream out, PrintStream err) {
    Path file = options.file();
    Path spool = settings.delivery().spoolDirectory();
    SpoolExits exits = new SpoolExits();
    try (EventStream stream = EventServer.stream(settings, exits)) {
      ImportResult result =
          new QueueImport(stream, exits, file, options.source())
              .run(new ProgressLines(out), options.maxWait());
      long inSpool = stream.backlog().spool().documents();
      out.print(summary(file, result, spool));
      out.print(waiting(result.counts().spooled(), inSpool, spool));
      return result.counts().incomplete() ? 1 : 0;
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

  private static String summary(Path file, ImportResult result, Path spool) {
    ImportCounts counts = result.counts();
    String report = "; see " + result.report();
    StringBuilder kinds = new StringBuilder();
    counts
        .rejected()
        .forEach(
            (kind, rejected) ->
                kinds.append(
                    "    %d %s, such as: %s\n"
                        .formatted(rejected.events(), kind, oneLine(rejected.example()))));
    return """
        %s: %s
          lines          %d
          events         %d
          indexed        %d
          duplicates     %d
          spooled        %d
          dead letters   %d%s
          dropped        %d
          rejected       %d%s
        %s  unreadable     %d%s
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
            counts.deadLettered() == 0 ? "" : "; see ./eventstream dead-letters " + spool,
            counts.dropped(),
            counts.rejectedInAll(),
            counts.rejected().isEmpty() ? "" : report,
            kinds,
            counts.unreadable(),
            counts.unreadable() == 0 ? "" : report);
  }

  private static String oneLine(String reason) {
    String line = reason.replaceAll("\\s+", " ");
    return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + " ...";
  }

  /**
   * Says where spooled events are.
   *
   * @param spooled the events of the import that have not been seen leaving the spool
   * @param inSpool all documents in the spool
   */
  private static String waiting(long spooled, long inSpool, Path spool) {
    long here = Math.min(spooled, inSpool);
    StringBuilder text = new StringBuilder();
    if (here > 0) {
      text.append(
          """
          %d events wait in the spool %s. They are not lost: a server, or the next import, with
          EVENTSTREAM_SPOOL_DIR=%s delivers them.
          """
              .formatted(here, spool, spool));
    }
    if (spooled > here) {
      text.append(
          """
          %d events that an earlier run had spooled are not in the spool %s any more. Another process has
          delivered them, or they are among its dead letters: see ./eventstream dead-letters %s
          """
              .formatted(spooled - here, spool, spool));
    }
    return text.toString();
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
                + " %d dead letters, %d rejected; %d unreadable%n",
            offset >> 20,
            size >> 20,
            counts.lines(),
            counts.events(),
            counts.indexed(),
            counts.duplicates(),
            counts.spooled(),
            counts.deadLettered(),
            counts.rejectedInAll(),
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

    @Override
    public void onWaiting(long events) {
      if (isTime()) {
        out.printf("%d events in the spool wait for the cluster%n", events);
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
