package dev.eventstream.benchmarks;

import dev.eventstream.Acknowledgement;
import dev.eventstream.EventStream;
import dev.eventstream.EventStreamBuilder;
import dev.eventstream.IdResolver;
import dev.eventstream.id.DirectoryIdResolver;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.RealEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Measures complete flows with a real engine. Each {@link Way} is measured once per round: {@link
 * DirectBulk}, which is the limit, {@link EmbeddedSdk} without and with a spool, {@link
 * ServerHttp}, {@link Ingester} and {@link RequestPerEvent}. Absolute figures say little, because
 * all of them share the machine; the result is the ratios within a round ({@link FlowReport}).
 *
 * <p>The first round is a warm-up and is not counted. Every second round runs in reverse order, so
 * that no way is always measured after the same one. After each measurement the number of documents
 * in the engine is checked; a lost document is an error.
 */
public final class WholeFlow {
  private static final String HELP =
      """
      Usage: ./bench flow [OPTIONS]

      Writes the same documents in different ways to a real engine, each once per round: direct _bulk,
      the SDK without and with a spool, the server over HTTP, opensearch-java's BulkIngester, and one
      request per event, as the Python service did; also direct _bulk and the server into an index with
      the template of eventstream instead of the engine's own mapping. Reports events/s, processor time
      and memory per event. The result is written to flow-ENGINE.json.

        --engine SPEC     the engine, such as elasticsearch:6.5.4 (default: {engine})
        --rounds N        measured rounds after a warm-up round (default: {rounds})
        --batches N       requests of the largest size per round (default: {batches})
        --batch-size N    their events (default: {batch-size}); also measured: batches of 100 and 10
        --connections N   connections (default: {connections}); also measured: 16
        --singles N       single events per round at 16 connections (default: {singles})
        --per-event N     events per round with one request each (default: {per-event})
        --ways LIST       the ways to measure (default: {ways})
        --figures DIR     the directory of the result (default: {figures})
        --quick           one small round, to check that everything works
      """;

  private static final int SMALL_BATCH = 100;
  private static final int TINY_BATCH = 10;
  private static final int MANY_CONNECTIONS = 16;
  private static final int VERY_MANY_CONNECTIONS = 256;

  private final Options options;
  private final RealEngine engine;
  private final Samples samples = new Samples();
  private final List<Measured> all = new ArrayList<>();
  private final Set<Measured> templated = new HashSet<>(); // into an index with our template

  private WholeFlow(Options options, RealEngine engine) {
    this.options = options;
    this.engine = engine;
  }

  /** The options of a run. */
  private record Options(
      Engine engine,
      int rounds,
      int batches,
      int batchSize,
      int connections,
      int singles,
      int perEvent,
      Set<String> ways,
      Path figures) {
    static Map<String, String> defaults(boolean quick) {
      return Map.of(
          "engine", "opensearch:2.19.6",
          "rounds", quick ? "1" : "5",
          "batches", quick ? "10" : "150",
          "batch-size", "1000",
          "connections", "4",
          "singles", quick ? "1000" : "20000",
          "per-event", quick ? "200" : "2000",
          "ways", "direct,sdk,server,template,ingester,per-event",
          "figures", "benchmarks/target");
    }

    static Options parse(String[] args) {
      List<String> given = new ArrayList<>(List.of(args));
      boolean quick = given.remove("--quick");
      CommandLine options = CommandLine.parse(given.toArray(String[]::new), defaults(quick));
      return new Options(
          Engine.of(options.text("engine")),
          options.number("rounds"),
          options.number("batches"),
          options.number("batch-size"),
          options.number("connections"),
          options.number("singles"),
          options.number("per-event"),
          Set.of(options.text("ways").split(",")),
          Path.of(options.text("figures")));
    }

    /** Returns the number of requests of a measurement; small requests cost more time per event. */
    int requests(int size) {
      long events = (long) batches * batchSize;
      if (size < batchSize) {
        events = size < SMALL_BATCH ? events * 2 / 5 : events * 4 / 5;
      }
      return (int) Math.max(1, events / size);
    }
  }

  /**
   * Runs the benchmark.
   *
   * @param args {@code --engine}, {@code --rounds}, {@code --batches}, {@code --batch-size}, {@code
   *     --connections}, {@code --singles}, {@code --per-event}, {@code --ways}, {@code --figures},
   *     each with its value; {@code --quick}
   * @throws Exception if a flow fails, or a document is missing
   */
  @SuppressWarnings("SystemOut") // the result
  public static void main(String[] args) throws Exception {
    if (CommandLine.printHelp(args, HELP, Options.defaults(false))) {
      return;
    }
    Options options = Options.parse(args);
    Path directory = Files.createTempDirectory("eventstream-bench-flow");
    Path ids = Targets.ids(directory);
    try (RealEngine engine = Targets.engine(options.engine);
        ServerProcess server =
            ServerProcess.start(engine.url(), ids, directory.resolve("server"), "256m");
        IdResolver resolver = DirectoryIdResolver.open(ids);
        EventStream plain = stream(engine, ids).build();
        EventStream spooling =
            stream(engine, ids)
                .spool(MapDbSpool.open(directory.resolve("spool")))
                .acknowledge(Acknowledgement.INDEXED)
                .build()) {
      System.out.printf(
          "%s; JDK %s, %d cores%n",
          options.engine, Runtime.version(), Runtime.getRuntime().availableProcessors());
      WholeFlow flow = new WholeFlow(options, engine);
      if (options.ways.contains("direct")) {
        flow.direct();
      }
      if (options.ways.contains("sdk")) {
        flow.embedded(plain, spooling);
      }
      if (options.ways.contains("server")) {
        flow.server(server);
      }
      if (options.ways.contains("template")) {
        flow.templated(server);
      }
      if (options.ways.contains("per-event")) {
        flow.perEvent(ids);
      }
      try (Ingester ingester = flow.ingester(resolver)) {
        if (options.ways.contains("ingester") && flow.works(ingester)) {
          flow.add(
              "ingester", options.batchSize, options.connections, ingester, Cost.ofThisProcess());
        }
        flow.rounds();
      }
      flow.report();
    } finally {
      SpoolWrites.delete(directory);
    }
  }

  private static EventStreamBuilder stream(RealEngine engine, Path ids) throws Exception {
    return EventStream.builder()
        .sink(engine.url().toString())
        .idResolver(DirectoryIdResolver.open(ids))
        .deliveryTimeout(Duration.ofSeconds(60));
  }

  private Set<Integer> batchSizes() {
    return new TreeSet<>(List.of(options.batchSize, SMALL_BATCH, TINY_BATCH)).descendingSet();
  }

  private Set<Integer> connections() {
    return new TreeSet<>(List.of(options.connections, MANY_CONNECTIONS));
  }

  private Measured add(String name, int batch, int connections, Way way, Cost cost) {
    Measured added = new Measured(name, batch, connections, options.requests(batch), way, cost);
    all.add(added);
    return added;
  }

  private void addSingles(String name, int connections, int events, Way way, Cost cost) {
    all.add(new Measured(name, 1, connections, events, way, cost));
  }

  private void direct() {
    boolean mappingType = options.engine.needsMappingType();
    for (int batch : batchSizes()) {
      DirectBulk way =
          DirectBulk.of(engine.url(), samples, options.requests(batch), batch, mappingType);
      for (int connections : connections()) {
        add("direct", batch, connections, way, Cost.ofThisProcess());
      }
    }
  }

  private void embedded(EventStream plain, EventStream spooling) {
    byte[] array = samples.array(options.batchSize);
    Cost cost = Cost.ofThisProcess();
    int batch = options.batchSize;
    add("sdk", batch, options.connections, EmbeddedSdk.batches(plain, array), cost);
    add("sdk with spool", batch, options.connections, EmbeddedSdk.batches(spooling, array), cost);
    Way singles = EmbeddedSdk.singles(plain, samples.event());
    addSingles("sdk", MANY_CONNECTIONS, options.singles, singles, cost);
    addSingles("sdk", VERY_MANY_CONNECTIONS, 3 * options.singles, singles, cost);
  }

  private void server(ServerProcess server) {
    Cost cost = Cost.of(server);
    for (int batch : batchSizes()) {
      Way way = ServerHttp.batches(server.url(), samples.array(batch));
      for (int connections : connections()) {
        add("server", batch, connections, way, cost);
      }
    }
    Way singles = ServerHttp.singles(server.url(), samples.event());
    addSingles("server", MANY_CONNECTIONS, options.singles, singles, cost);
    addSingles("server", VERY_MANY_CONNECTIONS, 2 * options.singles, singles, cost);
  }

  private void templated(ServerProcess server) {
    int batch = options.batchSize;
    int requests = options.requests(batch);
    boolean mappingType = options.engine.needsMappingType();
    for (int connections : connections()) {
      Way direct = DirectBulk.of(engine.url(), samples, requests, batch, mappingType);
      templated.add(add("direct, template", batch, connections, direct, Cost.ofThisProcess()));
      Way http = ServerHttp.batches(server.url(), samples.array(batch));
      templated.add(add("server, template", batch, connections, http, Cost.of(server)));
    }
  }

  private void perEvent(Path ids) {
    Way way = new RequestPerEvent(engine.url(), ids, samples.event());
    addSingles("request per event", MANY_CONNECTIONS, options.perEvent, way, Cost.ofThisProcess());
  }

  private Ingester ingester(IdResolver ids) {
    byte[] array = samples.array(options.batchSize);
    return new Ingester(engine.url(), ids, array, options.batchSize, options.connections);
  }

  /** Returns whether the typed client supports this engine; it does not support Elasticsearch 6. */
  @SuppressWarnings("SystemOut")
  private boolean works(Ingester ingester) {
    Targets.createIndex(engine, Samples.INDEX, "");
    try {
      Load.run(1, 1, ingester);
      return true;
    } catch (Exception e) {
      String reason = String.valueOf(e.getMessage()); // repeats the same fault for each event
      System.out.println(
          "ingester: not possible on this engine: "
              + (reason.length() > 200 ? reason.substring(0, 200) + "…" : reason));
      return false;
    }
  }

  @SuppressWarnings("SystemOut")
  private void rounds() throws Exception {
    for (int round = 0; round <= options.rounds; round++) { // the first round is a warm-up
      long start = System.nanoTime();
      for (int i = 0; i < all.size(); i++) {
        Measured measured = all.get(round % 2 == 0 ? i : all.size() - 1 - i);
        Load.Times times = measure(measured);
        if (round > 0) {
          measured.add(times);
        }
      }
      System.out.printf(
          Locale.ROOT,
          "%s: %.0f s%n",
          round == 0 ? "warm-up" : "round " + round,
          (System.nanoTime() - start) / 1e9);
    }
  }

  /** Sends all requests, and checks that the engine contains the acknowledged documents. */
  private Load.Times measure(Measured measured) throws Exception {
    Targets.template(engine, templated.contains(measured));
    Targets.createIndex(engine, Samples.INDEX, "");
    System.gc(); // removes the garbage of the previous measurement
    Load.Times times = measured.run();
    engine.client().refresh();
    long found = engine.client().count(Samples.INDEX);
    if (found != measured.events()) {
      throw new IllegalStateException(
          measured
              + ": "
              + measured.events()
              + " events were acknowledged, but "
              + found
              + " are there");
    }
    return times;
  }

  @SuppressWarnings("SystemOut")
  private void report() throws Exception {
    Figures figures = Figures.of("flow");
    figures.machine().put("engine", options.engine.toString());
    System.out.print(new FlowReport(all, figures).write());
    String name = "flow-" + options.engine.toString().replace(':', '-') + ".json";
    Path file = options.figures.resolve(name);
    figures.write(file);
    System.out.println("figures: " + file);
  }
}
