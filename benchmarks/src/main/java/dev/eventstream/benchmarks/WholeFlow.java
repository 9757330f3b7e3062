package dev.eventstream.benchmarks;

import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.id.DirectoryIdResolver;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Whole flows against a real engine: the same documents by direct {@code _bulk}, which is the
 * limit, by the SDK in this process, and by the server over HTTP, in turn, round after round.
 * Absolute times say little on a machine that all of them share; the ratios to the direct way are
 * the result.
 *
 * <p>After each measurement the engine is asked how many documents it has: a lost one is an error.
 */
public final class WholeFlow {
  private static final String BULK_PATH = "/_bulk?filter_path=items.create.status";

  /** What the service before this one did with single events at 16 connections, a second. */
  private static final int PREDECESSOR_SINGLES = 225;

  private final Options options;
  private final RealEngine engine;
  private final Samples samples = new Samples();

  private WholeFlow(Options options, RealEngine engine) {
    this.options = options;
    this.engine = engine;
  }

  /** What may be chosen. */
  private record Options(
      String engine, int rounds, int batches, int batchSize, int connections, int singles) {
    static Options parse(String[] args) {
      Map<String, String> given = new LinkedHashMap<>();
      for (int i = 0; i < args.length; i += 2) {
        if (!args[i].startsWith("--") || i + 1 == args.length) {
          throw new IllegalArgumentException("write --name value, not " + args[i]);
        }
        given.put(args[i].substring(2), args[i + 1]);
      }
      Options options =
          new Options(
              String.valueOf(given.getOrDefault("engine", "opensearch:2.19.6")),
              Integer.parseInt(given.getOrDefault("rounds", "5")),
              Integer.parseInt(given.getOrDefault("batches", "150")),
              Integer.parseInt(given.getOrDefault("batch-size", "1000")),
              Integer.parseInt(given.getOrDefault("connections", "4")),
              Integer.parseInt(given.getOrDefault("singles", "20000")));
      given
          .keySet()
          .removeAll(
              List.of("engine", "rounds", "batches", "batch-size", "connections", "singles"));
      if (!given.isEmpty()) {
        throw new IllegalArgumentException("unknown options " + given.keySet());
      }
      return options;
    }
  }

  /** One way for the documents to take, and its events a second, round by round. */
  @SuppressWarnings("ArrayRecordComponent") // filled as the rounds go
  private record Way(String name, Callable<Load.Sender> connect, double[] rates) {}

  /**
   * Runs the benchmark.
   *
   * @param args {@code --engine}, {@code --rounds}, {@code --batches}, {@code --batch-size}, {@code
   *     --connections}, {@code --singles}, each with its value
   * @throws Exception when a flow fails, or a document is missing
   */
  @SuppressWarnings("SystemOut") // the result
  public static void main(String[] args) throws Exception {
    Options options = Options.parse(args);
    Path ids = Files.createTempDirectory("eventstream-bench-ids");
    Files.writeString(
        ids.resolve("pageview.json"), "{\"homepage\":\"h\",\"about\":\"a\",\"checkout\":\"c\"}");
    Path spool = Files.createTempDirectory("eventstream-bench-spool");
    try (RealEngine engine =
            RealEngine.builder(options.engine)
                .heap("1g")
                .jvmOption("-XX:TieredStopAtLevel=4")
                .start();
        ServerProcess server =
            ServerProcess.start(engine.url(), ids, spool.resolve("server"), "256m");
        EventStream sdk =
            EventStream.builder()
                .sink(engine.url().toString())
                .idResolver(DirectoryIdResolver.open(ids))
                .deliveryTimeout(Duration.ofSeconds(60))
                .build()) {
      System.out.printf(
          "%s, %d requests of %d events over %d connections, %d rounds; JDK %s, %d cores%n",
          engine.engine(),
          options.batches,
          options.batchSize,
          options.connections,
          options.rounds,
          Runtime.version(),
          Runtime.getRuntime().availableProcessors());
      WholeFlow flow = new WholeFlow(options, engine);
      flow.batches(server, sdk);
      flow.singles(server);
    } finally {
      Files.delete(ids.resolve("pageview.json"));
      Files.delete(ids);
    }
  }

  @SuppressWarnings("SystemOut")
  private void batches(ServerProcess server, EventStream sdk) throws Exception {
    boolean mappingType = options.engine.startsWith("elasticsearch:6");
    List<byte[]> bulks = new ArrayList<>();
    for (int i = 0; i < options.batches; i++) {
      bulks.add(samples.bulk(options.batchSize, mappingType));
    }
    byte[] array = samples.array(options.batchSize);
    List<Way> ways =
        List.of(
            new Way("direct", () -> direct(bulks), new double[options.rounds]),
            new Way("sdk", () -> embedded(sdk, array), new double[options.rounds]),
            new Way(
                "server",
                () -> post(server.url(), "/v1/events", array),
                new double[options.rounds]));
    for (int round = -1; round < options.rounds; round++) { // the first one warms up
      for (Way way : ways) {
        double rate = measure(way.connect, options.connections, options.batches, options.batchSize);
        if (round >= 0) {
          way.rates[round] = rate;
        }
      }
    }
    double[] direct = ways.get(0).rates;
    for (Way way : ways) {
      double[] ratios = new double[options.rounds];
      Arrays.setAll(ratios, round -> way.rates[round] / direct[round]);
      System.out.printf(
          Locale.ROOT,
          "%-8s %8.0f events/s (median), %.2f of direct (median of rounds; %s)%n",
          way.name,
          median(way.rates),
          median(ratios),
          range(ratios));
    }
  }

  @SuppressWarnings("SystemOut")
  private void singles(ServerProcess server) throws Exception {
    byte[] event = samples.event();
    double[] rates = new double[options.rounds];
    for (int round = -1; round < options.rounds; round++) {
      double rate = measure(() -> post(server.url(), "/", event), 16, options.singles, 1);
      if (round >= 0) {
        rates[round] = rate;
      }
    }
    System.out.printf(
        Locale.ROOT,
        "single events, 16 connections: %.0f events/s (median; %s), %.0f times the predecessor's %d%n",
        median(rates),
        range(rates),
        median(rates) / PREDECESSOR_SINGLES,
        PREDECESSOR_SINGLES);
  }

  /** Sends all requests and returns events a second, once the engine is found to hold them all. */
  private double measure(Callable<Load.Sender> way, int connections, int requests, int size)
      throws Exception {
    engine.client().request("DELETE", "/" + Samples.INDEX);
    engine
        .client()
        .request(
            "PUT",
            "/" + Samples.INDEX,
            "{\"settings\":{\"index.number_of_shards\":1,\"index.number_of_replicas\":0}}")
        .orThrow();
    double seconds = Load.run(connections, requests, way).seconds();
    engine.client().refresh();
    long expected = (long) requests * size;
    long found = engine.client().count(Samples.INDEX);
    if (found != expected) {
      throw new IllegalStateException(
          expected + " events were acknowledged, but " + found + " are there");
    }
    return expected / seconds;
  }

  private Load.Sender direct(List<byte[]> bulks) throws IOException {
    PlainHttp http = new PlainHttp(engine.url());
    return new Load.Sender() {
      @Override
      public void send(int request) throws IOException {
        http.post(BULK_PATH, "application/x-ndjson", bulks.get(request));
      }

      @Override
      public void close() throws IOException {
        http.close();
      }
    };
  }

  private static Load.Sender post(URI url, String path, byte[] body) throws IOException {
    PlainHttp http = new PlainHttp(url);
    return new Load.Sender() {
      @Override
      public void send(int request) throws IOException {
        http.post(path, "application/json", body);
      }

      @Override
      public void close() throws IOException {
        http.close();
      }
    };
  }

  private static Load.Sender embedded(EventStream sdk, byte[] array) {
    return new Load.Sender() {
      @Override
      public void send(int request) throws IOException {
        for (Outcome outcome : sdk.publishAll(EventReader.of(array)).join()) {
          if (!(outcome instanceof Outcome.Indexed)) {
            throw new IOException("an event was not indexed: " + outcome);
          }
        }
      }

      @Override
      public void close() {}
    };
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static String range(double[] values) {
    double min = Arrays.stream(values).min().orElseThrow();
    double max = Arrays.stream(values).max().orElseThrow();
    return String.format(Locale.ROOT, max > 100 ? "%.0f to %.0f" : "%.2f to %.2f", min, max);
  }
}
