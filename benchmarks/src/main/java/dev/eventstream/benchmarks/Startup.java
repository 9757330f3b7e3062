package dev.eventstream.benchmarks;

import dev.eventstream.benchmarks.Figures.Better;
import dev.eventstream.benchmarks.Figures.Figure;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Measures the server's start: from the start of its process to the line that reports it as ready,
 * and to the first 200 of {@code /readyz}; with and without a class data archive, and with and
 * without a cluster, alternately.
 */
public final class Startup {
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "engine", "opensearch:2.19.6",
          "rounds", "10",
          "archiver", "deploy/server/archive-classes",
          "out", "benchmarks/target/startup.json");

  private static final String HELP =
      """
      Usage: ./bench startup [OPTIONS]

      Measures the time from the start of the server's process to its ready message, and to the first
      200 of /readyz, with and without a class data archive, with and without a cluster, alternately.

        --engine SPEC     the engine, such as elasticsearch:6.5.4 (default: {engine})
        --rounds N        measured rounds after a warm-up round (default: {rounds})
        --archiver FILE   the script that creates the archive (default: {archiver})
        --out FILE        the result (default: {out})
      """;

  /**
   * The server's class path in a normal installation; this program's own contains other jars too.
   */
  private static final String SERVER_PATH = "eventstream.server.path";

  /** A URL without a cluster. */
  private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

  private final Path directory;
  private final String archiver;
  private final List<String> path =
      List.of("-cp", System.getProperty(SERVER_PATH, System.getProperty("java.class.path")));

  private Startup(Path directory, String archiver) {
    this.directory = directory;
    this.archiver = archiver;
  }

  /** One way to start, and its measurements. */
  private record Way(
      String archive,
      String cluster,
      URI url,
      List<String> options,
      List<Double> line,
      List<Double> ready,
      List<Double> cpu) {}

  /**
   * Runs the benchmark.
   *
   * @param args {@code --engine}, {@code --rounds}, {@code --archiver}, {@code --out}, each with
   *     its value
   * @throws Exception if a server does not start
   */
  @SuppressWarnings("SystemOut") // the result
  public static void main(String[] args) throws Exception {
    if (CommandLine.printHelp(args, HELP, DEFAULTS)) {
      return;
    }
    CommandLine options = CommandLine.parse(args, DEFAULTS);
    Path directory = Files.createTempDirectory("eventstream-bench-startup");
    try (RealEngine engine = RealEngine.start(options.text("engine"))) {
      System.out.printf(
          "%s, %d rounds; JDK %s, %d cores; times in ms%n",
          engine.engine(),
          options.number("rounds"),
          Runtime.version(),
          Runtime.getRuntime().availableProcessors());
      Figures figures = Figures.of("startup");
      figures.machine().put("engine", engine.engine().toString());
      new Startup(directory, options.text("archiver"))
          .run(engine.url(), options.number("rounds"), figures);
      figures.write(Path.of(options.text("out")));
    } finally {
      SpoolWrites.delete(directory);
    }
  }

  @SuppressWarnings("SystemOut")
  private void run(URI engine, int rounds, Figures figures) throws Exception {
    Path ids = Targets.ids(directory);
    List<String> archived = archive();
    List<Way> ways = new ArrayList<>();
    for (boolean up : new boolean[] {true, false}) {
      for (boolean archive : new boolean[] {false, true}) {
        ways.add(
            new Way(
                archive ? "yes" : "no",
                up ? "up" : "down",
                up ? engine : NOWHERE,
                archive ? archived : path,
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>()));
      }
    }
    for (int round = -1; round < rounds; round++) { // the first round fills the caches
      for (Way way : ways) {
        start(way, ids, round >= 0);
      }
    }
    for (Way way : ways) {
      Map<String, String> params = Map.of("archive", way.archive, "cluster", way.cluster);
      figures.add("ready line", params, "ms", Better.LOWER, array(way.line));
      figures.add("readyz", params, "ms", Better.LOWER, array(way.ready));
      figures.add("cpu until readyz", params, "ms", Better.LOWER, array(way.cpu));
    }
    for (Figure figure : figures.figures()) {
      System.out.printf(
          Locale.ROOT,
          "cluster %-4s  archive %-3s  %-16s  %5.0f (median; %.0f to %.0f)%n",
          figure.params().get("cluster"),
          figure.params().get("archive"),
          figure.name(),
          figure.median(),
          figure.min(),
          figure.max());
    }
  }

  private void start(Way way, Path ids, boolean counts) throws Exception {
    Path spool = directory.resolve("spool");
    long start = System.nanoTime();
    try (ServerProcess server =
        ServerProcess.start(
            ServerProcess.settings(way.url, ids, spool), way.options, directory.resolve("log"))) {
      double line = (System.nanoTime() - start) / 1e6;
      try (PlainHttp http = new PlainHttp(server.url())) {
        while (http.get("/readyz") != 200) {
          Thread.sleep(5);
        }
      }
      double ready = (System.nanoTime() - start) / 1e6;
      if (counts) {
        way.line.add(line);
        way.ready.add(ready);
        way.cpu.add((double) server.cpuMillis());
      }
    }
  }

  /** Makes the JVM write an archive, and returns the options of a run that uses it. */
  private List<String> archive() throws IOException, InterruptedException {
    Path file = directory.resolve("server.jsa");
    Path log = directory.resolve("archive.log");
    Process training =
        new ProcessBuilder(archiver, ServerProcess.java("java"), path.get(1), file.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (!training.waitFor(3, TimeUnit.MINUTES) || training.exitValue() != 0) {
      training.destroyForcibly();
      throw new IOException("no archive was made: " + Files.readString(log));
    }
    List<String> options = new ArrayList<>(path);
    options.addAll(List.of("-XX:SharedArchiveFile=" + file, "-Xshare:auto"));
    return options;
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
