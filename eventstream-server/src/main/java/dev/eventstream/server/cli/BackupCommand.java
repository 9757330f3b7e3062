package dev.eventstream.server.cli;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.backup.Backups;
import dev.eventstream.es.backup.Backups.Backup;
import dev.eventstream.es.backup.Backups.Created;
import dev.eventstream.es.backup.Backups.RestorePlan;
import dev.eventstream.es.backup.Backups.Restored;
import dev.eventstream.es.backup.Backups.Verified;
import dev.eventstream.server.config.BackupSettings;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.config.SettingValue;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code backup}: makes, lists, verifies, restores and deletes backups of indices. */
@Command(
    name = "backup",
    header = "Backs up the indices of events, and restores them.",
    description =
        "Backs up the indices of events in a snapshot repository of the cluster, and restores them."
            + " Backups are named by their time in UTC. Snapshots with other names are left alone.")
final class BackupCommand {
  private final Console console;

  BackupCommand(Console console) {
    this.console = console;
  }

  @Command(
      name = "create",
      description =
          "Backs up the indices that the patterns of the index template match, or, without patterns,"
              + " all whose names do not begin with a dot. Exit code 1: the backup is not complete.")
  int create(@Mixin SettingOptions options) throws Exception {
    ServerSettings settings = options.settings(console);
    return with(
        settings,
        backups -> {
          Created created;
          try (Progress progress = new Progress(console, "Backing up", "shards")) {
            created =
                backups.create(
                    Instant.now(),
                    settings.indexTemplate().patterns(),
                    (done, all) -> progress.at(done, all, ""));
          }
          return show(created);
        });
  }

  private int show(Created created) throws IOException {
    Backup backup = created.backup();
    if (console.json()) {
      Map<String, Object> members = members(backup);
      members.put("skipped", created.skipped());
      console.printJson(members);
      return backup.isGood() ? Cli.DONE : Cli.FAILED;
    }
    console
        .out()
        .println(
            backup.name()
                + ": "
                + backup.state()
                + ", "
                + backup.indices().size()
                + " indices, "
                + backup.shards()
                + " shards, "
                + seconds(backup.duration()));
    backup.failures().forEach(failure -> console.out().println("  not in it: " + failure));
    created
        .skipped()
        .forEach(
            index ->
                console.out().println("  not in it: " + index + ": it is closed; open it first"));
    return backup.isGood() ? Cli.DONE : Cli.FAILED;
  }

  @Command(
      name = "list",
      description = "Shows the backups, newest first; with --json one object per line.")
  int list(@Mixin SettingOptions options) throws Exception {
    return with(options.settings(console), backups -> show(backups.list()));
  }

  private int show(List<Backup> all) throws IOException {
    if (console.json()) {
      for (Backup backup : all) {
        console.printJson(members(backup));
      }
      return Cli.DONE;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("BACKUP", "STATE", "INDICES", "SHARDS", "DURATION", "AGE"));
    for (Backup backup : all) {
      rows.add(
          List.of(
              backup.name(),
              backup.state(),
              String.valueOf(backup.indices().size()),
              backup.isRunning() ? "" : String.valueOf(backup.shards()),
              backup.isRunning() ? "" : seconds(backup.duration()),
              age(backup)));
    }
    TextTable.print(rows, console.out());
    return Cli.DONE;
  }

  @Command(
      name = "verify",
      description =
          "Has every node write to the repository, and the engine read what the newest good backup says"
              + " of its shards. Exit code 1: there is none, or it is too old.")
  int verify(
      @Mixin SettingOptions options,
      @Option(
              names = "--max-age",
              paramLabel = "TIME",
              description = "It must not be older than this, such as 36h or 2d.")
          @Nullable Duration maxAge)
      throws Exception {
    return with(options.settings(console), backups -> show(backups.verify(), maxAge));
  }

  private int show(Verified verified, @Nullable Duration maxAge) throws IOException {
    Backup newest = verified.newest().orElse(null);
    boolean isOld =
        newest != null && maxAge != null && newest.time().isBefore(Instant.now().minus(maxAge));
    if (console.json()) {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("nodes", verified.nodes());
      members.put("newest", newest == null ? null : members(newest));
      members.put("bytes", verified.bytes());
      members.put("tooOld", isOld);
      console.printJson(members);
      return newest == null || isOld ? Cli.FAILED : Cli.DONE;
    }
    console
        .out()
        .println("nodes that can write to the repository: " + String.join(", ", verified.nodes()));
    if (newest == null) {
      console.out().println("there is no good backup");
      return Cli.FAILED;
    }
    console
        .out()
        .println(
            "newest good backup: "
                + newest.name()
                + ", "
                + newest.indices().size()
                + " indices, "
                + newest.shards()
                + " shards, "
                + IndexTable.size(verified.bytes())
                + ", age "
                + age(newest));
    if (isOld) {
      console.out().println("it is older than --max-age");
    }
    return isOld ? Cli.FAILED : Cli.DONE;
  }

  @Command(
      name = "restore",
      description =
          "Restores all indices of a backup, or some. An index that exists is not overwritten.")
  int restore(
      @Mixin SettingOptions options,
      @Parameters(
              paramLabel = "NAME",
              description = "The backup, or \"latest\" for the newest good one.")
          String name,
      @Option(
              names = "--index",
              paramLabel = "PATTERNS",
              split = ",",
              description = "Restores the indices that match one of these.")
          @Nullable List<String> patterns,
      @Option(
              names = "--rename-prefix",
              paramLabel = "PREFIX",
              defaultValue = "",
              description = "Restores beside the indices that exist, under other names.")
          String prefix,
      @Option(
              names = "--replace-closed",
              description = "Replaces indices that exist and are closed.")
          boolean replaceClosed,
      @Option(names = "--dry-run", description = "Only shows what would be done.") boolean dryRun)
      throws Exception {
    return with(
        options.settings(console),
        backups -> {
          Backup backup = find(backups, name);
          RestorePlan plan =
              backups.planRestore(
                  backup, patterns == null ? List.of() : patterns, prefix, replaceClosed);
          checkConflicts(plan);
          return dryRun ? show(backup, plan) : restore(backups, backup, plan);
        });
  }

  private static void checkConflicts(RestorePlan plan) throws IOException {
    if (!plan.conflicts().isEmpty()) {
      throw new IOException(
          "these indices exist and are not overwritten: "
              + plan.conflicts().stream()
                  .map(index -> index.name() + (index.isOpen() ? "" : " (closed)"))
                  .collect(Collectors.joining(", "))
              + "; restore beside them with --rename-prefix, or delete them, or close them and give"
              + " --replace-closed");
    }
  }

  private int show(Backup backup, RestorePlan plan) throws IOException {
    console.info("would restore from " + backup.name() + ":");
    for (String index : plan.indices()) {
      String target = plan.prefix() + index;
      boolean replaces = plan.replaced().stream().anyMatch(old -> old.name().equals(target));
      if (console.json()) {
        console.printJson(Map.of("index", index, "target", target, "replaces", replaces));
      } else {
        String how = replaces ? ", replacing the closed index" : "";
        console
            .out()
            .println("  " + (plan.prefix().isEmpty() ? index : index + " as " + target) + how);
      }
    }
    return Cli.DONE;
  }

  private int restore(Backups backups, Backup backup, RestorePlan plan)
      throws IOException, InterruptedException {
    List<Restored> restored;
    try (Progress progress = new Progress(console, "Restoring", "shards")) {
      restored = backups.restore(plan, (done, all) -> progress.at(done, all, ""));
    }
    console.info("restored from " + backup.name() + ":");
    for (Restored index : restored) {
      if (console.json()) {
        console.printJson(Map.of("index", index.index(), "documents", index.documents()));
      } else {
        console.out().println("  " + index.index() + ": " + index.documents() + " documents");
      }
    }
    return Cli.DONE;
  }

  @Command(
      name = "prune",
      description =
          "Deletes backups that neither --keep nor --older-than keeps, but never the newest good one."
              + " The settings EVENTSTREAM_BACKUP_KEEP and EVENTSTREAM_BACKUP_KEEP_FOR are the"
              + " defaults.")
  int prune(
      @Mixin SettingOptions options,
      @Option(names = "--keep", paramLabel = "NUMBER", description = "Keeps so many of the newest.")
          @Nullable String keep,
      @Option(
              names = "--older-than",
              paramLabel = "TIME",
              description = "Keeps those that are younger, such as 30d.")
          @Nullable String olderThan,
      @Option(names = "--dry-run", description = "Only shows what would be done.") boolean dryRun)
      throws Exception {
    Map<String, SettingValue> more = new LinkedHashMap<>();
    if (keep != null) {
      more.put("EVENTSTREAM_BACKUP_KEEP", new SettingValue(keep, "--keep", "command line"));
    }
    if (olderThan != null) {
      more.put(
          "EVENTSTREAM_BACKUP_KEEP_FOR",
          new SettingValue(olderThan, "--older-than", "command line"));
    }
    ServerSettings settings = ServerSettings.of(options.sources(console, more));
    Backups.Retention retention = settings.backup().retention();
    if (!retention.isLimited()) {
      throw new IllegalArgumentException("prune needs --keep, --older-than, or both; see --help");
    }
    return with(settings, backups -> prune(backups, retention, dryRun));
  }

  private int prune(Backups backups, Backups.Retention retention, boolean dryRun)
      throws IOException, InterruptedException {
    List<Backup> expired = retention.expired(backups.list(), Instant.now());
    for (Backup backup : expired) {
      if (!dryRun) {
        backups.delete(backup);
      }
      if (console.json()) {
        console.printJson(Map.of("backup", backup.name(), "deleted", !dryRun));
      } else {
        console.out().println((dryRun ? "would delete " : "deleted ") + backup.name());
      }
    }
    if (expired.isEmpty()) {
      console.info("there is nothing to delete");
    }
    return Cli.DONE;
  }

  private interface Action {
    int on(Backups backups) throws IOException, InterruptedException;
  }

  private static int with(ServerSettings settings, Action action)
      throws IOException, InterruptedException, InvalidSettingsException {
    BackupSettings backup = settings.backup();
    try (ElasticsearchSink sink = BackupSettings.sink(settings.cluster())) {
      return action.on(backup.open(sink));
    } catch (IOException e) {
      throw new IOException(backup.explain(e), e);
    }
  }

  private static Backup find(Backups backups, String name)
      throws IOException, InterruptedException {
    List<Backup> all = backups.list();
    if (name.equals("latest")) {
      return Backups.newestGood(all)
          .orElseThrow(() -> new IOException("there is no good backup; see \"backup list\""));
    }
    return all.stream()
        .filter(backup -> backup.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IOException("there is no backup \"" + name + "\"; see \"backup list\""));
  }

  private static Map<String, Object> members(Backup backup) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("backup", backup.name());
    members.put("time", backup.time().toString());
    members.put("state", backup.state());
    members.put("indices", backup.indices());
    members.put("shards", backup.shards());
    members.put("seconds", backup.duration().toMillis() / 1e3);
    members.put("failures", backup.failures());
    return members;
  }

  private static String age(Backup backup) {
    return IndexTable.age(Duration.between(backup.time(), Instant.now()));
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3);
  }
}
