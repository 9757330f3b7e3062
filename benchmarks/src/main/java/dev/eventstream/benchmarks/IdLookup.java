package dev.eventstream.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.eventstream.IdResolver;
import dev.eventstream.spool.MapDbIdResolver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Finding the event ID of a type and value: our table, by the bytes where they lie in a request and
 * by strings, against what one would use otherwise. Lookups go through 1,024 different keys, as
 * bytes of a request that were never seen before: strings are made of them, where a way needs any,
 * by the benchmarks named after bytes, and are at hand, their hashes known, in the others.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@SuppressWarnings("NullAway.Init") // JMH calls the setup
public class IdLookup {
  private static final String TYPE = "pageview";
  private static final int KEYS = 1_024;

  /** How many IDs the table has. */
  @Param({"6", "10000", "1000000"})
  public int entries;

  /** Whether what is looked for is there. */
  @Param({"true", "false"})
  public boolean hit;

  private Path directory;
  private Path file;
  private IdResolver table;
  private Map<String, Map<String, String>> hashMaps;
  private Cache<String, String> caffeine;
  private MapDbIdResolver mapDb;
  private final ObjectMapper json = new ObjectMapper();

  private String[] values;
  private byte[] request; // type and all values, one after another
  private int[] starts;
  private int next;

  /**
   * Fills all of them alike.
   *
   * @throws IOException when the disk fails
   */
  @Setup(Level.Trial)
  public void fill() throws IOException {
    Map<String, String> ids = new HashMap<>();
    for (int i = 0; i < entries; i++) {
      ids.put("value-" + i, "v" + i % 1_000);
    }
    directory = Files.createTempDirectory("eventstream-bench-ids");
    file = directory.resolve(TYPE + ".json");
    json.writeValue(file.toFile(), ids);
    table = IdResolver.of(Map.of(TYPE, ids));
    hashMaps = new HashMap<>(Map.of(TYPE, ids));
    caffeine = Caffeine.newBuilder().maximumSize(2L * entries).build();
    ids.forEach((value, id) -> caffeine.put(TYPE + '\0' + value, id));
    MapDbIdResolver.build(directory, directory.resolve("ids.mapdb"));
    mapDb = MapDbIdResolver.open(directory.resolve("ids.mapdb"));

    Random random = new Random(42);
    values = new String[KEYS];
    starts = new int[KEYS + 1];
    StringBuilder all = new StringBuilder(TYPE);
    for (int i = 0; i < KEYS; i++) {
      values[i] = (hit ? "value-" : "other-") + random.nextInt(entries);
      starts[i] = all.length();
      all.append(values[i]);
    }
    starts[KEYS] = all.length();
    request = all.toString().getBytes(UTF_8);
  }

  /**
   * Removes the files.
   *
   * @throws IOException when the disk fails
   */
  @TearDown(Level.Trial)
  public void remove() throws IOException {
    mapDb.close();
    SpoolWrites.delete(directory);
  }

  private int key() {
    next = next + 1 & KEYS - 1;
    return next;
  }

  private String string(int key) {
    return new String(request, starts[key], starts[key + 1] - starts[key], UTF_8);
  }

  private String type() {
    return new String(request, 0, TYPE.length(), UTF_8);
  }

  /** Our table by the bytes where they lie. */
  @Benchmark
  public @Nullable String tableByBytes() {
    int key = key();
    return table.resolve(request, 0, TYPE.length(), starts[key], starts[key + 1]);
  }

  /** A map of maps, with the strings that it needs. */
  @Benchmark
  public @Nullable String hashMapByBytes() {
    Map<String, String> ids = hashMaps.get(type());
    return ids == null ? null : ids.get(string(key()));
  }

  /** Our table by strings. */
  @Benchmark
  public @Nullable String tableByString() {
    return table.resolve(TYPE, values[key()]);
  }

  /** A map of maps by strings. */
  @Benchmark
  public @Nullable String hashMapByString() {
    Map<String, String> ids = hashMaps.get(TYPE);
    return ids == null ? null : ids.get(values[key()]);
  }

  /** A cache, which has one key: both as one string. */
  @Benchmark
  public @Nullable String caffeineByString() {
    return caffeine.getIfPresent(TYPE + '\0' + values[key()]);
  }

  /** Our file for tables that are too large for the heap. */
  @Benchmark
  public @Nullable String mapDbByString() {
    return mapDb.resolve(TYPE, values[key()]);
  }

  /**
   * What the Python service did: the file read and parsed for each event.
   *
   * @throws IOException when the disk fails
   */
  @Benchmark
  public @Nullable Object filePerLookup() throws IOException {
    return json.readValue(file.toFile(), Map.class).get(values[key()]);
  }
}
