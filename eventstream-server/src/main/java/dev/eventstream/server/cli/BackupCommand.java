package dev.eventstream.server.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.es.Backups;
import dev.eventstream.es.Backups.Backup;
import dev.eventstream.es.Backups.Created;
import dev.eventstream.es.Backups.Progress;
import dev.eventstream.es.Backups.RestorePlan;
import dev.eventstream.es.Backups.Restored;
import dev.eventstream.es.Backups.Verified;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.server.config.BackupSettings;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.config.SettingSources;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The command {@code backup}: makes, lists, verifies, restores and deletes backups of indices. */
public final class BackupCommand {
  static final String USAGE =
      """
      Usage: backup create
             backup list [--json]
             backup verify [--max-age TIME]
             backup restore NAME|latest [--index PATTERNS] [--rename-prefix PREFIX]
                            [--replace-closed] [--dry-run]
             backup prune [--keep NUMBER] [--older-than TIME] [--dry-run]

      Backs up the indices of events in a snapshot repository of the cluster, and restores them.
      Backups are named by their time in UTC. Snapshots with other names are left alone.

        create      backs up the indices that the patterns of the index template match, or, without
                    patterns, all whose names do not begin with a dot
        list        shows the backups, newest first; with --json one object per line
        verify      has every node write to the repository, and the engine read what the newest good
                    backup says of its shards; with --max-age it must not be older than that time
        restore     restores all indices of a backup, or those that match --index; "latest" is the
                    newest good one. An index that exists is not overwritten: --rename-prefix restores
                    beside it, --replace-closed replaces indices that are closed
        prune       deletes backups that neither --keep nor --older-than keeps, but never the newest
                    good one; the settings EVENTSTREAM_BACKUP_KEEP and _KEEP_FOR are the defaults
        --dry-run   only shows what would be done

      A TIME is a number with a unit, such as 30d or 36h. The server's settings are read from the
      environment; they can also be given as options, such as --backup-repository nightly. See serve
      --help.

      Exit code: 0 done; 1 it failed, the backup is not complete, there is none, or it is too old; 2
      usage or settings.
      """;

  private static final int FAILED = 1;
  private static final int USAGE_ERROR = 2;
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private final Backups backups;
  private final PrintStream out;
  private final Progress progress;

  private BackupCommand(Backups backups, PrintStream out) {
    this.backups = backups;
    this.out = out;
    this.progress = (done, all) -> out.println("  " + done + " of " + all + " shards");
  }

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
    if (!List.of("create", "list", "verify", "restore", "prune").contains(action)) {
      err.println(
          action.isEmpty() ? "backup needs an action" : "backup has no action \"" + action + "\"");
      err.println();
      err.print(USAGE);
      return USAGE_ERROR;
    }
    try {
      Options options = Options.of(action, args.subList(1, args.size()));
      ServerSettings settings =
          ServerSettings.of(SettingSources.of(options.settings(), environment));
      return run(action, options, settings, out, err);
    } catch (InvalidSettingsException | IllegalArgumentException e) {
      err.println(e.getMessage());
      return USAGE_ERROR;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      err.println("interrupted");
      return FAILED;
    }
  }

  private static int run(
      String action, Options options, ServerSettings settings, PrintStream out, PrintStream err)
      throws InterruptedException {
    BackupSettings backup = settings.backup();
    if (action.equals("prune") && !backup.retention().isLimited()) {
      throw new IllegalArgumentException("prune needs --keep, --older-than, or both; see --help");
    }
    try (ElasticsearchSink sink = BackupSettings.sink(settings.cluster())) {
      BackupCommand command = new BackupCommand(backup.open(sink), out);
      return switch (action) {
        case "create" -> command.create(settings.indexTemplate().patterns());
        case "list" -> command.list(options.json());
        case "verify" -> command.verify(options.maxAge());
        case "restore" -> command.restore(options);
        default -> command.prune(backup.retention(), options.dryRun());
      };
    } catch (IOException e) {
      err.println(backup.explain(e));
      return FAILED;
    }
  }

  private int create(List<String> patterns) throws IOException, InterruptedException {
    Created created = backups.create(Instant.now(), patterns, progress);
    Backup backup = created.backup();
    out.println(
        backup.name()
            + ": "
            + backup.state()
            + ", "
            + backup.indices().size()
            + " indices, "
            + backup.shards()
            + " shards, "
            + seconds(backup.duration()));
    backup.failures().forEach(failure -> out.println("  not in it: " + failure));
    created
        .skipped()
        .forEach(index -> out.println("  not in it: " + index + ": it is closed; open it first"));
    return backup.isGood() ? 0 : FAILED;
  }

  private int list(boolean json) throws IOException, InterruptedException {
    List<Backup> all = backups.list();
    if (json) {
      for (Backup backup : all) {
        out.println(MAPPER.writeValueAsString(members(backup)));
      }
      return 0;
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
    TextTable.print(rows, out);
    return 0;
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

  private int verify(@Nullable Duration maxAge) throws IOException, InterruptedException {
    Verified verified = backups.verify();
    out.println("nodes that can write to the repository: " + String.join(", ", verified.nodes()));
    if (verified.newest().isEmpty()) {
      out.println("there is no good backup");
      return FAILED;
    }
    Backup newest = verified.newest().get();
    out.println(
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
    if (maxAge != null && newest.time().isBefore(Instant.now().minus(maxAge))) {
      out.println("it is older than --max-age");
      return FAILED;
    }
    return 0;
  }

  private int restore(Options options) throws IOException, InterruptedException {
    Backup backup = find(options.backup());
    RestorePlan plan =
        backups.planRestore(
            backup, options.patterns(), options.renamePrefix(), options.replaceClosed());
    if (!plan.conflicts().isEmpty()) {
      throw new IOException(
          "these indices exist and are not overwritten: "
              + plan.conflicts().stream()
                  .map(index -> index.name() + (index.isOpen() ? "" : " (closed)"))
                  .collect(Collectors.joining(", "))
              + "; restore beside them with --rename-prefix, or delete them, or close them and give"
              + " --replace-closed");
    }
    if (options.dryRun()) {
      out.println("would restore from " + backup.name() + ":");
      for (String index : plan.indices()) {
        String target = plan.prefix() + index;
        boolean replaces = plan.replaced().stream().anyMatch(old -> old.name().equals(target));
        String how = replaces ? ", replacing the closed index" : "";
        out.println("  " + (plan.prefix().isEmpty() ? index : index + " as " + target) + how);
      }
      return 0;
    }
    List<Restored> restored = backups.restore(plan, progress);
    out.println("restored from " + backup.name() + ":");
    restored.forEach(
        index -> out.println("  " + index.index() + ": " + index.documents() + " documents"));
    return 0;
  }

  private Backup find(String name) throws IOException, InterruptedException {
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

  private int prune(Backups.Retention retention, boolean dryRun)
      throws IOException, InterruptedException {
    List<Backup> expired = retention.expired(backups.list(), Instant.now());
    for (Backup backup : expired) {
      if (!dryRun) {
        backups.delete(backup);
      }
      out.println((dryRun ? "would delete " : "deleted ") + backup.name());
    }
    if (expired.isEmpty()) {
      out.println("there is nothing to delete");
    }
    return 0;
  }

  private static String age(Backup backup) {
    return IndexTable.age(Duration.between(backup.time(), Instant.now()));
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3);
  }

  /**
   * The options of all actions.
   *
   * @param settings the arguments that are settings
   * @param backup a name, or {@code latest}; empty for other actions than restore
   * @param maxAge null: any
   */
  private record Options(
      List<String> settings,
      boolean json,
      boolean dryRun,
      boolean replaceClosed,
      String backup,
      List<String> patterns,
      String renamePrefix,
      @Nullable Duration maxAge) {

    static Options of(String action, List<String> arguments) {
      List<String> rest = new ArrayList<>(arguments);
      boolean restores = action.equals("restore");
      boolean prunes = action.equals("prune");
      String backup = "";
      if (restores) {
        if (rest.isEmpty() || rest.get(0).startsWith("-")) {
          throw new IllegalArgumentException(
              "restore needs the name of a backup, or \"latest\", before its options");
        }
        backup = rest.remove(0);
      }
      String index = restores ? value(rest, "--index") : null;
      String prefix = restores ? value(rest, "--rename-prefix") : null;
      String maxAge = action.equals("verify") ? value(rest, "--max-age") : null;
      if (prunes) {
        rest.replaceAll(
            option ->
                switch (option) {
                  case "--keep" -> "--backup-keep";
                  case "--older-than" -> "--backup-keep-for";
                  default -> option;
                });
      }
      return new Options(
          rest,
          action.equals("list") && rest.remove("--json"),
          (restores || prunes) && rest.remove("--dry-run"),
          restores && rest.remove("--replace-closed"),
          backup,
          index == null ? List.of() : List.of(index.split(",")),
          prefix == null ? "" : prefix,
          maxAge == null ? null : BackupSettings.time("--max-age", maxAge));
    }

    /** Takes an option and its value out of the arguments. */
    private static @Nullable String value(List<String> arguments, String option) {
      int at = arguments.indexOf(option);
      if (at < 0) {
        return null;
      }
      if (at + 1 == arguments.size()) {
        throw new IllegalArgumentException(option + " needs a value; see --help");
      }
      arguments.remove(at);
      return arguments.remove(at);
    }
  }
}
