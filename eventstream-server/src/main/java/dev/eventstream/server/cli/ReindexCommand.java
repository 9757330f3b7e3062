package dev.eventstream.server.cli;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.reindex.Reindex;
import dev.eventstream.es.reindex.ReindexBuilder;
import dev.eventstream.es.reindex.ReindexReport;
import dev.eventstream.server.config.ServerSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code reindex FROM PATTERN}: copies indices into others. */
@Command(
    name = "reindex",
    header = "Copies indices into others with new names and mappings.",
    description =
        "Copies the documents of FROM into new indices with the names of PATTERN, in any supported"
            + " engine. Ids and documents stay as they are; the new indices get their mapping from the"
            + " index template. The copy can be stopped or killed at any time; the same command"
            + " continues.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0: everything that was read is in the targets, and the alias is switched",
      "1: something is missing, or the cluster does not answer or refuses",
      "2: usage or settings",
      "130, 143: stopped by SIGINT or SIGTERM; the next run continues"
    })
final class ReindexCommand implements Callable<Integer> {
  private static final int SHOWN_TARGETS = 40;

  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "FROM",
      description = "An index, an alias, or a pattern such as 'pageview-*'.")
  private String from = "";

  @Parameters(
      index = "1",
      paramLabel = "PATTERN",
      description =
          "The names of the targets, such as 'pageview-{yyyy.MM.dd}' or 'events-{eventType}'. The date"
              + " is that of @timestamp in UTC.")
  private String pattern = "";

  @Option(
      names = "--dry-run",
      description =
          "Reads about 1,000 documents at random, says where they would go, and writes nothing.")
  private boolean dryRun;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Copies at most N documents per second.")
  private @Nullable Integer rate;

  @Option(
      names = "--without-timestamp",
      paramLabel = "TIME",
      description =
          "The time that decides the target of documents without a usable @timestamp, such as 2020-01-01"
              + " or 2020-01-01T12:00:00Z. Without it, they fail if PATTERN has a date.")
  private @Nullable Instant timeOfUndated;

  @Option(
      names = "--rejected",
      paramLabel = "FILE",
      description =
          "Writes the documents that are in no target to FILE, with the reasons, one JSON object per"
              + " line.")
  private @Nullable Path rejected;

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description = "Where the progress is kept until the end (default: reindex.state).")
  private @Nullable Path state;

  @Option(
      names = "--max-wait",
      paramLabel = "TIME",
      description =
          "How long to wait for a cluster that is down, such as 90s or 1h (default: 10min).")
  private @Nullable Duration maxWait;

  @Option(
      names = "--switch-alias",
      paramLabel = "NAME",
      description =
          "At the end, if nothing is missing: has the alias NAME point to the targets instead of FROM,"
              + " with one atomic request.")
  private @Nullable String alias;

  @Option(
      names = "--delete-source",
      description =
          "With --switch-alias: deletes FROM in the same request, after its documents were counted."
              + " Needed if NAME is the name of an index of FROM.")
  private boolean delete;

  @Mixin private SettingOptions options = new SettingOptions();

  ReindexCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws Exception {
    if (delete && alias == null) {
      throw new IllegalArgumentException("--delete-source needs --switch-alias");
    }
    ServerSettings settings = options.settings(console);
    try (ElasticsearchSink sink = settings.cluster().sink().build()) {
      Reindex reindex = reindex(sink);
      return dryRun ? sample(reindex) : copy(reindex);
    }
  }

  private Reindex reindex(ElasticsearchSink sink) {
    ReindexBuilder builder = Reindex.builder(sink, from, pattern);
    if (rate != null) {
      builder.documentsPerSecond(rate);
    }
    if (timeOfUndated != null) {
      builder.timeOfUndated(timeOfUndated);
    }
    if (rejected != null) {
      builder.rejectedFile(rejected);
    }
    if (state != null) {
      builder.stateFile(state);
    }
    if (maxWait != null) {
      builder.maxWait(maxWait);
    }
    if (alias != null) {
      builder.switchAlias(alias, delete);
    }
    return builder.build();
  }

  private int sample(Reindex reindex) throws IOException, InterruptedException {
    ReindexReport sample = reindex.dryRun();
    if (console.json()) {
      console.printJson(members(sample));
    } else {
      PrintStream out = console.out();
      out.printf("%s: %d of %d documents, at random%n", from, sample.read(), sample.total());
      printTargets(sample, out);
      out.printf("  %-20s %d%n", "failed", sample.failed());
      printFailures(sample, out);
    }
    return sample.failed() == 0 ? Cli.DONE : Cli.FAILED;
  }

  private int copy(Reindex reindex) throws IOException, InterruptedException {
    ReindexReport report;
    try (Progress progress = new Progress(console, "Copying", "documents")) {
      report = reindex.run(new CopyProgress(progress));
    } catch (InterruptedException e) {
      throw new InterruptedException("stopped; the same command continues here");
    }
    if (console.json()) {
      console.printJson(members(report));
      return report.obstacles().isEmpty() ? Cli.DONE : Cli.FAILED;
    }
    PrintStream out = console.out();
    out.printf("%s: %s%n", from, report.obstacles().isEmpty() ? "copied" : "not complete");
    out.printf("  %-20s %d%n", "read", report.read());
    out.printf("  %-20s %d%n", "written", report.written());
    out.printf("  %-20s %d%n", "already there", report.alreadyThere());
    out.printf("  %-20s %d%n", "in another form", report.sheltered());
    out.printf("  %-20s %d%n", "failed", report.failed());
    printTargets(report, out);
    printFailures(report, out);
    report.obstacles().forEach(out::println);
    if (alias != null && report.obstacles().isEmpty()) {
      out.printf("%s points to the targets%s%n", alias, delete ? "; " + from + " is deleted" : "");
    }
    return report.obstacles().isEmpty() ? Cli.DONE : Cli.FAILED;
  }

  private Map<String, Object> members(ReindexReport report) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("from", from);
    members.put("total", report.total());
    members.put("read", report.read());
    members.put("written", report.written());
    members.put("alreadyThere", report.alreadyThere());
    members.put("inAnotherForm", report.sheltered());
    members.put("failed", report.failed());
    members.put("targets", report.targets());
    members.put("obstacles", report.obstacles());
    return members;
  }

  private static void printTargets(ReindexReport report, PrintStream out) {
    report.targets().entrySet().stream()
        .limit(SHOWN_TARGETS)
        .forEach(target -> out.printf("  to %-40s %d%n", target.getKey(), target.getValue()));
    int more = report.targets().size() - SHOWN_TARGETS;
    if (more > 0) {
      out.printf("  and to %d more%n", more);
    }
  }

  private static void printFailures(ReindexReport report, PrintStream out) {
    report
        .failures()
        .forEach(
            failure ->
                out.printf(
                    "  failed: %s/%s: %s%n", failure.index(), failure.id(), failure.reason()));
  }

  /** Shows the progress of a copy. */
  private record CopyProgress(Progress progress) implements Reindex.Listener {
    @Override
    public void onProgress(ReindexReport report) {
      progress.at(
          report.read(),
          report.total(),
          report.written()
              + " written, "
              + report.alreadyThere()
              + " already there, "
              + report.sheltered()
              + " in another form, "
              + report.failed()
              + " failed");
    }

    @Override
    public void onWaiting(String reason) {
      progress.waiting("waiting: " + reason);
    }
  }
}
