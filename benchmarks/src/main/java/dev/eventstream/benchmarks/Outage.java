package dev.eventstream.benchmarks;

import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.Fault;
import dev.eventstream.testkit.FaultProxy;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures what clients of the server experience while the cluster is down, and how fast the
 * backlog is replayed. The engine is killed and later restarted; then a cluster accepts requests
 * and never answers.
 */
public final class Outage {
  private static final String DEFAULT_ENGINE = "opensearch:2.19.6";

  private static final String HELP =
      """
      Usage: ./bench outage [ENGINE]

      Measures the answers to clients while the cluster refuses connections or never answers, and the rate
      at which the cluster receives the backlog.

        ENGINE   such as elasticsearch:6.5.4 (default: {engine})
      """;

  private static final int SINGLES = 30_000;
  private static final int SINGLE_CONNECTIONS = 16;
  private static final int BATCHES = 400;
  private static final int BATCH_SIZE = 1_000;
  private static final int BATCH_CONNECTIONS = 4;

  private final Samples samples = new Samples();

  private Outage() {}

  /**
   * Runs the benchmark.
   *
   * @param args the engine, by default {@code opensearch:2.19.6}
   * @throws Exception if something fails, or an event is missing at the end
   */
  @SuppressWarnings("SystemOut") // the result
  public static void main(String[] args) throws Exception {
    if (CommandLine.printHelp(args, HELP, Map.of("engine", DEFAULT_ENGINE))) {
      return;
    }
    String engine = args.length > 0 ? args[0] : DEFAULT_ENGINE;
    Path directory = Files.createTempDirectory("eventstream-bench-outage");
    Path ids = Targets.ids(directory);
    System.out.printf(
        "%s; JDK %s, %d cores%n",
        engine, Runtime.version(), Runtime.getRuntime().availableProcessors());
    try (RealEngine real = Targets.engine(Engine.of(engine))) {
      Outage outage = new Outage();
      outage.refused(real, ids, directory.resolve("refused"), real.engine().needsMappingType());
      outage.blackHole(real, ids, directory.resolve("black-hole"));
    } finally {
      SpoolWrites.delete(directory);
    }
  }

  /**
   * Sends the same number of documents with direct {@code _bulk} to an engine that was also killed
   * and restarted.
   */
  private double direct(RealEngine engine, boolean mappingType, long events) throws Exception {
    List<byte[]> bulks = new ArrayList<>();
    for (int i = 0; i < events / BATCH_SIZE; i++) {
      bulks.add(samples.bulk(BATCH_SIZE, mappingType));
    }
    Targets.createIndex(engine, Samples.INDEX, "");
    engine.kill();
    engine.restart();
    Load.Times times =
        run(
            BATCH_CONNECTIONS,
            bulks.size(),
            engine.url(),
            (http, i) -> http.post("/_bulk", "application/x-ndjson", bulks.get(i)));
    return bulks.size() * (double) BATCH_SIZE / times.seconds();
  }

  @SuppressWarnings("SystemOut")
  private void refused(RealEngine engine, Path ids, Path spool, boolean mappingType)
      throws Exception {
    Targets.createIndex(engine, Samples.INDEX, "");
    try (ServerProcess server = ServerProcess.start(engine.url(), ids, spool, "256m")) {
      measure(server.url(), SINGLES / 2); // warm-up with a running cluster
      long before = count(engine);
      engine.kill();
      System.out.println("the cluster refuses connections:");
      long events = measure(server.url(), SINGLES);
      engine.restart();
      long back = System.nanoTime();
      while (count(engine) == before) {
        Thread.sleep(50);
      }
      long start = System.nanoTime();
      long first = count(engine) - before; // indexed before the first poll
      while (count(engine) < before + events) {
        Thread.sleep(1_000); // each poll refreshes the index
      }
      double rate = (events - first) / ((System.nanoTime() - start) / 1e9);
      double direct = direct(engine, mappingType, events);
      System.out.printf(
          Locale.ROOT,
          "  the cluster is back: noticed after %.1f s; %,d events replayed, %,.0f events/s, %.2f of"
              + " the %,.0f by direct _bulk after a restart%n",
          (start - back) / 1e9,
          events,
          rate,
          rate / direct,
          direct);
    }
  }

  private static long count(RealEngine engine) {
    return engine.client().count(Samples.INDEX);
  }

  @SuppressWarnings("SystemOut")
  private void blackHole(RealEngine engine, Path ids, Path spool) throws Exception {
    try (FaultProxy proxy = FaultProxy.start(engine.url());
        ServerProcess server = ServerProcess.start(proxy.url(), ids, spool, "256m")) {
      measure(server.url(), SINGLES / 2);
      proxy.inject(Fault.blackHole());
      byte[] event = samples.event();
      Load.Times first =
          run(
              SINGLE_CONNECTIONS,
              SINGLE_CONNECTIONS,
              server.url(),
              (http, i) -> http.post("/", "application/json", event));
      System.out.printf(
          Locale.ROOT,
          "the cluster takes requests and never answers:%n  the first %d events: %.0f to %.0f ms%n",
          SINGLE_CONNECTIONS,
          first.millis(0),
          first.millis(1));
      measure(server.url(), SINGLES);
    }
  }

  /** Sends single events, then batches; returns the number of events. */
  @SuppressWarnings("SystemOut")
  private long measure(URI server, int singles) throws Exception {
    byte[] event = samples.event();
    Load.Times one =
        run(
            SINGLE_CONNECTIONS,
            singles,
            server,
            (http, i) -> http.post("/", "application/json", event));
    byte[] array = samples.array(BATCH_SIZE);
    Load.Times many =
        run(
            BATCH_CONNECTIONS,
            BATCHES,
            server,
            (http, i) -> http.post("/v1/events", "application/json", array));
    if (singles == SINGLES) {
      System.out.printf(
          Locale.ROOT,
          "  single events, %d connections: %,.0f events/s, p50 %.1f ms, p99 %.1f ms, max %.0f ms%n"
              + "  batches of %d, %d connections: %,.0f events/s, p50 %.0f ms, p99 %.0f ms%n",
          SINGLE_CONNECTIONS,
          singles / one.seconds(),
          one.millis(0.5),
          one.millis(0.99),
          one.millis(1),
          BATCH_SIZE,
          BATCH_CONNECTIONS,
          BATCHES * (double) BATCH_SIZE / many.seconds(),
          many.millis(0.5),
          many.millis(0.99));
    }
    return singles + (long) BATCHES * BATCH_SIZE;
  }

  private interface Request {
    void send(PlainHttp http, int number) throws IOException;
  }

  private static Load.Times run(int connections, int requests, URI url, Request request)
      throws Exception {
    return Load.run(
        connections,
        requests,
        () -> {
          PlainHttp http = new PlainHttp(url);
          return new Load.Sender() {
            @Override
            public void send(int number) throws IOException {
              request.send(http, number);
            }

            @Override
            public void close() throws IOException {
              http.close();
            }
          };
        });
  }
}
