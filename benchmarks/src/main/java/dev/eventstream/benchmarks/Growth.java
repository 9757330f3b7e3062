package dev.eventstream.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.benchmarks.Figures.Better;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The server's cost per event with growing numbers of connections and event types, and with growing
 * events. Each step uses a new server with a heap of 128 MiB, which must not run out.
 */
public final class Growth {
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "engine", "opensearch:2.19.6",
          "seconds", "5",
          "only", "connections,types,sizes",
          "out", "benchmarks/target/growth.json");

  private static final String HELP =
      """
      Usage: ./bench growth [OPTIONS]

      Measures the cost of an event in the server (-Xmx128m) with 1 to 10,000 connections, 1 to 1,000
      event types, and 100 bytes to 1 MiB per event: events/s, processor time, heap, memory, refusals.
      Needs `ulimit -n` of 20,000.

        --engine SPEC     the engine, such as elasticsearch:6.5.4 (default: {engine})
        --seconds N       seconds of warm-up, and of measurement, of each step (default: {seconds})
        --only LIST       the measurements (default: {only})
        --out FILE        the result (default: {out})
      """;

  private static final String HEAP = "-Xmx128m";
  private static final String INDEX = "growth";
  private static final int MOST_OUTSTANDING = 256;
  private static final int BATCH_SIZE = 100;
  private static final int BATCHES_OUTSTANDING = 4;
  private static final int SIZES_OUTSTANDING = 16;
  private static final int SMALLEST_REQUEST = 64 * 1024;
  private static final int[] CONNECTIONS = {1, 10, 100, 1_000, 10_000};
  private static final int[] TYPES = {1, 10, 100, 1_000};
  private static final int MOST_INDICES = 100;
  private static final int[] SIZES = {100, 1024, 10 * 1024, 100 * 1024, 1024 * 1024};

  private final RealEngine engine;
  private final Path directory;
  private final CommandLine options;
  private final Figures figures = Figures.of("growth");
  private int servers;

  private Growth(RealEngine engine, Path directory, CommandLine options) {
    this.engine = engine;
    this.directory = directory;
    this.options = options;
  }

  /** One step: the requests, and the settings of the server. */
  private record Step(
      String what,
      String value,
      Map<String, String> settings,
      List<byte[]> bodies,
      int events, // per request
      int eventBytes,
      int connections,
      int outstanding,
      @Nullable String counted) {} // the index that contains all events

  /**
   * Runs the benchmark.
   *
   * @param args {@code --engine}, {@code --seconds}, {@code --only}, {@code --out}, each with its
   *     value
   * @throws Exception if a request fails, an event is missing at the end, or the server runs out of
   *     memory
   */
  public static void main(String[] args) throws Exception {
    if (CommandLine.printHelp(args, HELP, DEFAULTS)) {
      return;
    }
    CommandLine options = CommandLine.parse(args, DEFAULTS);
    Path directory = Files.createTempDirectory("eventstream-bench-growth");
    try (RealEngine engine = Targets.engine(Engine.of(options.text("engine")))) {
      new Growth(engine, directory, options).run();
    } finally {
      SpoolWrites.delete(directory);
    }
  }

  @SuppressWarnings("SystemOut") // the result
  private void run() throws Exception {
    figures.machine().put("engine", engine.engine().toString());
    figures.machine().put("server", HEAP);
    System.out.printf(
        "%s, server with %s; JDK %s, %d cores%n",
        engine.engine(), HEAP, Runtime.version(), Runtime.getRuntime().availableProcessors());
    List<String> only = List.of(options.text("only").split(","));
    if (only.contains("connections")) {
      connections();
    }
    if (only.contains("types")) {
      types();
    }
    if (only.contains("sizes")) {
      sizes();
    }
    figures.write(Path.of(options.text("out")));
  }

  @SuppressWarnings("SystemOut")
  private static void head(String text) {
    System.out.printf(
        "%s%n%10s %10s %10s %8s %9s %9s %8s %8s %6s %7s%n",
        text,
        "",
        "events/s",
        "us/event",
        "ns/byte",
        "heap MiB",
        "peak MiB",
        "spooled",
        "refused",
        "lost",
        "closed");
  }

  private void connections() throws Exception {
    head(
        "connections: single events, at most "
            + MOST_OUTSTANDING
            + " in flight, over all connections in turn");
    byte[] event = new Samples().event();
    for (int connections : CONNECTIONS) {
      measure(
          new Step(
              "connections",
              String.valueOf(connections),
              Map.of("EVENTSTREAM_INDEX", INDEX),
              List.of(event),
              1,
              event.length,
              connections,
              Math.min(connections, MOST_OUTSTANDING),
              INDEX));
    }
  }

  private void types() throws Exception {
    String how = "batches of %d, %d in flight, an ID table for each type; ";
    String batches = how.formatted(BATCH_SIZE, BATCHES_OUTSTANDING);
    head("event types, all to one index: " + batches);
    for (int types : TYPES) {
      types("types", types, Map.of("EVENTSTREAM_INDEX", INDEX));
    }
    head("event types, an index for each: " + batches);
    for (int types : TYPES) {
      if (types <= MOST_INDICES) { // more indices would measure the engine
        for (int i = 0; i < types; i++) {
          Targets.createIndex(engine, type(i), "");
        }
        types("types with an index each", types, Map.of());
        for (int i = 0; i < types; i++) {
          engine.client().request("DELETE", "/" + type(i)).orThrow();
        }
      }
    }
  }

  private void types(String what, int types, Map<String, String> settings) throws Exception {
    Path ids = Files.createDirectory(directory.resolve("ids-" + servers));
    for (int i = 0; i < types; i++) {
      Files.writeString(ids.resolve(type(i) + ".json"), "{\"homepage\":\"h\",\"about\":\"a\"}");
    }
    Samples samples = new Samples();
    String sample = new String(samples.event(), UTF_8);
    List<byte[]> bodies = new ArrayList<>();
    for (int first = 0; first < Math.max(types, BATCH_SIZE); first += BATCH_SIZE) {
      List<String> events = new ArrayList<>();
      for (int i = 0; i < BATCH_SIZE; i++) {
        events.add(sample.replace("\"pageview\"", '"' + type((first + i) % types) + '"'));
      }
      bodies.add(events.toString().getBytes(UTF_8));
    }
    Map<String, String> all = new HashMap<>(settings);
    all.put("EVENTSTREAM_ID_DIR", ids.toString());
    measure(
        new Step(
            what,
            String.valueOf(types),
            all,
            bodies,
            BATCH_SIZE,
            sample.length() + 2,
            BATCHES_OUTSTANDING,
            BATCHES_OUTSTANDING,
            settings.isEmpty() ? "type-*" : INDEX));
  }

  private static String type(int number) {
    return "type-%04d".formatted(number);
  }

  private void sizes() throws Exception {
    head(
        "event sizes: requests of 64 KiB or of one larger event, "
            + SIZES_OUTSTANDING
            + " in flight, fields not indexed");
    for (int size : SIZES) {
      int events = Math.max(1, SMALLEST_REQUEST / size);
      List<String> all = new ArrayList<>();
      for (int i = 0; i < events; i++) {
        all.add(event(size));
      }
      measure(
          new Step(
              "bytes",
              String.valueOf(size),
              Map.of("EVENTSTREAM_INDEX", INDEX),
              List.of(String.join("\n", all).getBytes(UTF_8)),
              events,
              size,
              SIZES_OUTSTANDING,
              SIZES_OUTSTANDING,
              INDEX));
    }
  }

  /** Returns an event of the given size, mostly text. */
  private static String event(int bytes) {
    Random random = new Random(42);
    String start = "{\"eventType\":\"pageview\",\"eventValue\":\"homepage\",\"text\":\"";
    StringBuilder event = new StringBuilder(start);
    while (event.length() < bytes - 2) {
      event.append(random.nextInt(8) == 0 ? ' ' : (char) ('a' + random.nextInt(26)));
    }
    return event.append("\"}").toString();
  }

  private void measure(Step step) throws Exception {
    boolean one = INDEX.equals(step.counted);
    if (one) {
      boolean mappingType = engine.engine().needsMappingType();
      String mapping = "{\"dynamic\":false}";
      Targets.createIndex(
          engine,
          INDEX,
          step.what.equals("bytes")
              ? ",\"mappings\":" + (mappingType ? "{\"_doc\":" + mapping + "}" : mapping)
              : "");
    }
    Path own = Files.createDirectory(directory.resolve("server-" + servers++));
    Path log = own.resolve("log");
    Map<String, String> settings =
        new HashMap<>(ServerProcess.settings(engine.url(), Targets.ids(own), own.resolve("spool")));
    settings.putAll(step.settings);
    long accepted = 0;
    try (ServerProcess server = ServerProcess.start(settings, List.of(HEAP), log)) {
      List<byte[]> requests =
          step.bodies.stream()
              .map(body -> ManyConnections.post(server.url(), "/v1/events", body))
              .toList();
      int seconds = options.number("seconds");
      try (ManyConnections http = new ManyConnections(server.url(), step.connections)) {
        accepted += ClosedLoop.run(http, requests, step.outstanding, seconds).accepted();
        long cpu = server.cpuMillis();
        ClosedLoop.Result result = ClosedLoop.run(http, requests, step.outstanding, seconds);
        cpu = server.cpuMillis() - cpu;
        accepted += result.accepted();
        report(step, result, cpu, server.heapBytes(), server.peakBytes());
      }
      if (step.counted != null) {
        Targets.awaitCount(engine, step.counted, accepted * step.events);
      }
      if (!server.isAlive()) {
        throw new IOException("the server has ended");
      }
    } catch (IOException | IllegalStateException e) {
      throw new IOException("the server's log: " + Files.readString(log), e);
    }
    if (Files.readString(log).contains("OutOfMemoryError")) {
      throw new IOException("the server ran out of memory: " + Files.readString(log));
    }
  }

  @SuppressWarnings("SystemOut")
  private void report(
      Step step, ClosedLoop.Result result, long cpuMillis, long heapBytes, long peakBytes) {
    double events = (double) result.accepted() * step.events;
    double rate = events / result.seconds();
    double micros = cpuMillis * 1e3 / events;
    double nanosPerByte = micros * 1e3 / step.eventBytes;
    double heap = heapBytes / 1048576.0;
    double peak = peakBytes / 1048576.0;
    System.out.printf(
        Locale.ROOT,
        "%10s %10.0f %10.1f %8.1f %9.1f %9.0f %8d %8d %6d %7d%n",
        step.value,
        rate,
        micros,
        nanosPerByte,
        heap,
        peak,
        result.spooled(),
        result.refused(),
        result.lost(),
        result.closed());
    Map<String, String> params = Map.of(step.what, step.value);
    figures.add("rate", params, "events/s", Better.HIGHER, rate);
    figures.add("server cpu", params, "us/event", Better.LOWER, micros);
    if (step.what.equals("bytes")) {
      figures.add("server cpu per byte", params, "ns/byte", Better.LOWER, nanosPerByte);
    }
    figures.add("heap after gc", params, "MiB", Better.LOWER, heap);
    figures.add("peak memory", params, "MiB", Better.LOWER, peak);
    figures.add("requests spooled", params, "requests", Better.LOWER, (double) result.spooled());
    figures.add("requests refused", params, "requests", Better.LOWER, (double) result.refused());
    figures.add("requests lost", params, "requests", Better.LOWER, (double) result.lost());
    figures.add(
        "connections closed", params, "connections", Better.LOWER, (double) result.closed());
  }
}
