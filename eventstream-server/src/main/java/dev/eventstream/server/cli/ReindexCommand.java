package dev.eventstream.server.cli;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.Reindex;
import dev.eventstream.es.ReindexBuilder;
import dev.eventstream.es.ReindexReport;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.config.SettingSources;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The command {@code reindex FROM PATTERN}: copies indices into others. */
public final class ReindexCommand {
  static final String USAGE =
      """
      Usage: reindex [OPTIONS] FROM PATTERN

      Copies the documents of FROM into new indices with the names of PATTERN, in any supported engine.
      Ids and documents stay as they are; the new indices get their mapping from the index template.
      The copy can be stopped or killed at any time; the same command continues.

        FROM         an index, an alias, or a pattern such as 'pageview-*'
        PATTERN      the names of the targets, such as 'pageview-{yyyy.MM.dd}' or
                     'events-{eventType}'. The date is that of @timestamp in UTC

        --dry-run    reads about 1,000 documents at random, says where they would go, and writes nothing
        --rate N     copies at most N documents per second
        --without-timestamp TIME
                     the time that decides the target of documents without a usable @timestamp, such as
                     2020-01-01 or 2020-01-01T12:00:00Z. Without it, they fail if PATTERN has a date
        --rejected FILE
                     writes the documents that are in no target to FILE, with the reasons, one JSON
                     object per line
        --state FILE where the progress is kept until the end (default: reindex.state)
        --max-wait TIME
                     how long to wait for a cluster that is down, such as 90s or 1h (default: 10min)
        --switch-alias NAME
                     at the end, if nothing is missing: has the alias NAME point to the targets instead
                     of FROM, with one atomic request
        --delete-source
                     with --switch-alias: deletes FROM in the same request, after its documents were
                     counted. Needed if NAME is the name of an index of FROM

      The server's settings are read from the environment; they can also be given as options, such as
      --elasticsearch-url http://localhost:9200. See serve --help.

      Exit code: 0 everything that was read is in the targets, and the alias is switched; 1 something is
      missing, or the cluster does not answer or refuses; 2 usage or settings; 143 or 130 stopped by
      SIGTERM or SIGINT: the next run continues.
      """;

  private static final int FAILED = 1;
  private static final int USAGE_ERROR = 2;
  private static final int SHOWN_TARGETS = 40;
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(3);
  private static final Pattern TIME = Pattern.compile("(\\d{1,6}) ?(s|min|h)");

  /** The options with a value. */
  private static final List<String> WITH_VALUE =
      List.of(
          "--rate", "--without-timestamp", "--rejected", "--state", "--max-wait", "--switch-alias");

  private ReindexCommand() {}

  /** The command line. */
  private record Arguments(
      List<String> names,
      boolean dryRun,
      boolean delete,
      Map<String, String> own,
      List<String> settings) {

    static Arguments parse(List<String> args) {
      List<String> names = new ArrayList<>();
      List<String> settings = new ArrayList<>();
      Map<String, String> own = new LinkedHashMap<>();
      boolean dryRun = false;
      boolean delete = false;
      for (Iterator<String> rest = args.iterator(); rest.hasNext(); ) {
        String arg = rest.next();
        if (!arg.startsWith("-")) {
          names.add(arg);
        } else if (arg.equals("--dry-run")) {
          dryRun = true;
        } else if (arg.equals("--delete-source")) {
          delete = true;
        } else if (WITH_VALUE.contains(arg)) {
          if (!rest.hasNext() || own.put(arg, rest.next()) != null) {
            throw new IllegalArgumentException(arg + " needs one value");
          }
        } else {
          settings.add(arg);
          if (arg.indexOf('=') < 0 && rest.hasNext()) {
            settings.add(rest.next());
          }
        }
      }
      if (names.size() != 2) {
        throw new IllegalArgumentException("give FROM and PATTERN; there are " + names);
      }
      if (delete && !own.containsKey("--switch-alias")) {
        throw new IllegalArgumentException("--delete-source needs --switch-alias");
      }
      return new Arguments(names, dryRun, delete, own, settings);
    }

    Reindex reindex(ElasticsearchSink sink) {
      ReindexBuilder builder = Reindex.builder(sink, names.get(0), names.get(1));
      own.forEach(
          (option, value) -> {
            switch (option) {
              case "--rate" -> builder.documentsPerSecond(rate(value));
              case "--without-timestamp" -> builder.timeOfUndated(instant(value));
              case "--rejected" -> builder.rejectedFile(Path.of(value));
              case "--state" -> builder.stateFile(Path.of(value));
              case "--max-wait" -> builder.maxWait(duration(value));
              default -> builder.switchAlias(value, delete);
            }
          });
      return builder.build();
    }

    private static int rate(String value) {
      if (!value.matches("[1-9]\\d{0,8}")) {
        throw new IllegalArgumentException("--rate is \"" + value + "\"; write a whole number");
      }
      return Integer.parseInt(value);
    }

    private static Instant instant(String value) {
      try {
        return value.length() == "2020-01-01".length()
            ? LocalDate.parse(value).atStartOfDay(ZoneOffset.UTC).toInstant()
            : Instant.parse(value);
      } catch (DateTimeException e) {
        throw new IllegalArgumentException(
            "--without-timestamp is \""
                + value
                + "\"; write a date or a time in UTC, such as 2020-01-01 or 2020-01-01T12:00:00Z",
            e);
      }
    }

    private static Duration duration(String value) {
      Matcher time = TIME.matcher(value);
      if (!time.matches()) {
        throw new IllegalArgumentException(
            "--max-wait is \"" + value + "\"; write a time such as 90s, 10min or 1h");
      }
      long number = Long.parseLong(time.group(1));
      return switch (time.group(2)) {
        case "s" -> Duration.ofSeconds(number);
        case "min" -> Duration.ofMinutes(number);
        default -> Duration.ofHours(number);
      };
    }
  }

  /**
   * Runs the command; SIGTERM and SIGINT stop it.
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
    Arguments arguments;
    try {
      arguments = Arguments.parse(args);
    } catch (IllegalArgumentException e) {
      err.println(e.getMessage());
      err.println();
      err.print(USAGE);
      return USAGE_ERROR;
    }
    try {
      ServerSettings settings =
          ServerSettings.of(SettingSources.of(arguments.settings, environment));
      try (ElasticsearchSink sink = settings.cluster().sink().build()) {
        return run(arguments, arguments.reindex(sink), out);
      }
    } catch (InvalidSettingsException | IllegalArgumentException e) {
      err.println(e.getMessage());
      return USAGE_ERROR;
    } catch (InterruptedException e) {
      out.println("stopped; the same command continues here");
      return StopSignal.STOPPED;
    } catch (FileSystemException e) {
      err.println(e); // its message may be a name only
      return FAILED;
    } catch (IOException e) {
      err.println(e.getMessage());
      return FAILED;
    }
  }

  private static int run(Arguments arguments, Reindex reindex, PrintStream out)
      throws IOException, InterruptedException {
    String from = arguments.names.get(0);
    if (arguments.dryRun) {
      ReindexReport sample = reindex.dryRun();
      out.printf("%s: %d of %d documents, at random%n", from, sample.read(), sample.total());
      printTargets(sample, out);
      out.printf("  %-20s %d%n", "failed", sample.failed());
      printFailures(sample, out);
      return sample.failed() == 0 ? 0 : FAILED;
    }
    ReindexReport report = reindex.run(new ProgressLines(out));
    out.printf("%s: %s%n", from, report.obstacles().isEmpty() ? "copied" : "not complete");
    out.printf("  %-20s %d%n", "read", report.read());
    out.printf("  %-20s %d%n", "written", report.written());
    out.printf("  %-20s %d%n", "already there", report.alreadyThere());
    out.printf("  %-20s %d%n", "in another form", report.sheltered());
    out.printf("  %-20s %d%n", "failed", report.failed());
    printTargets(report, out);
    printFailures(report, out);
    report.obstacles().forEach(out::println);
    String alias = arguments.own.get("--switch-alias");
    if (alias != null && report.obstacles().isEmpty()) {
      out.printf(
          "%s points to the targets%s%n",
          alias, arguments.delete ? "; " + from + " is deleted" : "");
    }
    return report.obstacles().isEmpty() ? 0 : FAILED;
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

  /** Prints the progress every few seconds. */
  private static final class ProgressLines implements Reindex.Listener {
    private final PrintStream out;
    private long lastLine = System.nanoTime();
    private @Nullable ReindexReport atLastLine;

    ProgressLines(PrintStream out) {
      this.out = out;
    }

    @Override
    public void onProgress(ReindexReport report) {
      ReindexReport before = atLastLine == null ? report : atLastLine;
      atLastLine = before;
      double seconds = isTime();
      if (seconds == 0) {
        return;
      }
      atLastLine = report;
      double rate = Math.max(0, report.read() - before.read()) / seconds;
      long open = Math.max(0, report.total() - report.read());
      out.printf(
          Locale.ROOT,
          "%.1f%%: %d of %d documents, %.0f/s, %s left; %d written, %d already there, %d in another"
              + " form, %d failed%n",
          report.total() == 0 ? 100 : Math.min(100, 100.0 * report.read() / report.total()),
          report.read(),
          report.total(),
          rate,
          rate < 1 ? "?" : time((long) (open / rate)),
          report.written(),
          report.alreadyThere(),
          report.sheltered(),
          report.failed());
    }

    @Override
    public void onWaiting(String reason) {
      if (isTime() > 0) {
        out.printf("waiting: %s%n", reason);
      }
    }

    private static String time(long seconds) {
      return seconds < 120
          ? seconds + " s"
          : seconds < 7200 ? seconds / 60 + " min" : seconds / 3600 + " h";
    }

    /** Returns the seconds since the last line; 0: it is too early for another one. */
    private double isTime() {
      long now = System.nanoTime();
      long since = now - lastLine;
      if (since < BETWEEN_LINES.toNanos()) {
        return 0;
      }
      lastLine = now;
      return since / 1e9;
    }
  }
}
