package dev.eventstream.server.cli;

import dev.eventstream.EventStream;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.publisher.FilePublisher;
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
          + " new. If EVENTSTREAM_INDEX has a date, this holds for events with an @timestamp."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0: every event was accepted, or dropped by the cluster",
      "1: events were rejected or became dead letters, or a file cannot be read",
      "2: usage or settings",
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
      names = "--rejected",
      paramLabel = "FILE",
      description =
          "Writes the events that are not accepted to FILE, with the reasons, one per line.")
  private @Nullable Path rejected;

  @Option(names = "--rate", paramLabel = "N", description = "At most N events per second.")
  private int rate;

  @Option(names = "--dry-run", description = "Only reads and checks the events.")
  private boolean dryRun;

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
    long notTaken = counts.getOrDefault("rejected", 0L);
    long notAccepted = notTaken + counts.getOrDefault("dead_lettered", 0L);
    if (notTaken > 0 && rejected != null) {
      console.info("the reasons are in " + rejected);
    }
    return notAccepted == 0 ? Cli.DONE : Cli.FAILED;
  }

  private Map<String, Long> publish(Progress progress) throws Exception {
    Watching watching = new Watching(progress);
    if (dryRun) {
      return new FilePublisher(null, rejected, 0, watching).publish(files, console.in());
    }
    if (server != null) {
      ServerTarget target = new ServerTarget(uri(server), key());
      return new FilePublisher(target, rejected, rate, watching).publish(files, console.in());
    }
    try (EventStream stream = EventServer.stream(options.settings(console), StreamListener.NONE)) {
      return new FilePublisher(new StreamTarget(stream), rejected, rate, watching)
          .publish(files, console.in());
    }
  }

  private static URI uri(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) { // its message would repeat a password
      throw new IllegalArgumentException("--server is not a URL; write http://localhost:8080");
    }
  }

  private @Nullable String key() throws IOException {
    return keyFile == null ? null : Files.readString(keyFile).strip();
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
