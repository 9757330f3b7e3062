package dev.eventstream.server.cli;

import static java.util.stream.Collectors.toMap;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.indices.Indices;
import dev.eventstream.es.indices.Retention;
import dev.eventstream.es.template.IndexTemplates;
import dev.eventstream.es.template.TemplateReport;
import dev.eventstream.server.config.IndexSettings;
import dev.eventstream.server.config.IndexTemplateSettings;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code indices}: lists indices, and installs, checks and prints their template. */
@Command(
    name = "indices",
    header = "Lists, removes and prepares the indices of events.",
    description =
        "Lists the indices of events, removes old ones, and manages the index template of eventstream,"
            + " which gives new indices a mapping and settings that suit events. Indices that exist"
            + " do not change.")
final class IndicesCommand {
  private final Console console;

  IndicesCommand(Console console) {
    this.console = console;
  }

  @Command(
      name = "list",
      description =
          "Shows the indices that the patterns of the template match, or, without patterns, all whose"
              + " names do not begin with a dot; with --json one object per line.")
  int list(@Mixin SettingOptions options) throws Exception {
    ServerSettings settings = options.settings(console);
    try (ElasticsearchSink sink = settings.cluster().sink().build()) {
      new IndexTable(
              Indices.list(sink, settings.indexTemplate().patterns()),
              nextSteps(sink, settings.indices()))
          .print(console);
    }
    return Cli.DONE;
  }

  @Command(
      name = "apply",
      description =
          "Installs the template, or updates it. A template that somebody has changed, that is newer,"
              + " or that is not from eventstream is left as it is, unless --force is given.")
  int apply(
      @Mixin SettingOptions options,
      @Option(names = "--force", description = "Replaces a template of others, too.") boolean force)
      throws Exception {
    return withTemplate(
        options,
        (sink, template) -> applied(await(IndexTemplates.apply(sink, template.template(), force))));
  }

  @Command(
      name = "check",
      description = "Says whether the cluster has the template. Exit code 1: it does not.")
  int check(@Mixin SettingOptions options) throws Exception {
    return withTemplate(
        options,
        (sink, template) -> show(await(IndexTemplates.check(sink, template.template())), false));
  }

  @Command(
      name = "print",
      description =
          "Prints the template as JSON, for the engine of the cluster or, without a cluster, for"
              + " another one.")
  int print(
      @Mixin SettingOptions options,
      @Option(
              names = "--engine",
              paramLabel = "NAME:VERSION",
              description = "Such as elasticsearch:6.5.4 or opensearch:2.19.6.")
          @Nullable String engine)
      throws Exception {
    if (engine == null) {
      return withTemplate(
          options,
          (sink, template) -> {
            console.out().println(await(IndexTemplates.json(sink, template.template())));
            return Cli.DONE;
          });
    }
    if (!engine.matches("(elasticsearch|opensearch):\\d+\\.\\d+.*")) {
      throw new IllegalArgumentException(
          "--engine is \"" + engine + "\"; write an engine such as elasticsearch:6.5.4");
    }
    String[] name = engine.split(":", 2);
    IndexTemplateSettings template = options.settings(console).indexTemplate();
    console.out().println(IndexTemplates.json(name[0], name[1], template.template()));
    return Cli.DONE;
  }

  @Command(
      name = "prune",
      description =
          "Deletes, closes and shrinks what is too old according to EVENTSTREAM_RETENTION,"
              + " EVENTSTREAM_CLOSE_AFTER and EVENTSTREAM_REMOVE_REPLICAS_AFTER: the oldest indices, at"
              + " most EVENTSTREAM_RETENTION_LIMIT of them. Running servers do the same every hour.")
  int prune(
      @Mixin SettingOptions options,
      @Option(names = "--dry-run", description = "Only shows what would be done.") boolean dryRun,
      @Option(names = "--yes", description = "Does all that is too old, without the limit.")
          boolean all)
      throws Exception {
    ServerSettings settings = options.settings(console);
    try (ElasticsearchSink sink = settings.cluster().sink().build()) {
      return new Pruning(console).run(sink, settings.indices(), dryRun, all);
    }
  }

  private interface TemplateAction {
    int on(ElasticsearchSink sink, IndexTemplateSettings template)
        throws IOException, InterruptedException;
  }

  private int withTemplate(SettingOptions options, TemplateAction action)
      throws InvalidSettingsException, IOException, InterruptedException {
    ServerSettings settings = options.settings(console);
    IndexTemplateSettings template = settings.indexTemplate();
    try (ElasticsearchSink sink = settings.cluster().sink().build()) {
      return action.on(sink, template);
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

  private int show(TemplateReport report, boolean installed) throws IOException {
    if (console.json()) {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("current", report.isCurrent());
      members.put("found", report.found().name().toLowerCase(Locale.ROOT));
      members.put("installed", installed);
      members.put("differences", report.differences());
      console.printJson(members);
      return report.isCurrent() ? Cli.DONE : Cli.FAILED;
    }
    if (installed) {
      console
          .out()
          .println(
              "installed the index template; it was "
                  + report.found().name().toLowerCase(Locale.ROOT));
      return Cli.DONE;
    }
    console.out().println(report.summary());
    report.differences().forEach(difference -> console.out().println("  " + difference));
    if (report.isCurrent()) {
      return Cli.DONE;
    }
    console
        .out()
        .println(
            report.found().isReplaced()
                ? "install it with \"indices apply\""
                : "replace it with \"indices apply --force\"");
    return Cli.FAILED;
  }

  private int applied(TemplateReport report) throws IOException {
    return show(report, report.isCurrent() && report.found() != TemplateReport.Found.CURRENT);
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
