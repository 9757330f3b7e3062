package dev.eventstream.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import dev.eventstream.IdResolver;
import dev.eventstream.id.DirectoryIdResolver;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs {@link IdLookup} with one thread and with two, and measures the heap per entry. The times
 * are written to {@code ids.json} in JMH's format, the bytes to {@code ids-memory.json}.
 */
public final class Ids {
  private static final String HELP =
      """
      Usage: ./bench ids [JMH-OPTIONS]

      Measures the lookup of an event ID: our tables, file-per-lookup, HashMap, Caffeine, MapDB and Apache
      Ignite, with 1 thread and with 2 (JMH), and the heap per entry. Takes about 12 minutes. The results are
      ids.json and ids-memory.json in benchmarks/target.

        JMH-OPTIONS   such as -p entries=6 -t 2; JMH then runs once, with these options.
                      ./bench ids -h lists them
      """;

  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private Ids() {}

  /**
   * Runs the benchmark.
   *
   * @param args the directory for the results, and JMH options; with any option it runs once, as
   *     specified
   * @throws RunnerException if JMH cannot run it
   * @throws CommandLineOptionException if JMH does not know an option
   * @throws IOException if the results cannot be written
   */
  @SuppressWarnings("SystemOut") // the result
  public static void main(String[] args)
      throws RunnerException, CommandLineOptionException, IOException {
    if (CommandLine.printHelp(args, HELP, Map.of())) {
      return;
    }
    Path results = Files.createDirectories(Path.of(args[0]));
    List<String> options = List.of(args).subList(1, args.length);
    if (options.contains("-h")) {
      new CommandLineOptions("-h").showHelp();
      return;
    }
    List<RunResult> runs = new ArrayList<>();
    if (options.isEmpty()) {
      runs.addAll(run(new OptionsBuilder().threads(1)));
      runs.addAll(run(new OptionsBuilder().threads(2)));
    } else {
      runs.addAll(run(new OptionsBuilder().parent(new CommandLineOptions(args(options)))));
    }
    ResultFormatFactory.getInstance(ResultFormatType.JSON, results.resolve("ids.json").toString())
        .writeOut(runs);
    print(runs);
    Figures memory = memory();
    memory.write(results.resolve("ids-memory.json"));
    for (Figures.Figure figure : memory.figures()) {
      System.out.printf(
          Locale.ROOT,
          "%-18s %9s entries %8.1f bytes of heap each%n",
          figure.name(),
          figure.params().get("entries"),
          figure.median());
    }
  }

  private static String[] args(List<String> options) {
    return options.toArray(String[]::new);
  }

  private static Collection<RunResult> run(ChainedOptionsBuilder options) throws RunnerException {
    return new Runner(
            options
                .include("\\." + IdLookup.class.getSimpleName() + "\\.")
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .build())
        .run();
  }

  @SuppressWarnings("SystemOut")
  private static void print(List<RunResult> runs) {
    System.out.printf(
        "%n%-18s %7s %9s %6s %16s %14s %12s%n",
        "", "threads", "entries", "hit", "ns/op", "±", "B/op");
    List<RunResult> sorted = new ArrayList<>(runs);
    sorted.sort(
        Comparator.comparingInt((RunResult run) -> run.getParams().getThreads())
            .thenComparingInt(run -> Integer.parseInt(run.getParams().getParam("entries")))
            .thenComparing(run -> run.getParams().getParam("hit"), Comparator.reverseOrder()));
    for (RunResult run : sorted) {
      BenchmarkParams params = run.getParams();
      Result<?> time = run.getPrimaryResult();
      Result<?> allocated = run.getSecondaryResults().get(ALLOCATED);
      System.out.printf(
          Locale.ROOT,
          "%-18s %7d %9s %6s %,16.1f %,14.1f %,12.1f%n",
          time.getLabel(),
          params.getThreads(),
          params.getParam("entries"),
          params.getParam("hit"),
          time.getScore(),
          time.getScoreError(),
          allocated == null ? Double.NaN : allocated.getScore());
    }
    System.out.println();
  }

  /** Compares the heap before and after, keeping only the table in between. */
  private static Figures memory() throws IOException {
    Figures figures = Figures.of("ids-memory");
    for (int entries : new int[] {10_000, 1_000_000}) {
      measure(
          figures, "table", entries, n -> IdResolver.of(Map.of(IdLookup.TYPE, IdLookup.ids(n))));
      measure(figures, "tableFromFile", entries, Ids::tableFromFile);
      measure(figures, "hashMap", entries, n -> Map.of(IdLookup.TYPE, IdLookup.ids(n)));
      measure(figures, "caffeine", entries, Ids::settledCaffeine);
    }
    return figures;
  }

  private static Cache<String, String> settledCaffeine(int entries) {
    Cache<String, String> cache = IdLookup.caffeine(entries);
    cache.cleanUp(); // its buffers are not part of the table
    return cache;
  }

  private static Object tableFromFile(int entries) throws IOException {
    Path directory = IdLookup.directory(entries);
    DirectoryIdResolver ids = DirectoryIdResolver.open(directory, Duration.ofDays(1));
    ids.close(); // it is read only once; lookups continue to work
    SpoolWrites.delete(directory);
    return ids;
  }

  private interface Way {
    Object fill(int entries) throws IOException;
  }

  private static void measure(Figures figures, String name, int entries, Way way)
      throws IOException {
    double[] bytes = new double[3];
    for (int round = -1; round < bytes.length; round++) { // the first loads classes
      long before = SpoolWrites.usedHeap();
      Object table = way.fill(entries);
      try {
        if (round >= 0) {
          bytes[round] = (SpoolWrites.usedHeap() - before) / (double) entries;
        }
      } finally {
        Reference.reachabilityFence(table);
      }
    }
    figures.add(
        name, Map.of("entries", String.valueOf(entries)), "B/entry", Figures.Better.LOWER, bytes);
  }
}
