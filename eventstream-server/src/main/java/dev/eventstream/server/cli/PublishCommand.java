package dev.eventstream.server.cli;

import dev.eventstream.EventStream;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.importer.SpoolExits;
import dev.eventstream.server.publisher.FilePublisher;
import dev.eventstream.server.publisher.PublishTarget;
import dev.eventstream.server.publisher.ServerTarget;
import dev.eventstream.server.publisher.StreamTarget;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code publish [FILES…]}: publishes the events of files. */
@Command(
    name = "publish",
    header = "Publishes the events of files.",
    description = {
      "Publishes the events of FILES into the cluster, or with --server to a running server. A file is"
          + " NDJSON or a JSON array, also compressed with gzip or zstd.",
      "",
      "Each event gets a document id that is derived from the events up to it, so that the same file"
          + " published again adds nothing, after a kill -9, too; a file that has grown adds what is"
          + " new. If EVENTSTREAM_INDEX has a date, this holds for events with an @timestamp. Publish a"
          + " file always with --server or always without: the ids differ.",
      "",
      "Without --server, events that the cluster does not accept now go to the spool. At the end the"
          + " command waits until they have left it, and counts what became of each."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0: every event is in an index or was dropped by the cluster; with --server or --no-wait also if"
          + " events wait in the spool",
      "1: events were rejected or became dead letters, or a file cannot be read",
      "2: usage or settings",
      "3: events still wait in the spool",
      "130, 143: stopped by SIGINT or SIGTERM; the same command goes on"
    })
final class PublishCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      paramLabel = "FILES",
      description =
          "Files and patterns such as 'events-*.ndjson.gz'; - or none for the standard input.")
  private List<String> files = List.of();

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "Publishes to this server, such as http://localhost:8080.")
  private @Nullable String server;

  @Option(
      names = "--ingest-key-file",
      paramLabel = "FILE",
      description = "With --server: a file with the secret of an ingest key.")
  private @Nullable Path keyFile;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      description =
          "Distinguishes the files from others that begin with the same events. Use different names for"
              + " the files of several machines.")
  private String source = "";

  @Option(
      names = "--rejected",
      paramLabel = "FILE",
      description = "Writes the rejected events to FILE, with the reasons, one per line.")
  private @Nullable Path rejected;

  @Option(names = "--rate", paramLabel = "N", description = "At most N events per second.")
  private int rate;

  @Option(names = "--dry-run", description = "Only reads and checks the events.")
  private boolean dryRun;

  @ArgGroup private SpoolWaiting waiting = new SpoolWaiting();

  @Mixin private SettingOptions options = new SettingOptions();

  PublishCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws Exception {
    if (rate < 0) {
      throw new IllegalArgumentException("--rate is " + rate + "; write 1 or more");
    }
    Map<String, Long> counts;
    try (Progress progress = new Progress(console, "Publishing", "bytes")) {
      counts = publish(progress);
    } catch (InterruptedException e) {
      throw new InterruptedException("stopped; the same command goes on, without duplicates");
    }
    if (console.json()) {
      console.printJson(counts);
    } else {
      counts.forEach((kind, count) -> console.out().printf("%-14s %d%n", kind, count));
    }
    long rejections = counts.getOrDefault("rejected", 0L);
    if (rejections > 0) {
      console.info(
          rejected == null
              ? "--rejected FILE writes the rejected events with the reasons to FILE"
              : "the rejected events are in " + rejected);
    }
    boolean incomplete = rejections + counts.getOrDefault("dead_lettered", 0L) > 0;
    long spooled = server == null ? counts.getOrDefault("spooled", 0L) : 0;
    return waiting.exitCode(incomplete, spooled);
  }

  private Map<String, Long> publish(Progress progress) throws Exception {
    Watching watching = new Watching(progress);
    if (dryRun) {
      return publisher(null, watching).publish(files, console.in());
    }
    if (server != null) {
      return publisher(new ServerTarget(uri(server), key()), watching).publish(files, console.in());
    }
    ServerSettings settings = options.settings(console);
    SpoolExits exits = new SpoolExits();
    try (EventStream stream = EventServer.stream(settings, exits)) {
      FilePublisher publisher = publisher(new StreamTarget(stream), watching);
      publisher.publish(files, console.in());
      Map<String, Long> counts = publisher.awaitSpooled(stream, exits, waiting.time());
      watching.progress().close();
      Path spool = settings.delivery().spoolDirectory();
      if (counts.getOrDefault("dead_lettered", 0L) > 0) {
        console.info("the dead letters are in " + spool + ": see ./eventstream dead-letters");
      }
      if (counts.getOrDefault("spooled", 0L) > 0) {
        console.info(
            "the spooled events wait in "
                + spool
                + "; a server, or the same command, with EVENTSTREAM_SPOOL_DIR="
                + spool
                + " delivers them");
      }
      return counts;
    }
  }

  private FilePublisher publisher(@Nullable PublishTarget target, Watching watching) {
    return new FilePublisher(target, source, rejected, rate, watching);
  }

  private static URI uri(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) { // its message would repeat a password
      throw new IllegalArgumentException("--server is not a URL; write http://localhost:8080");
    }
  }

  private @Nullable String key() throws IOException {
    if (keyFile == null) {
      return null;
    }
    String key = Files.readString(keyFile).strip();
    if (!key.matches("[!-~]+")) { // not in a message
      throw new IllegalArgumentException(
          "--ingest-key-file is " + keyFile + ": write one key of printable ASCII into it");
    }
    return key;
  }

  /** Shows the progress of the current file. */
  private record Watching(Progress progress) implements FilePublisher.Listener {
    @Override
    public void onProgress(String input, long bytes, long size, long events) {
      progress.at(bytes, size, input + ", " + events + " events");
    }

    @Override
    public void onWaiting(String reason) {
      progress.waiting(reason);
    }
  }
}
