package dev.eventstream.benchmarks;

import dev.eventstream.benchmarks.Figures.Better;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.RealEngine;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Measures the latency of clients at a sustainable load: at 50 and 80 % of the server's capacity,
 * which is measured first. Requests are sent at fixed times, see {@link OpenLoop}.
 */
public final class Latency {
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "engine", "opensearch:2.19.6",
          "seconds", "10",
          "connections", "256",
          "outstanding", "64",
          "batch-outstanding", "8",
          "out", "benchmarks/target/latency.json");

  private static final String HELP =
      """
      Usage: ./bench latency [OPTIONS]

      Measures how long clients of the server wait at 50 % and 80 % of its capacity, which is measured
      first. Requests are sent at a fixed rate, and a latency is measured from the time at which its
      request was scheduled. Single events first, then batches of 100.

        --engine SPEC            the engine, such as elasticsearch:6.5.4 (default: {engine})
        --seconds N              seconds at each rate (default: {seconds})
        --connections N          connections (default: {connections})
        --outstanding N          concurrent single events while capacity is measured (default: {outstanding})
        --batch-outstanding N    the same for batches (default: {batch-outstanding})
        --out FILE               the result (default: {out})
      """;

  private static final int WARM_UP_SECONDS = 5;
  private static final double[] LOADS = {0.5, 0.8};
  private static final Map<String, Double> PERCENTILES = new LinkedHashMap<>();

  static {
    PERCENTILES.put("p50", 50.0);
    PERCENTILES.put("p90", 90.0);
    PERCENTILES.put("p99", 99.0);
    PERCENTILES.put("p99.9", 99.9);
    PERCENTILES.put("max", 100.0);
  }

  private final RealEngine engine;
  private final URI server;
  private final CommandLine options;
  private final Figures figures = Figures.of("latency");

  private Latency(RealEngine engine, URI server, CommandLine options) {
    this.engine = engine;
    this.server = server;
    this.options = options;
  }

  /**
   * Runs the benchmark.
   *
   * @param args {@code --engine}, {@code --seconds}, {@code --connections}, {@code --outstanding},
   *     {@code --batch-outstanding}, {@code --out}, each with its value
   * @throws Exception if a request fails, or an event is missing at the end
   */
  public static void main(String[] args) throws Exception {
    if (CommandLine.printHelp(args, HELP, DEFAULTS)) {
      return;
    }
    CommandLine options = CommandLine.parse(args, DEFAULTS);
    Path directory = Files.createTempDirectory("eventstream-bench-latency");
    try (RealEngine engine = Targets.engine(Engine.of(options.text("engine")));
        ServerProcess server =
            ServerProcess.start(
                engine.url(), Targets.ids(directory), directory.resolve("spool"), "256m")) {
      new Latency(engine, server.url(), options).run();
    } finally {
      SpoolWrites.delete(directory);
    }
  }

  @SuppressWarnings("SystemOut") // the result
  private void run() throws Exception {
    figures.machine().put("engine", engine.engine().toString());
    System.out.printf(
        "%s; JDK %s, %d cores; latencies in ms, from the intended time of sending%n",
        engine.engine(), Runtime.version(), Runtime.getRuntime().availableProcessors());
    Samples samples = new Samples();
    measure("single events", 1, samples.event(), options.number("outstanding"));
    measure("batches of 100", 100, samples.array(100), options.number("batch-outstanding"));
    figures.write(Path.of(options.text("out")));
  }

  @SuppressWarnings("SystemOut")
  private void measure(String name, int size, byte[] body, int outstanding) throws Exception {
    Targets.createIndex(engine, Samples.INDEX, "");
    byte[] request = ManyConnections.post(server, "/v1/events", body);
    long accepted = 0;
    try (ManyConnections http = new ManyConnections(server, options.number("connections"))) {
      accepted += ClosedLoop.run(http, List.of(request), outstanding, WARM_UP_SECONDS).accepted();
      ClosedLoop.Result capacity =
          ClosedLoop.run(http, List.of(request), outstanding, WARM_UP_SECONDS);
      accepted += capacity.accepted();
      double rate = capacity.accepted() / capacity.seconds();
      System.out.printf(
          Locale.ROOT,
          "%s: capacity %,.0f requests/s with %d in flight%n" + "  load  wanted/s achieved/s ",
          name,
          rate,
          outstanding);
      PERCENTILES.keySet().forEach(quantile -> System.out.printf(" %7s", quantile));
      System.out.println("  refused  waited  late p99");
      String batch = String.valueOf(size);
      figures.add("capacity", Map.of("batch", batch), "requests/s", Better.HIGHER, rate);
      for (double load : LOADS) {
        OpenLoop.Result result =
            OpenLoop.run(http, request, rate * load, options.number("seconds"));
        accepted += result.accepted();
        report(batch, load, result);
      }
    }
    Targets.awaitCount(engine, Samples.INDEX, accepted * size);
  }

  @SuppressWarnings("SystemOut")
  private void report(String batch, double load, OpenLoop.Result result) {
    Map<String, String> params =
        Map.of("batch", batch, "load", String.format(Locale.ROOT, "%.0f%%", load * 100));
    Histogram latency = result.latency();
    System.out.printf(
        Locale.ROOT,
        "  %3.0f%% %9.0f %10.0f ",
        load * 100,
        result.intendedRate(),
        result.achievedRate());
    PERCENTILES.forEach(
        (quantile, percentile) -> {
          double millis = latency.getValueAtPercentile(percentile) / 1e6;
          System.out.printf(Locale.ROOT, " %7.2f", millis);
          figures.add("latency " + quantile, params, "ms", Better.LOWER, millis);
        });
    double late = result.late().getValueAtPercentile(99) / 1e6;
    System.out.printf(Locale.ROOT, "  %7d %7d %9.2f%n", result.refused(), result.waited(), late);
    figures.add("intended", params, "requests/s", Better.HIGHER, result.intendedRate());
    figures.add("achieved", params, "requests/s", Better.HIGHER, result.achievedRate());
    figures.add("refused", params, "requests", Better.LOWER, (double) result.refused());
    figures.add(
        "waited for a connection", params, "requests", Better.LOWER, (double) result.waited());
    figures.add("load generator late p99", params, "ms", Better.LOWER, late);
    if (late > Math.max(1, latency.getValueAtPercentile(50) / 1e6)) {
      System.out.println("  the load generator was too slow: the machine is overloaded");
    }
  }
}
