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
 * Finds the event ID of a type and value with our table, by bytes in place and by strings, compared
 * with the alternatives. Lookups use 1,024 different keys as bytes of a new request. Benchmarks
 * named after bytes create the strings that they need; in the others the strings exist already,
 * with their hashes computed.
 *
 * <p>Every alternative has its own state, so that a fork contains only what it measures.
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

  /**
   * Returns the IDs of a table of the given size. Creates a new map each time, because no state
   * should retain another's.
   */
  static Map<String, String> ids(int entries) {
    Map<String, String> ids = new HashMap<>();
    for (int i = 0; i < entries; i++) {
      ids.put("value-" + i, "v" + i % 1_000);
    }
    return ids;
  }

  /** Creates a directory with these IDs as a JSON file. */
  static Path directory(int entries) throws IOException {
    Path directory = Files.createTempDirectory("eventstream-bench-ids");
    JSON.writeValue(directory.resolve(TYPE + ".json").toFile(), ids(entries));
    return directory;
  }

  /** The keys to look up. */
  @State(Scope.Benchmark)
  public static class Keys {
    /** The number of IDs in the table. */
    @Param({"6", "10000", "1000000"})
    public int entries;

    /** Whether the keys exist. */
    @Param({"true", "false"})
    public boolean hit;

    private String[] values;
    private byte[] request; // type and all values, concatenated
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

  /** A thread's position in the keys. */
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

    /** Fills the table. */
    @Setup(Level.Trial)
    public void fill(Keys keys) {
      table = IdResolver.of(Map.of(TYPE, ids(keys.entries)));
    }
  }

  /** A map of maps. */
  @State(Scope.Benchmark)
  public static class HashMaps {
    private Map<String, Map<String, String>> types;

    /** Fills the map. */
    @Setup(Level.Trial)
    public void fill(Keys keys) {
      types = new HashMap<>(Map.of(TYPE, ids(keys.entries)));
    }
  }

  /** A cache. */
  @State(Scope.Benchmark)
  public static class CaffeineCache {
    private Cache<String, String> cache;

    /** Fills the cache. */
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
     * Creates and opens the file.
     *
     * @throws IOException if the disk fails
     */
    @Setup(Level.Trial)
    public void build(Keys keys) throws IOException {
      directory = directory(keys.entries);
      MapDbIdResolver.build(directory, directory.resolve("ids.mapdb"));
      ids = MapDbIdResolver.open(directory.resolve("ids.mapdb"));
    }

    /**
     * Deletes the file.
     *
     * @throws IOException if the disk fails
     */
    @TearDown(Level.Trial)
    public void remove() throws IOException {
      ids.close();
      SpoolWrites.delete(directory);
    }
  }

  /** A replicated cache of Apache Ignite, on a node in this JVM. */
  @State(Scope.Benchmark)
  public static class Ignite {
    private LocalNode node;
    private IgniteIdResolver ids;

    /**
     * Starts the node and fills the cache.
     *
     * @throws IOException if the disk fails
     */
    @Setup(Level.Trial)
    public void start(Keys keys) throws IOException {
      node = LocalNode.start();
      ids = new IgniteIdResolver(node.ids("ids"));
      Path directory = directory(keys.entries);
      IgniteIdResolver.load(directory, node.ignite(), "ids");
      SpoolWrites.delete(directory);
    }

    /** Stops the node. */
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
     * Writes the file.
     *
     * @throws IOException if the disk fails
     */
    @Setup(Level.Trial)
    public void write(Keys keys) throws IOException {
      directory = directory(keys.entries);
    }

    /**
     * Deletes the file.
     *
     * @throws IOException if the disk fails
     */
    @TearDown(Level.Trial)
    public void remove() throws IOException {
      SpoolWrites.delete(directory);
    }
  }

  /** Our table, by bytes in place. */
  @Benchmark
  public @Nullable String tableByBytes(Table table, Keys keys, Cursor cursor) {
    int key = cursor.next();
    return table.table.resolve(
        keys.request, 0, TYPE.length(), keys.starts[key], keys.starts[key + 1]);
  }

  /** A map of maps, including the creation of the strings. */
  @Benchmark
  public @Nullable String hashMapByBytes(HashMaps maps, Keys keys, Cursor cursor) {
    Map<String, String> ids = maps.types.get(keys.type());
    return ids == null ? null : ids.get(keys.string(cursor.next()));
  }

  /** Our table, by strings. */
  @Benchmark
  public @Nullable String tableByString(Table table, Keys keys, Cursor cursor) {
    return table.table.resolve(TYPE, keys.values[cursor.next()]);
  }

  /** A map of maps, by strings. */
  @Benchmark
  public @Nullable String hashMapByString(HashMaps maps, Keys keys, Cursor cursor) {
    Map<String, String> ids = maps.types.get(TYPE);
    return ids == null ? null : ids.get(keys.values[cursor.next()]);
  }

  /** A cache, whose single key combines type and value. */
  @Benchmark
  public @Nullable String caffeineByString(CaffeineCache caffeine, Keys keys, Cursor cursor) {
    return caffeine.cache.getIfPresent(TYPE + '\0' + keys.values[cursor.next()]);
  }

  /** Our file for tables that are too large for the heap. */
  @Benchmark
  public @Nullable String mapDbByString(MapDb mapDb, Keys keys, Cursor cursor) {
    return mapDb.ids.resolve(TYPE, keys.values[cursor.next()]);
  }

  /** Apache Ignite, on the node that contains the data. */
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
   * The approach of the Python service: reads and parses the file for each event. With a million
   * IDs an iteration is a single lookup, which takes a second.
   *
   * @throws IOException if the disk fails
   */
  @Benchmark
  @Warmup(iterations = 1, time = 400, timeUnit = TimeUnit.MILLISECONDS)
  public @Nullable Object filePerLookup(JsonFile json, Keys keys, Cursor cursor)
      throws IOException {
    return JSON.readValue(json.directory.resolve(TYPE + ".json").toFile(), Map.class)
        .get(keys.values[cursor.next()]);
  }
}
