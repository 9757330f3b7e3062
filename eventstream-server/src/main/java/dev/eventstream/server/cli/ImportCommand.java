package dev.eventstream.server.cli;

import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.importer.ImportCounts;
import dev.eventstream.server.importer.ImportResult;
import dev.eventstream.server.importer.QueueImport;
import dev.eventstream.server.importer.SpoolExits;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code import FILE}: imports the queue file of the Python service. */
@Command(
    name = "import",
    header = "Imports the queue file of the Python service.",
    description = {
      "Publishes the events of FILE, the durable_queue.json of the Python service: one JSON event per"
          + " line. Each event becomes exactly one document, also if the import is stopped, killed or"
          + " repeated.",
      "",
      "A server can run at the same time. Events that the cluster does not accept now go to the spool."
          + " At the end the command waits until they have left it, and counts what became of each."
          + " What still waits in the spool is delivered by a server, or by the next import, with the"
          + " same EVENTSTREAM_SPOOL_DIR."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0: every event is in an index or was dropped by the cluster; with --no-wait also if events wait"
          + " in the spool",
      "1: something was not imported (unreadable, rejected or a dead letter), or a file cannot be read"
          + " or written",
      "2: usage or settings",
      "3: events still wait in the spool, or another process has taken them from there",
      "130, 143: stopped by SIGINT or SIGTERM; the next run continues"
    })
final class ImportCommand implements Callable<Integer> {
  private static final int LONGEST_REASON = 300;

  private final Console console;

  @Parameters(
      paramLabel = "FILE",
      description =
          "The file; it is only read. FILE.import holds the progress, and FILE.unreadable lists lines"
              + " that are not events and events that were rejected, with the reason.")
  private Path file = Path.of("");

  @Option(
      names = "--source",
      paramLabel = "NAME",
      description =
          "Distinguishes this file from others (default: its name). Use different names for the queues"
              + " of several machines.")
  private @Nullable String source;

  @ArgGroup private SpoolWaiting waiting = new SpoolWaiting();

  @Mixin private SettingOptions options = new SettingOptions();

  ImportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws Exception {
    if (file.getFileName() == null) {
      throw new IllegalArgumentException("\"" + file + "\" is not a file");
    }
    ServerSettings settings = options.settings(console);
    Path spool = settings.delivery().spoolDirectory();
    SpoolExits exits = new SpoolExits();
    try (EventStream stream = EventServer.stream(settings, exits);
        Progress progress = new Progress(console, "Importing", "bytes")) {
      ImportResult result =
          new QueueImport(stream, exits, file, source)
              .noting(spool)
              .run(new ImportProgressView(progress), waiting.time());
      progress.close();
      long inSpool = stream.backlog().spool().documents();
      if (console.json()) {
        console.printJson(members(result, inSpool));
      } else {
        console.out().print(summary(file, result, spool));
        console.out().print(waiting(result.counts().spooled(), inSpool, spool));
      }
      return waiting.exitCode(result.counts().incomplete(), result.counts().spooled());
    } catch (InterruptedException e) {
      throw new InterruptedException("stopped; the next import of " + file + " continues here");
    }
  }

  private Map<String, Object> members(ImportResult result, long inSpool) {
    ImportCounts counts = result.counts();
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("file", file.toString());
    members.put("alreadyImported", result.alreadyImported());
    members.put("lines", counts.lines());
    members.put("events", counts.events());
    members.put("indexed", counts.indexed());
    members.put("duplicates", counts.duplicates());
    members.put("spooled", counts.spooled());
    members.put("deadLetters", counts.deadLettered());
    members.put("dropped", counts.dropped());
    members.put("rejected", counts.rejectedInAll());
    members.put("unreadable", counts.unreadable());
    members.put("inSpool", inSpool);
    members.put("report", result.report().toString());
    return members;
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
            counts.deadLettered() == 0 ? "" : "; see ./eventstream dead-letters ls " + spool,
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
          delivered them, or they are among its dead letters: see ./eventstream dead-letters ls %s
          """
              .formatted(spooled - here, spool, spool));
    }
    return text.toString();
  }

  /** Shows the progress of an import. */
  private record ImportProgressView(Progress progress) implements QueueImport.Listener {
    @Override
    public void onProgress(ImportCounts counts, long offset, long size) {
      progress.at(
          offset,
          size,
          String.format(
              Locale.ROOT,
              "%d events: %d indexed, %d duplicates, %d spooled, %d dead letters, %d rejected; %d"
                  + " unreadable",
              counts.events(),
              counts.indexed(),
              counts.duplicates(),
              counts.spooled(),
              counts.deadLettered(),
              counts.rejectedInAll(),
              counts.unreadable()));
    }

    @Override
    public void onRefused(Outcome.Refused refusal) {
      progress.waiting("events are not accepted now (" + refusal.reason() + "); trying again");
    }

    @Override
    public void onWaiting(long events) {
      progress.waiting(events + " events in the spool wait for the cluster");
    }
  }
}
