package dev.eventstream.server.cli;

import static java.util.stream.Collectors.toMap;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.IndexTemplates;
import dev.eventstream.es.Indices;
import dev.eventstream.es.Retention;
import dev.eventstream.es.TemplateReport;
import dev.eventstream.server.config.IndexSettings;
import dev.eventstream.server.config.IndexTemplateSettings;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.config.SettingSources;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The command {@code indices}: lists indices, and installs, checks and prints their template. */
public final class IndicesCommand {
  static final String USAGE =
      """
      Usage: indices list [--json]
             indices apply [--force]
             indices check
             indices print [--engine NAME:VERSION]
             indices prune [--dry-run] [--yes]

      Lists the indices of events, removes old ones, and manages the index template of eventstream,
      which gives new indices a mapping and settings that suit events. Indices that exist do not
      change.

        list        shows the indices that the patterns of the template match, or, without patterns,
                    all whose names do not begin with a dot; with --json one object per line
        apply       installs the template, or updates it. A template that somebody has changed, that
                    is newer, or that is not from eventstream is left as it is, unless --force is
                    given
        check       says whether the cluster has it
        print       prints it as JSON, for the engine of the cluster or, without a cluster, for
                    another one, such as elasticsearch:6.5.4 or opensearch:2.19.6
        prune       deletes, closes and shrinks what is too old according to EVENTSTREAM_RETENTION,
                    EVENTSTREAM_CLOSE_AFTER and EVENTSTREAM_REMOVE_REPLICAS_AFTER: the oldest
                    indices, at most EVENTSTREAM_RETENTION_LIMIT of them, or all with --yes. With
                    --dry-run it only shows them. Running servers do the same every hour

      The server's settings are read from the environment; they can also be given as options, such as
      --elasticsearch-url http://localhost:9200. See serve --help.

      Exit code: 0 done, the cluster has the template; 1 it does not, or it does not answer, or it
      refuses; 2 usage or settings.
      """;

  private static final int FAILED = 1;
  private static final int USAGE_ERROR = 2;

  private IndicesCommand() {}

  /**
   * Runs the command.
   *
   * @param args see {@code --help}
   */
  @SuppressWarnings("SystemOut") // the output of a command
  public static void main(String[] args) {
    System.exit(run(List.of(args), System.getenv(), System.out, System.err));
  }

  static int run(
      List<String> args, Map<String, String> environment, PrintStream out, PrintStream err) {
    if (args.contains("--help") || args.contains("-h")) {
      out.print(USAGE);
      return 0;
    }
    String action = args.isEmpty() ? "" : args.get(0);
    if (!List.of("list", "apply", "check", "print", "prune").contains(action)) {
      err.println(
          action.isEmpty()
              ? "indices needs an action"
              : "indices has no action \"" + action + "\"");
      err.println();
      err.print(USAGE);
      return USAGE_ERROR;
    }
    List<String> options = new ArrayList<>(args.subList(1, args.size()));
    boolean force = action.equals("apply") && options.remove("--force");
    boolean dryRun = action.equals("prune") && options.remove("--dry-run");
    boolean all = action.equals("prune") && options.remove("--yes");
    boolean json = action.equals("list") && options.remove("--json");
    try {
      String[] engine = action.equals("print") ? engine(options) : null;
      ServerSettings settings = ServerSettings.of(SettingSources.of(options, environment));
      IndexTemplateSettings indices = settings.indexTemplate();
      if (engine != null) {
        out.println(IndexTemplates.json(engine[0], engine[1], indices.template()));
        return 0;
      }
      try (ElasticsearchSink sink = settings.cluster().sink().build()) {
        return switch (action) {
          case "list" -> {
            IndexTable table =
                new IndexTable(
                    Indices.list(sink, indices.patterns()), nextSteps(sink, settings.indices()));
            table.print(json, out);
            yield 0;
          }
          case "prune" -> Pruning.run(sink, settings.indices(), dryRun, all, out, err);
          case "print" -> {
            out.println(await(IndexTemplates.json(sink, indices.template())));
            yield 0;
          }
          case "check" -> show(await(IndexTemplates.check(sink, indices.template())), out);
          default -> applied(await(IndexTemplates.apply(sink, indices.template(), force)), out);
        };
      }
    } catch (InvalidSettingsException | IllegalArgumentException e) {
      err.println(e.getMessage());
      return USAGE_ERROR;
    } catch (IOException e) {
      err.println(e.getMessage());
      return FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      err.println("interrupted");
      return FAILED;
    }
  }

  /** What happens next to each index, by its name. */
  private static Map<String, Retention.Step> nextSteps(
      ElasticsearchSink sink, IndexSettings settings) throws IOException, InterruptedException {
    Optional<Retention> retention = settings.newRetention();
    return retention.isEmpty()
        ? Map.of()
        : retention.get().plan(sink).stream()
            .collect(toMap(Retention.Step::index, Function.identity()));
  }

  /** Takes {@code --engine NAME:VERSION} out of the options. */
  private static String @Nullable [] engine(List<String> options) {
    int at = options.indexOf("--engine");
    if (at < 0) {
      return null;
    }
    String given = at + 1 < options.size() ? options.get(at + 1) : "";
    if (!given.matches("(elasticsearch|opensearch):\\d+\\.\\d+.*")) {
      throw new IllegalArgumentException(
          "--engine is \"" + given + "\"; write an engine such as elasticsearch:6.5.4");
    }
    options.subList(at, at + 2).clear();
    return given.split(":", 2);
  }

  private static int show(TemplateReport report, PrintStream out) {
    out.println(report.summary());
    report.differences().forEach(difference -> out.println("  " + difference));
    if (report.isCurrent()) {
      return 0;
    }
    out.println(
        report.found().isReplaced()
            ? "install it with \"indices apply\""
            : "replace it with \"indices apply --force\"");
    return FAILED;
  }

  private static int applied(TemplateReport report, PrintStream out) {
    if (report.isCurrent() && report.found() != TemplateReport.Found.CURRENT) {
      out.println(
          "installed the index template; it was " + report.found().name().toLowerCase(Locale.ROOT));
      return 0;
    }
    return show(report, out);
  }

  private static <T> T await(CompletionStage<T> stage) throws IOException, InterruptedException {
    try {
      return stage.toCompletableFuture().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
