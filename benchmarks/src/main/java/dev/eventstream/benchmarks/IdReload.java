package dev.eventstream.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.eventstream.id.DirectoryIdResolver;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Measures lookups while a table of a million IDs is replaced, compared with lookups while it is
 * not, alternately in one run. Readers look up by bytes without pauses; each lookup is timed, which
 * includes reading the clock. A pause of a reader is one lookup among millions and therefore not
 * visible in percentiles; the longest lookup and the total time of lookups of more than a
 * millisecond show it.
 *
 * <p>Every ID contains the version of its table and its value. A reader fails the run if an ID is
 * missing, belongs to another value, to an older version than one seen before, or to a version that
 * was not published yet.
 */
public final class IdReload {
  private static final String HELP =
      """
      Usage: ./bench reload

      Measures lookups while a table of 1,000,000 IDs is replaced repeatedly, compared with lookups without
      reloads. Verifies that no lookup returns an ID of an older table. Takes about 2 minutes. The result is
      benchmarks/target/reload.json.
      """;

  private static final String TYPE = "pageview";
  private static final byte[] PREFIX = (TYPE + "value-").getBytes(UTF_8);
  private static final int ENTRIES = 1_000_000;
  private static final int DISTINCT_IDS = 1_000;
  private static final int RELOADS = 10;
  private static final Duration WARM_UP = Duration.ofSeconds(3);
  private static final Duration QUIET = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long LONG = 1_000_000;
  private static final double[] PERCENTILES = {50, 99, 99.9, 99.99, 100};

  private final Path directory;
  private final Path file;
  private final DirectoryIdResolver ids;
  private final List<Path> waiting = new ArrayList<>(); // files to publish, the next one first
  private volatile int published;
  private volatile boolean reading;

  private IdReload(Path directory) throws IOException {
    this.directory = directory;
    file = directory.resolve(TYPE + ".json");
    Files.move(write(0), file);
    ids = DirectoryIdResolver.open(directory, Duration.ofMillis(10));
  }

  /**
   * Runs the benchmark.
   *
   * @param args the directory for the results
   * @throws Exception if the disk fails or a reader finds a wrong ID
   */
  public static void main(String[] args) throws Exception {
    if (CommandLine.printHelp(args, HELP, Map.of())) {
      return;
    }
    Path results = Files.createDirectories(Path.of(args[0]));
    Path directory = Files.createTempDirectory("eventstream-bench-reload");
    try {
      IdReload reload = new IdReload(directory);
      try {
        reload.run().write(results.resolve("reload.json"));
      } finally {
        reload.ids.close();
      }
    } finally {
      SpoolWrites.delete(directory);
    }
  }

  private Figures run() throws Exception {
    Figures figures = Figures.of("reload");
    figures.machine().put("collector", collectors());
    figures.machine().put("heap", (Runtime.getRuntime().maxMemory() >> 20) + " MiB");
    for (int readers = 1; readers <= 2; readers++) {
      read(readers, () -> pause(WARM_UP));
      print("quiet", readers, figures, read(readers, () -> pause(QUIET)), null);
      for (int i = 1; i <= RELOADS; i++) {
        waiting.add(write(published + i));
      }
      double[] reloads = new double[RELOADS];
      print("reloading", readers, figures, read(readers, () -> reload(reloads)), reloads);
    }
    return figures;
  }

  /** Writes a table next to the one in use, with a unique old time stamp. */
  private Path write(int version) throws IOException {
    Path next = directory.resolve("version-" + version);
    try (BufferedWriter out = Files.newBufferedWriter(next)) {
      for (int i = 0; i < ENTRIES; i++) {
        out.write(
            (i == 0 ? "{" : ",")
                + "\"value-"
                + i
                + "\":\""
                + version
                + "."
                + i % DISTINCT_IDS
                + "\"");
      }
      out.write("}");
    }
    Instant written = Instant.now().minus(Duration.ofHours(1)).plusSeconds(version);
    Files.setLastModifiedTime(next, FileTime.from(written)); // old, so that it is read only once
    return next;
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void pause(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Publishes the waiting files, each when the previous one is in use. */
  private void reload(double[] seconds) throws IOException {
    for (int i = 0; i < seconds.length; i++) {
      pause(Duration.ofMillis(200));
      long start = System.nanoTime();
      int version = published + 1;
      published = version; // first, because a reader may see it immediately
      Files.move(waiting.remove(0), file, StandardCopyOption.ATOMIC_MOVE);
      String id = version + ".0";
      while (!id.equals(ids.resolve(TYPE, "value-0"))) {
        if (System.nanoTime() - start > PATIENCE.toNanos()) {
          throw new IOException("version " + version + " is not in use: " + ids.problems());
        }
        pause(Duration.ofMillis(1));
      }
      seconds[i] = (System.nanoTime() - start) / 1e9;
    }
  }

  private record Read(Histogram times, double millisInLong, double seconds, double millisInGc) {}

  private Read read(int readers, Work work) throws Exception {
    reading = true;
    long gcBefore = gcMillis();
    long start = System.nanoTime();
    ExecutorService threads = Executors.newFixedThreadPool(readers);
    try {
      List<Future<Histogram>> results = new ArrayList<>();
      for (int i = 0; i < readers; i++) {
        int seed = i;
        results.add(threads.submit(() -> lookUp(seed)));
      }
      work.run();
      reading = false;
      double seconds = (System.nanoTime() - start) / 1e9;
      long gc = gcMillis() - gcBefore;
      Histogram all = histogram();
      for (Future<Histogram> result : results) {
        all.add(result.get());
      }
      return new Read(all, millisInLong(all) / readers, seconds, gc);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a reader found a wrong ID", e);
    } finally {
      reading = false;
      threads.shutdown();
    }
  }

  private Histogram lookUp(int seed) {
    Histogram times = histogram();
    SplittableRandom random = new SplittableRandom(seed);
    byte[] key = new byte[PREFIX.length + 7];
    System.arraycopy(PREFIX, 0, key, 0, PREFIX.length);
    int seen = 0;
    while (reading) {
      int entry = random.nextInt(ENTRIES);
      int end = digits(entry, key, PREFIX.length);
      long start = System.nanoTime();
      String id = ids.resolve(key, 0, TYPE.length(), TYPE.length(), end);
      times.recordValue(Math.min(System.nanoTime() - start, times.getHighestTrackableValue()));
      seen = check(entry, id, seen);
    }
    return times;
  }

  private int check(int entry, @Nullable String id, int seen) {
    int dot = id == null ? -1 : id.indexOf('.');
    if (dot < 0) {
      throw new IllegalStateException("value-" + entry + " has the ID " + id);
    }
    requireNonNull(id);
    int version = Integer.parseInt(id, 0, dot, 10);
    int of = Integer.parseInt(id, dot + 1, id.length(), 10);
    if (of != entry % DISTINCT_IDS || version < seen || version > published) {
      throw new IllegalStateException(
          "value-"
              + entry
              + " has the ID "
              + id
              + " after version "
              + seen
              + " was seen and "
              + published
              + " published");
    }
    return version;
  }

  /** Writes a number as digits; returns their end. */
  private static int digits(int number, byte[] to, int at) {
    int count = 1;
    for (int rest = number / 10; rest > 0; rest /= 10) {
      count++;
    }
    int rest = number;
    for (int i = at + count - 1; i >= at; i--) {
      to[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return at + count;
  }

  private static Histogram histogram() {
    return new Histogram(PATIENCE.toNanos(), 3);
  }

  private static double millisInLong(Histogram times) {
    double nanos = 0;
    for (var value : times.recordedValues()) {
      if (value.getValueIteratedTo() > LONG) {
        nanos += (double) value.getValueIteratedTo() * value.getCountAddedInThisIterationStep();
      }
    }
    return nanos / 1e6;
  }

  @SuppressWarnings("SystemOut") // the result
  private static void print(
      String state, int readers, Figures figures, Read read, double @Nullable [] reloads) {
    Map<String, String> params =
        Map.of(
            "state", state, "readers", String.valueOf(readers), "entries", String.valueOf(ENTRIES));
    StringBuilder line = new StringBuilder();
    for (double percentile : PERCENTILES) {
      String name =
          percentile == 100 ? "max" : "p" + String.valueOf(percentile).replaceAll("\\.0$", "");
      double nanos = read.times.getValueAtPercentile(percentile);
      figures.add(name, params, "ns", Figures.Better.LOWER, nanos);
      line.append(String.format(Locale.ROOT, "  %s %,.0f ns", name, nanos));
    }
    double rate = read.times.getTotalCount() / read.seconds;
    double stalled = read.millisInLong / read.seconds;
    double gc = read.millisInGc / read.seconds;
    figures.add("rate", params, "lookups/s", Figures.Better.HIGHER, rate);
    figures.add("in lookups of more than 1 ms", params, "ms/s", Figures.Better.LOWER, stalled);
    figures.add("garbage collection", params, "ms/s", Figures.Better.LOWER, gc);
    System.out.printf(
        Locale.ROOT,
        "%d readers, %-9s: %s%n    %,.0f lookups/s; %.1f ms of each second in lookups of more than 1 ms; %.1f in garbage collection%n",
        readers,
        state,
        line.substring(2),
        rate,
        stalled,
        gc);
    if (reloads != null) {
      figures.add("reload", params, "s", Figures.Better.LOWER, reloads);
      Figures.Figure reload = figures.figures().get(figures.figures().size() - 1);
      System.out.printf(
          Locale.ROOT,
          "    %d reloads, each %.2f s (%.2f to %.2f)%n",
          reloads.length,
          reload.median(),
          reload.min(),
          reload.max());
    }
  }

  private static long gcMillis() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
        .sum();
  }

  private static String collectors() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .map(GarbageCollectorMXBean::getName)
        .collect(Collectors.joining(", "));
  }
}
