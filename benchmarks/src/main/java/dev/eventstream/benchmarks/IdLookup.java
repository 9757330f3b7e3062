package dev.eventstream.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.eventstream.IdResolver;
import dev.eventstream.examples.ignite.IgniteIdResolver;
import dev.eventstream.examples.ignite.LocalNode;
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
 *
 * <p>Every way has a state of its own, so that a fork holds only what it measures.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH calls the setups
public class IdLookup {
  static final String TYPE = "pageview";
  private static final int KEYS = 1_024;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The IDs of a table with so many. Made anew each time: no state keeps them for another. */
  static Map<String, String> ids(int entries) {
    Map<String, String> ids = new HashMap<>();
    for (int i = 0; i < entries; i++) {
      ids.put("value-" + i, "v" + i % 1_000);
    }
    return ids;
  }

  /** A new directory with these IDs as a JSON file. */
  static Path directory(int entries) throws IOException {
    Path directory = Files.createTempDirectory("eventstream-bench-ids");
    JSON.writeValue(directory.resolve(TYPE + ".json").toFile(), ids(entries));
    return directory;
  }

  /** What is looked for. */
  @State(Scope.Benchmark)
  public static class Keys {
    /** How many IDs the table has. */
    @Param({"6", "10000", "1000000"})
    public int entries;

    /** Whether what is looked for is there. */
    @Param({"true", "false"})
    public boolean hit;

    private String[] values;
    private byte[] request; // type and all values, one after another
    private int[] starts;

    /** Chooses the keys. */
    @Setup(Level.Trial)
    public void choose() {
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

    private String string(int key) {
      return new String(request, starts[key], starts[key + 1] - starts[key], UTF_8);
    }

    private String type() {
      return new String(request, 0, TYPE.length(), UTF_8);
    }
  }

  /** Where a thread is in the keys. */
  @State(Scope.Thread)
  public static class Cursor {
    private int key;

    private int next() {
      key = key + 1 & KEYS - 1;
      return key;
    }
  }

  /** Our table. */
  @State(Scope.Benchmark)
  public static class Table {
    private IdResolver table;

    /**
     * Fills it.
     *
     * @param keys how many IDs
     */
    @Setup(Level.Trial)
    public void fill(Keys keys) {
      table = IdResolver.of(Map.of(TYPE, ids(keys.entries)));
    }
  }

  /** A map of maps. */
  @State(Scope.Benchmark)
  public static class HashMaps {
    private Map<String, Map<String, String>> types;

    /**
     * Fills it.
     *
     * @param keys how many IDs
     */
    @Setup(Level.Trial)
    public void fill(Keys keys) {
      types = new HashMap<>(Map.of(TYPE, ids(keys.entries)));
    }
  }

  /** A cache. */
  @State(Scope.Benchmark)
  public static class CaffeineCache {
    private Cache<String, String> cache;

    /**
     * Fills it.
     *
     * @param keys how many IDs
     */
    @Setup(Level.Trial)
    public void fill(Keys keys) {
      cache = caffeine(keys.entries);
    }
  }

  static Cache<String, String> caffeine(int entries) {
    Cache<String, String> cache = Caffeine.newBuilder().maximumSize(2L * entries).build();
    ids(entries).forEach((value, id) -> cache.put(TYPE + '\0' + value, id));
    return cache;
  }

  /** A MapDB file. */
  @State(Scope.Benchmark)
  public static class MapDb {
    private Path directory;
    private MapDbIdResolver ids;

    /**
     * Builds and opens it.
     *
     * @param keys how many IDs
     * @throws IOException when the disk fails
     */
    @Setup(Level.Trial)
    public void build(Keys keys) throws IOException {
      directory = directory(keys.entries);
      MapDbIdResolver.build(directory, directory.resolve("ids.mapdb"));
      ids = MapDbIdResolver.open(directory.resolve("ids.mapdb"));
    }

    /**
     * Removes it.
     *
     * @throws IOException when the disk fails
     */
    @TearDown(Level.Trial)
    public void remove() throws IOException {
      ids.close();
      SpoolWrites.delete(directory);
    }
  }

  /** A replicated cache of Apache Ignite, on a node within this JVM. */
  @State(Scope.Benchmark)
  public static class Ignite {
    private LocalNode node;
    private IgniteIdResolver ids;

    /**
     * Starts and fills it.
     *
     * @param keys how many IDs
     * @throws IOException when the disk fails
     */
    @Setup(Level.Trial)
    public void start(Keys keys) throws IOException {
      node = LocalNode.start();
      ids = new IgniteIdResolver(node.ids("ids"));
      Path directory = directory(keys.entries);
      IgniteIdResolver.load(directory, node.ignite(), "ids");
      SpoolWrites.delete(directory);
    }

    /** Stops it. */
    @TearDown(Level.Trial)
    public void stop() {
      node.close();
    }
  }

  /** A JSON file. */
  @State(Scope.Benchmark)
  public static class JsonFile {
    private Path directory;

    /**
     * Writes it.
     *
     * @param keys how many IDs
     * @throws IOException when the disk fails
     */
    @Setup(Level.Trial)
    public void write(Keys keys) throws IOException {
      directory = directory(keys.entries);
    }

    /**
     * Removes it.
     *
     * @throws IOException when the disk fails
     */
    @TearDown(Level.Trial)
    public void remove() throws IOException {
      SpoolWrites.delete(directory);
    }
  }

  /**
   * Our table by the bytes where they lie.
   *
   * @param table the table
   * @param keys what is looked for
   * @param cursor the next of it
   * @return the ID
   */
  @Benchmark
  public @Nullable String tableByBytes(Table table, Keys keys, Cursor cursor) {
    int key = cursor.next();
    return table.table.resolve(
        keys.request, 0, TYPE.length(), keys.starts[key], keys.starts[key + 1]);
  }

  /**
   * A map of maps, with the strings that it needs.
   *
   * @param maps the maps
   * @param keys what is looked for
   * @param cursor the next of it
   * @return the ID
   */
  @Benchmark
  public @Nullable String hashMapByBytes(HashMaps maps, Keys keys, Cursor cursor) {
    Map<String, String> ids = maps.types.get(keys.type());
    return ids == null ? null : ids.get(keys.string(cursor.next()));
  }

  /**
   * Our table by strings.
   *
   * @param table the table
   * @param keys what is looked for
   * @param cursor the next of it
   * @return the ID
   */
  @Benchmark
  public @Nullable String tableByString(Table table, Keys keys, Cursor cursor) {
    return table.table.resolve(TYPE, keys.values[cursor.next()]);
  }

  /**
   * A map of maps by strings.
   *
   * @param maps the maps
   * @param keys what is looked for
   * @param cursor the next of it
   * @return the ID
   */
  @Benchmark
  public @Nullable String hashMapByString(HashMaps maps, Keys keys, Cursor cursor) {
    Map<String, String> ids = maps.types.get(TYPE);
    return ids == null ? null : ids.get(keys.values[cursor.next()]);
  }

  /**
   * A cache, which has one key: both as one string.
   *
   * @param caffeine the cache
   * @param keys what is looked for
   * @param cursor the next of it
   * @return the ID
   */
  @Benchmark
  public @Nullable String caffeineByString(CaffeineCache caffeine, Keys keys, Cursor cursor) {
    return caffeine.cache.getIfPresent(TYPE + '\0' + keys.values[cursor.next()]);
  }

  /**
   * Our file for tables that are too large for the heap.
   *
   * @param mapDb the file
   * @param keys what is looked for
   * @param cursor the next of it
   * @return the ID
   */
  @Benchmark
  public @Nullable String mapDbByString(MapDb mapDb, Keys keys, Cursor cursor) {
    return mapDb.ids.resolve(TYPE, keys.values[cursor.next()]);
  }

  /**
   * Apache Ignite, on the node that holds the data.
   *
   * @param ignite the node
   * @param keys what is looked for
   * @param cursor the next of it
   * @return the ID
   */
  @Benchmark
  @Fork(
      value = 1,
      jvmArgsAppend = {
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "--add-opens=java.base/java.util=ALL-UNNAMED"
      })
  public @Nullable String igniteByString(Ignite ignite, Keys keys, Cursor cursor) {
    return ignite.ids.resolve(TYPE, keys.values[cursor.next()]);
  }

  /**
   * What the Python service did: the file read and parsed for each event. With a million IDs an
   * iteration is one lookup, which takes a second.
   *
   * @param json the file
   * @param keys what is looked for
   * @param cursor the next of it
   * @return the ID
   * @throws IOException when the disk fails
   */
  @Benchmark
  @Warmup(iterations = 1, time = 400, timeUnit = TimeUnit.MILLISECONDS)
  public @Nullable Object filePerLookup(JsonFile json, Keys keys, Cursor cursor)
      throws IOException {
    return JSON.readValue(json.directory.resolve(TYPE + ".json").toFile(), Map.class)
        .get(keys.values[cursor.next()]);
  }
}
