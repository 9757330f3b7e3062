package dev.eventstream.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.Spool;
import dev.eventstream.spool.MapDbSpool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Compares the spool with the minimum cost of a durable write: the same bytes appended to a file
 * with their CRC, and fsynced. Both run alternately on the same disk; only their ratio is
 * meaningful.
 */
public final class SpoolWrites {
  private static final String HELP =
      """
      Usage: ./bench spool [DIRECTORY]

      Compares durable writes of the spool with raw append, CRC and fsync of the same bytes, for 100, 1,000
      and 10,000 events per commit. Measures the time to open 1 GiB, and the heap that 10 million events need.
      Needs 6 GB of disk.

        DIRECTORY   where to write (default: a temporary directory)
      """;

  private static final int[] EVENTS_A_COMMIT = {100, 1_000, 10_000};
  private static final long BYTES_A_ROUND = 400L << 20;
  private static final double SECONDS_A_ROUND = 2;
  private static final int ROUNDS = 7;
  private static final int MANY_EVENTS = 10_000_000;

  private SpoolWrites() {}

  private interface Writes {
    void write(DocumentBatch documents) throws IOException;
  }

  /**
   * Runs the benchmark.
   *
   * @param args the directory to write to; by default a temporary one
   * @throws Exception if the disk fails
   */
  @SuppressWarnings("SystemOut") // the result
  public static void main(String[] args) throws Exception {
    if (CommandLine.printHelp(args, HELP, Map.of())) {
      return;
    }
    Path directory =
        args.length > 0
            ? Files.createDirectories(Path.of(args[0]))
            : Files.createTempDirectory("eventstream-bench-spool");
    System.out.printf(
        "JDK %s, %d cores, %s on %s%n",
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        directory,
        Files.getFileStore(directory).type());
    try {
      for (int events : EVENTS_A_COMMIT) {
        compare(directory, events);
      }
      open(directory);
      heap(directory);
    } finally {
      delete(directory);
    }
  }

  @SuppressWarnings("SystemOut")
  private static void compare(Path directory, int events) throws Exception {
    DocumentBatch documents = documents(events);
    double[] raw = new double[ROUNDS];
    double[] spool = new double[ROUNDS];
    double[] ratios = new double[ROUNDS];
    for (int round = -1; round < ROUNDS; round++) {
      double rawRate = raw(directory, documents);
      double spoolRate = spool(directory, documents);
      if (round >= 0) {
        raw[round] = rawRate;
        spool[round] = spoolRate;
        ratios[round] = spoolRate / rawRate;
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%6d events per commit: raw %,9.0f events/s, spool %,9.0f, ratio %.2f (%.2f to %.2f)%n",
        events,
        median(raw),
        median(spool),
        median(ratios),
        Arrays.stream(ratios).min().orElseThrow(),
        Arrays.stream(ratios).max().orElseThrow());
  }

  private static double raw(Path directory, DocumentBatch documents) throws IOException {
    Path file = directory.resolve("raw");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      byte[] bytes = new byte[documents.byteSize()];
      CRC32C crc = new CRC32C();
      return rate(
          documents,
          batch -> {
            batch.copyRecords(bytes, 0);
            crc.reset();
            crc.update(bytes);
            ByteBuffer[] block = {
              ByteBuffer.allocate(16).putInt(bytes.length).putInt((int) crc.getValue()).rewind(),
              ByteBuffer.wrap(bytes)
            };
            while (block[1].hasRemaining()) {
              channel.write(block);
            }
            channel.force(false);
          });
    } finally {
      Files.delete(file);
    }
  }

  private static double spool(Path directory, DocumentBatch documents) throws IOException {
    Path root = directory.resolve("spool");
    try (MapDbSpool spool = MapDbSpool.open(root)) {
      return rate(documents, batch -> write(spool, batch));
    } finally {
      delete(root);
    }
  }

  private static void write(Spool spool, DocumentBatch documents) throws IOException {
    if (!spool.write(documents).toCompletableFuture().join().allWritten()) {
      throw new IOException("the spool refused: " + spool.state().refusal());
    }
  }

  private static double rate(DocumentBatch documents, Writes writes) throws IOException {
    long events = 0;
    long bytes = 0;
    long start = System.nanoTime();
    double seconds = 0;
    while (seconds < SECONDS_A_ROUND && bytes < BYTES_A_ROUND) {
      writes.write(documents);
      events += documents.size();
      bytes += documents.byteSize();
      seconds = (System.nanoTime() - start) / 1e9;
    }
    return events / seconds;
  }

  /** Measures how long opening a spool of 1 GiB takes. */
  @SuppressWarnings("SystemOut")
  private static void open(Path directory) throws IOException {
    Path root = directory.resolve("gibibyte");
    try (MapDbSpool spool = large(root)) {
      fill(spool, () -> spool.state().bytes() < 1L << 30);
    }
    long start = System.nanoTime();
    try (MapDbSpool spool = large(root)) {
      System.out.printf(
          Locale.ROOT,
          "opening %,d bytes with %,d events: %.2f s%n",
          spool.state().bytes(),
          spool.state().documents(),
          (System.nanoTime() - start) / 1e9);
    } finally {
      delete(root);
    }
  }

  /** Measures the used heap as the spool grows. */
  @SuppressWarnings("SystemOut")
  private static void heap(Path directory) throws IOException {
    Path root = directory.resolve("many");
    try (MapDbSpool spool = large(root)) {
      for (int events = 0; events <= MANY_EVENTS; events += MANY_EVENTS / 5) {
        int wanted = events;
        fill(spool, () -> spool.state().documents() < wanted);
        System.out.printf(
            Locale.ROOT,
            "%,11d events in the spool: %,d KiB of heap in use%n",
            spool.state().documents(),
            usedHeap() >> 10);
      }
    } finally {
      delete(root);
    }
  }

  static long usedHeap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  private static MapDbSpool large(Path root) throws IOException {
    return MapDbSpool.builder(root).maxBytes(16L << 30).open();
  }

  private static void fill(Spool spool, BooleanSupplier more) throws IOException {
    DocumentBatch documents = documents(1_000);
    while (more.getAsBoolean()) {
      write(spool, documents);
    }
  }

  private static DocumentBatch documents(int count) {
    String text = new String(new Samples().event(), UTF_8);
    return DocumentBatch.of(
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    new Document(
                        Samples.INDEX, UUID.randomUUID().toString(), "h", text.getBytes(UTF_8)))
            .toArray(Document[]::new));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> files = Files.walk(directory)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.delete(file);
    }
  }
}
