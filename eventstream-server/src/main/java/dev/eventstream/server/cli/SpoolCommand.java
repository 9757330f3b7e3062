package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.spi.Document;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.spool.SpoolInspection;
import dev.eventstream.spool.SpoolReplica;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code spool}: shows, verifies and repairs spools. */
@Command(
    name = "spool",
    header = "Shows, verifies and repairs the spool.",
    description =
        "Shows what waits on disk for the cluster, for each server that uses or used the directory."
            + " Only repair changes anything; servers can run at the same time.")
final class SpoolCommand {
  private final Console console;

  SpoolCommand(Console console) {
    this.console = console;
  }

  @Command(
      name = "ls",
      description =
          "Shows how much waits, for how long, who owns it, and what cannot be read. Exit code 1: a"
              + " file is damaged.")
  int list(@Mixin SpoolOptions spool) throws Exception {
    boolean whole = true;
    List<SpoolInspection> replicas = spool.inspect(console);
    if (replicas.isEmpty()) {
      console.info("no server has used this directory");
    }
    for (SpoolInspection replica : replicas) {
      if (console.json()) {
        console.printJson(members(replica));
      } else {
        print(replica);
      }
      whole &= isWhole(replica);
    }
    return whole ? Cli.DONE : Cli.FAILED;
  }

  private static boolean isWhole(SpoolInspection replica) {
    return replica.unreadable().isEmpty() && replica.damaged().isEmpty();
  }

  private void print(SpoolInspection replica) {
    PrintStream out = console.out();
    out.println(replica.directory());
    out.println(
        "  owner         "
            + (replica.owned()
                ? owner(replica.adminUrl())
                : "none; the next server takes it over"));
    out.printf(
        Locale.ROOT,
        "  waiting       %,d documents of %,d bytes in %d files of %,d bytes%n",
        replica.documents(),
        replica.bytes(),
        replica.segments(),
        replica.diskBytes());
    if (replica.oldest() != null) {
      out.println("  oldest        accepted " + replica.oldest());
    }
    if (replica.newest() != null) {
      out.println("  newest        accepted " + replica.newest());
    }
    replica
        .indices()
        .forEach(
            (index, count) -> out.printf(Locale.ROOT, "  index         %s: %,d%n", index, count));
    out.printf(
        Locale.ROOT,
        "  dead letters  %,d in files of %,d bytes%n",
        replica.deadLetters(),
        replica.deadLetterBytes());
    for (Path file : replica.unreadable()) {
      out.println("  UNREADABLE    partly or completely: " + file);
    }
    for (Path file : replica.damaged()) {
      out.println("  DAMAGED       set aside: " + file);
    }
  }

  private static String owner(@Nullable String adminUrl) {
    return adminUrl == null
        ? "a running process without an admin port"
        : "a running server, admin port " + adminUrl;
  }

  private static Map<String, Object> members(SpoolInspection replica) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("directory", replica.directory().toString());
    members.put("owned", replica.owned());
    members.put("admin", replica.adminUrl());
    members.put("documents", replica.documents());
    members.put("bytes", replica.bytes());
    members.put("files", replica.segments());
    members.put("diskBytes", replica.diskBytes());
    members.put("oldest", replica.oldest() == null ? null : replica.oldest().toString());
    members.put("newest", replica.newest() == null ? null : replica.newest().toString());
    members.put("indices", replica.indices());
    members.put("deadLetters", replica.deadLetters());
    members.put("deadLetterBytes", replica.deadLetterBytes());
    members.put("unreadable", replica.unreadable().stream().map(Path::toString).toList());
    members.put("damaged", replica.damaged().stream().map(Path::toString).toList());
    return members;
  }

  @Command(
      name = "show",
      description =
          "Shows the documents that wait, in the order of acceptance: time, index, id and bytes; with"
              + " --json one object per line. May include some that left in the last seconds. Exit"
              + " code 1: some cannot be read.")
  int show(
      @Mixin SpoolOptions spool,
      @Option(names = "--index", paramLabel = "INDEX", description = "Only this index.")
          @Nullable String index,
      @Option(names = "--type", paramLabel = "TYPE", description = "Only this event type.")
          @Nullable String type,
      @Option(names = "--id", paramLabel = "ID", description = "Only this document.")
          @Nullable String id,
      @Option(
              names = "--since",
              paramLabel = "TIME",
              converter = Past.class,
              description =
                  "Accepted since then: a time such as 2026-05-04T10:15:00Z, or how long ago, such as"
                      + " 2h.")
          @Nullable Instant since,
      @Option(
              names = "--until",
              paramLabel = "TIME",
              converter = Past.class,
              description = "Accepted before then.")
          @Nullable Instant until,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "1000",
              description = "At most N documents (default: 1000).")
          int limit,
      @Option(names = "--documents", description = "Shows the documents, too.") boolean documents)
      throws Exception {
    if (limit < 1) {
      throw new IllegalArgumentException("--limit is " + limit + "; write 1 or more");
    }
    int[] left = {limit};
    boolean whole = true;
    for (SpoolInspection replica : spool.inspect(console)) {
      replica.faults().forEach(fault -> console.err().println("not shown: " + fault));
      whole &= replica.faults().isEmpty();
      SpoolInspection.documents(
          replica.directory(),
          waiting -> {
            Document document = waiting.document();
            boolean matches =
                (index == null || index.equals(document.destination()))
                    && (id == null || id.equals(document.id()))
                    && (since == null || !waiting.acceptedAt().isBefore(since))
                    && (until == null || waiting.acceptedAt().isBefore(until))
                    && (type == null || type.equals(document.eventType()));
            if (matches) {
              print(waiting, documents);
              left[0]--;
            }
            return left[0] > 0 && !console.out().checkError();
          });
    }
    if (left[0] == 0) {
      console.info("there may be more; see --limit");
    }
    return whole ? Cli.DONE : Cli.FAILED;
  }

  /** Reads the options for times. */
  static final class Past implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String text) {
      return Times.past(text);
    }
  }

  private void print(SpoolInspection.Waiting waiting, boolean documents) {
    Document document = waiting.document();
    String source = documents ? new String(document.source(), UTF_8) : "";
    if (console.json()) {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("accepted", waiting.acceptedAt().toString());
      members.put("index", document.destination());
      members.put("id", document.id());
      members.put("bytes", document.source().length);
      if (documents) {
        members.put("document", Console.raw(source));
      }
      console.printJson(members);
    } else {
      console
          .out()
          .printf(
              Locale.ROOT,
              "%s  %s  %s  %d bytes%s%n",
              waiting.acceptedAt(),
              document.destination(),
              document.id(),
              document.source().length,
              documents ? "  " + source : "");
    }
  }

  @Command(
      name = "verify",
      description =
          "Reads every file with its checksums, and names the records that cannot be read. Exit code 1:"
              + " there are some, or files were set aside earlier.")
  int verify(@Mixin SpoolOptions spool) throws Exception {
    return verify(spool.inspect(console));
  }

  private int verify(List<SpoolInspection> replicas) {
    boolean whole = true;
    long documents = 0;
    for (SpoolInspection replica : replicas) {
      documents += replica.documents();
      whole &= isWhole(replica);
      for (String fault : replica.faults()) {
        print("fault", fault);
      }
      for (Path file : replica.damaged()) {
        print("set aside", file.toString());
      }
    }
    if (whole) {
      console.info(
          "everything can be read: "
              + documents
              + " documents in "
              + replicas.size()
              + " directories");
    }
    return whole ? Cli.DONE : Cli.FAILED;
  }

  private void print(String kind, String what) {
    if (console.json()) {
      console.printJson(Map.of(kind.replace(" ", ""), what));
    } else {
      console.out().println(kind + ": " + what);
    }
  }

  @Command(
      name = "repair",
      description = {
        "Opens the directory as a server does that starts: takes over what servers that are gone left,"
            + " keeps everything that can be read, and moves files that cannot be read at all to"
            + " damaged/. Nothing is deleted that cannot be read. A server does the same at its start;"
            + " this is for directories that no server uses.",
        "",
        "Exit code 1: a server uses the directory, or files cannot be read."
      })
  int repair(
      @Mixin SpoolOptions spool,
      @Option(names = "--dry-run", description = "Only shows what it would do.") boolean dryRun)
      throws Exception {
    List<SpoolReplica> replicas = spool.replicas(console);
    for (SpoolReplica replica : replicas) {
      if (replica.owned()) {
        throw new IOException(
            replica.directory()
                + " belongs to "
                + owner(replica.adminUrl())
                + "; it repairs its directory by itself. Stop it first to do it here");
      }
    }
    if (replicas.isEmpty()) {
      console.info("no server has used this directory");
      return Cli.DONE;
    }
    if (dryRun) {
      List<SpoolInspection> contents = spool.inspect(console);
      contents.forEach(this::announce);
      return verify(contents);
    }
    Path root = spool.directory(console);
    try (MapDbSpool opened = MapDbSpool.builder(root).minFreeBytes(0).existing().open()) {
      console.info(
          opened.state().documents()
              + " documents wait, "
              + opened.deadLetters().count()
              + " dead letters");
    }
    return verify(spool.inspect(console));
  }

  private void announce(SpoolInspection replica) {
    console.info(
        "would keep everything that can be read of "
            + replica.documents()
            + " documents in "
            + replica.directory()
            + ", and every file that is damaged; it is moved to damaged/ when nothing in it can be"
            + " read or is needed");
  }
}
