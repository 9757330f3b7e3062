package dev.eventstream.server.cli;

import dev.eventstream.EventStream;
import dev.eventstream.Redriven;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.admin.AdminClient;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.config.SettingValue;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.spool.SpoolReplica;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code dead-letters}: shows, exports, tries again and deletes dead letters. */
@Command(
    name = "dead-letters",
    header = "Shows, exports, tries again and deletes dead letters.",
    description = {
      "Dead letters are the documents that no index accepts, with the engine's reason. ls, show and"
          + " export only read, from a copy of the files; servers can run at the same time.",
      "",
      "redrive and purge have a running server do the work, through its admin port: the one of --url, or"
          + " each one that uses the directory. If no server uses it, they do it themselves."
    })
final class DeadLettersCommand {
  private final Console console;

  DeadLettersCommand(Console console) {
    this.console = console;
  }

  @Command(
      name = "ls",
      description =
          "Shows the letters, the oldest first: when they were first tried, index, id, reason; with"
              + " --json one object per line.")
  int list(@Mixin SpoolOptions spool, @Mixin LetterOptions letters) throws Exception {
    Predicate<DeadLetter> matches = letters.predicate();
    long[] count = new long[1];
    DeadLetterCopies.read(
        spool.replicas(console),
        all ->
            all.forEach(
                matches,
                letter -> {
                  count[0]++;
                  print(letter);
                }));
    console.info(count[0] + " dead letters");
    return Cli.DONE;
  }

  private void print(DeadLetter letter) {
    if (console.json()) {
      console.printJson(members(letter));
    } else {
      console
          .out()
          .printf(
              Locale.ROOT,
              "%s  %s  %s  %s%n",
              letter.firstAttempt(),
              letter.document().destination(),
              letter.document().id(),
              letter.reason().replaceAll("\\s+", " "));
    }
  }

  private static Map<String, Object> members(DeadLetter letter) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("index", letter.document().destination());
    members.put("id", letter.document().id());
    members.put("eventType", letter.eventType());
    members.put("reason", letter.reason());
    members.put("firstAttempt", letter.firstAttempt().toString());
    members.put("lastAttempt", letter.lastAttempt().toString());
    members.put("bytes", letter.document().source().length);
    return members;
  }

  @Command(
      name = "show",
      description = "Shows one letter with its document. Exit code 1: there is none with this id.")
  int show(
      @Parameters(index = "0", paramLabel = "ID", description = "The id of the document.")
          String id,
      @Parameters(
              index = "1",
              arity = "0..1",
              paramLabel = "DIRECTORY",
              description = "The directory of the spool (default: EVENTSTREAM_SPOOL_DIR).")
          Path directory)
      throws Exception {
    Path root = directory == null ? new SpoolOptions().directory(console) : directory;
    boolean[] found = new boolean[1];
    DeadLetterCopies.read(
        SpoolReplica.of(root),
        all ->
            all.forEach(
                DeadLetter.withId(id),
                letter -> {
                  found[0] = true;
                  show(letter);
                }));
    if (!found[0]) {
      console.err().println("there is no dead letter \"" + id + "\" in " + root);
    }
    return found[0] ? Cli.DONE : Cli.FAILED;
  }

  private void show(DeadLetter letter) {
    String document = new String(letter.document().source(), StandardCharsets.UTF_8);
    if (console.json()) {
      Map<String, Object> members = members(letter);
      members.put("document", Console.raw(document));
      console.printJson(members);
      return;
    }
    console.out().println("index          " + letter.document().destination());
    console.out().println("id             " + letter.document().id());
    console.out().println("reason         " + letter.reason());
    console.out().println("first attempt  " + letter.firstAttempt());
    console.out().println("last attempt   " + letter.lastAttempt());
    console.out().println("document       " + document);
  }

  @Command(
      name = "export",
      description =
          "Writes the letters to standard output, one JSON object per line: index, id, eventId, reason,"
              + " firstAttempt, lastAttempt, and the document.")
  int export(@Mixin SpoolOptions spool, @Mixin LetterOptions letters) throws Exception {
    Predicate<DeadLetter> matches = letters.predicate();
    long[] count = new long[1];
    OutputStream out = new BufferedOutputStream(console.out());
    DeadLetterCopies.read(spool.replicas(console), all -> count[0] += all.export(matches, out));
    out.flush();
    console.info(count[0] + " dead letters");
    return Cli.DONE;
  }

  @Command(
      name = "redrive",
      description =
          "Tries to write the letters again, for example after a mapping was corrected, and removes those"
              + " that arrive. Each document is written once. Exit code 1: some are still dead letters.")
  int redrive(
      @Mixin SpoolOptions spool,
      @Mixin LetterOptions letters,
      @Mixin AdminOptions admin,
      @Mixin SettingOptions settings,
      @Option(names = "--dry-run", description = "Only counts the letters.") boolean dryRun,
      @Option(names = "--detach", description = "Does not wait for the end of a server's job.")
          boolean detach)
      throws Exception {
    Predicate<DeadLetter> matches = letters.predicate();
    List<AdminClient> servers = servers(spool, admin);
    if (!servers.isEmpty()) {
      return onServers(servers, "redrive", letters, dryRun, detach);
    }
    if (dryRun) {
      return count(spool, matches);
    }
    if (spool.replicas(console).isEmpty()) {
      console.info("no server has used this directory");
      return Cli.DONE;
    }
    return redriveHere(settings(spool, settings), matches);
  }

  @Command(
      name = "purge",
      description = "Deletes the letters for good. Export them first if they may be needed.")
  int purge(
      @Mixin SpoolOptions spool,
      @Mixin LetterOptions letters,
      @Mixin AdminOptions admin,
      @Option(names = "--dry-run", description = "Only counts the letters.") boolean dryRun,
      @Option(names = "--yes", description = "Confirms that they are to be deleted.")
          boolean confirmed,
      @Option(names = "--detach", description = "Does not wait for the end of a server's job.")
          boolean detach)
      throws Exception {
    Predicate<DeadLetter> matches = letters.predicate();
    if (!dryRun && !confirmed && !console.confirm("Delete the dead letters that match for good?")) {
      throw new IllegalArgumentException(
          "purge deletes dead letters for good; look with --dry-run, and confirm with --yes");
    }
    List<AdminClient> servers = servers(spool, admin);
    if (!servers.isEmpty()) {
      return onServers(servers, "purge", letters, dryRun, detach);
    }
    if (dryRun) {
      return count(spool, matches);
    }
    Path root = spool.directory(console);
    long deleted = 0;
    if (!SpoolReplica.of(root).isEmpty()) {
      try (MapDbSpool opened = MapDbSpool.builder(root).minFreeBytes(0).existing().open()) {
        deleted = opened.deadLetters().purge(matches);
      }
    }
    result(Map.of("deleted", deleted), deleted + " dead letters were deleted");
    return Cli.DONE;
  }

  /** The servers that have to do the work; none: this process can. */
  private List<AdminClient> servers(SpoolOptions spool, AdminOptions admin)
      throws IOException, InvalidSettingsException {
    List<AdminClient> servers = new ArrayList<>();
    if (admin.namesServer()) {
      servers.add(admin.client(console.environment()));
      return servers;
    }
    for (SpoolReplica replica : spool.replicas(console)) {
      String url = replica.adminUrl();
      if (url != null) {
        servers.add(admin.client(URI.create(url), console.environment()));
      } else if (replica.owned()) {
        throw new IOException(
            replica.directory()
                + " belongs to a running process without an admin port; set EVENTSTREAM_ADMIN_PORT for"
                + " it, or stop it first");
      }
    }
    return servers;
  }

  private int onServers(
      List<AdminClient> servers,
      String action,
      LetterOptions letters,
      boolean dryRun,
      boolean detach)
      throws IOException, InterruptedException {
    int worst = Cli.DONE;
    for (AdminClient server : servers) {
      int status = new LetterJobs(console, server).run(action, letters.request(dryRun), detach);
      worst = Math.max(worst, status);
    }
    return worst;
  }

  private int count(SpoolOptions spool, Predicate<DeadLetter> matches)
      throws IOException, InvalidSettingsException {
    long[] count = new long[1];
    DeadLetterCopies.read(
        spool.replicas(console), all -> all.forEach(matches, letter -> count[0]++));
    result(Map.of("matching", count[0]), count[0] + " dead letters match");
    return Cli.DONE;
  }

  private ServerSettings settings(SpoolOptions spool, SettingOptions options)
      throws IOException, InvalidSettingsException {
    String root = spool.directory(console).toString();
    return ServerSettings.of(
        options.sources(
            console,
            Map.of("EVENTSTREAM_SPOOL_DIR", new SettingValue(root, "DIRECTORY", "command line"))));
  }

  /** As a server would: it takes over the directories of servers that are gone. */
  private int redriveHere(ServerSettings settings, Predicate<DeadLetter> matches)
      throws IOException, InterruptedException {
    Redriven all;
    try (EventStream stream = EventServer.streamOfStopped(settings, StreamListener.NONE);
        Progress progress = new Progress(console, "Trying again", "letters")) {
      long total = stream.deadLetters().count();
      all =
          stream.redrive(
              matches,
              Long.MAX_VALUE,
              soFar -> {
                progress.at(soFar.tried(), total, soFar.arrived() + " indexed");
                return !Thread.currentThread().isInterrupted();
              });
    }
    String counts = LetterJobs.counts(all.tried(), all.arrived(), all.dead(), all.notNow());
    if (Thread.interrupted()) {
      throw new InterruptedException("stopped; " + counts);
    }
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("tried", all.tried());
    members.put("indexed", all.arrived());
    members.put("kept", all.dead());
    members.put("failed", all.notNow());
    result(members, counts);
    return all.dead() + all.notNow() == 0 ? Cli.DONE : Cli.FAILED;
  }

  private void result(Map<String, Object> members, String text) {
    if (console.json()) {
      console.printJson(members);
    } else {
      console.out().println(text);
    }
  }
}
