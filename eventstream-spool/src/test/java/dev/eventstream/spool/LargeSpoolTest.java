package dev.eventstream.spool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.Spool;
import dev.eventstream.spool.log.Block;
import dev.eventstream.spool.log.SegmentWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many documents: the heap to write and read them, and the time to open the spool. */
@Tag("slow")
class LargeSpoolTest {
  private static final long MAX_BYTES = (12L << 30) / 10;

  @TempDir Path root;

  @Test
  void writesAndReadsAMillionDocumentsWithAHeapOf64Megabytes() throws Exception {
    Process process =
        Spools.java(
                List.of("-Xmx64m", "-Xshare:auto", "-XX:TieredStopAtLevel=1"),
                Load.class,
                root.toString())
            .start();
    System.out.print(new String(process.getInputStream().readAllBytes(), UTF_8));
    assertThat(process.waitFor()).isZero();
  }

  /** Writes a million documents, opens the spool again and drains it. */
  static final class Load {
    private Load() {}

    public static void main(String[] arguments) throws IOException {
      long start = System.nanoTime();
      MapDbSpool.Builder builder =
          MapDbSpool.builder(Path.of(arguments[0])).maxBytes(MAX_BYTES).minFreeBytes(0);
      try (MapDbSpool spool = builder.open()) {
        for (int i = 0; i < 1_000_000; i += 1_000) {
          if (!Spools.write(spool, Spools.batch(i, 1_000, 200)).allWritten()) {
            throw new IllegalStateException("refused");
          }
        }
      }
      long written = System.nanoTime();
      int count = 0;
      try (MapDbSpool spool = builder.open()) {
        Spool.Portion portion = spool.take(1_000, 1 << 20);
        while (portion != null) {
          DocumentBatch documents = portion.documents();
          for (int i = 0; i < documents.size(); i++) {
            if (!documents.get(i).id().equals("id-" + count++)) {
              throw new IllegalStateException(documents.get(i) + " is not number " + count);
            }
          }
          portion.remove();
          portion = spool.take(1_000, 1 << 20);
        }
      }
      System.out.printf(
          "a million documents: %,d ms to write, %,d ms to open and drain%n",
          (written - start) / 1_000_000, (System.nanoTime() - written) / 1_000_000);
      System.exit(count == 1_000_000 ? 0 : 1);
    }
  }

  @Test
  void opensAGibibyteOfFullBlocksQuickly() throws IOException {
    MapDbSpool.Builder builder = MapDbSpool.builder(root).maxBytes(MAX_BYTES).minFreeBytes(0);
    long documents = 0;
    try (MapDbSpool spool = builder.open()) {
      while (spool.state().bytes() < 1 << 30) {
        assertThat(Spools.write(spool, Spools.batch(0, 48, 59_900)).allWritten()).isTrue();
        documents += 48;
      }
    }
    opens(builder, documents, "1 GiB of blocks of 60 kB");
  }

  @Test
  void opensAGibibyteOfSmallBlocksQuickly() throws IOException {
    Path spool = Files.createDirectories(root.resolve("replica-0").resolve("spool"));
    Path first = spool.resolve("000000000001.segment");
    SegmentWriter writer = SegmentWriter.create(first, 16 << 20, Runnable::run);
    DocumentBatch document = Spools.batch(0, 1, 150);
    byte[] payload = new byte[document.byteSize()];
    document.copyRecords(payload, 0);
    long documents = 0;
    while (writer.hasRoomFor(payload.length)) {
      writer.append(Block.DOCUMENTS, 1, 1, payload, 0, payload.length);
      documents++;
    }
    writer.commit();
    writer.close();
    for (int i = 2; i <= 64; i++) {
      Files.copy(first, spool.resolve("0000000000%02d.segment".formatted(i)));
    }
    MapDbSpool.Builder builder = MapDbSpool.builder(root).maxBytes(MAX_BYTES).minFreeBytes(0);
    opens(builder, 64 * documents, "1 GiB of blocks of one small document");
  }

  private static void opens(MapDbSpool.Builder builder, long documents, String what)
      throws IOException {
    long start = System.nanoTime();
    try (MapDbSpool spool = builder.open()) {
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      System.out.printf("%s: %,d ms to open%n", what, took.toMillis());
      assertThat(spool.state().documents()).isEqualTo(documents);
      assertThat(spool.take(1, 1)).isNotNull();
      assertThat(took).isLessThan(Duration.ofSeconds(20)); // about 2 s on an idle machine
    }
  }
}
