package dev.eventstream.spool.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class SegmentTest {
  private static final int BYTES = 4 << 20;

  @TempDir Path directory;

  private SegmentWriter writer(Path file) throws IOException {
    return SegmentWriter.create(file, BYTES, Runnable::run);
  }

  private static void append(SegmentWriter writer, byte[] payload) throws IOException {
    writer.append(Block.DOCUMENTS, 7, 3, payload, 0, payload.length);
  }

  @Test
  void readsAHeaderUnlessABitHasChanged() throws IOException {
    byte[] record = new byte[Block.HEADER + 5];
    System.arraycopy("hello".getBytes(UTF_8), 0, record, Block.HEADER, 5);
    Block.writeHeader(record, new Block.Header(70_000, 69_999, 1L << 40, 12, 5, 2, 3, 0, 1));

    Block.Header header = Block.readHeader(record, 0);

    assertThat(header).isNotNull();
    assertThat(header.index()).isEqualTo(70_000);
    assertThat(header.committed()).isEqualTo(69_999);
    assertThat(header.acceptedAt()).isEqualTo(1L << 40);
    assertThat(header.count()).isEqualTo(12);
    assertThat(header.part()).isEqualTo(2);
    assertThat(header.parts()).isEqualTo(3);
    assertThat(header.kind()).isEqualTo(Block.LETTERS);
    assertThat(header.fits(record, Block.HEADER)).isTrue();
    for (int bit = 0; bit < 8 * Block.HEADER; bit++) {
      record[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(Block.readHeader(record, 0)).isNull();
      record[bit / 8] ^= (byte) (1 << bit % 8);
    }
    record[Block.HEADER + 4]++;
    assertThat(header.fits(record, Block.HEADER)).isFalse();
  }

  @Test
  void refusesAHeaderOfALaterVersion() {
    byte[] record = new byte[Block.HEADER];
    Block.writeHeader(record, new Block.Header(0, 0, 0, 0, 0, 0, 1, 0, 0));
    makeNewer(record, 0);

    assertThatThrownBy(() -> Block.readHeader(record, 0))
        .isInstanceOf(NewerFormatException.class)
        .hasMessageContaining("format 2, and this version of eventstream reads format 1");
  }

  /** Turns a header into one of the next format. */
  public static void makeNewer(byte[] bytes, int at) {
    bytes[at + 7] = 2;
    CRC32C crc = new CRC32C();
    crc.update(bytes, at, Block.HEADER - 4);
    ByteBuffer.wrap(bytes).putInt(at + Block.HEADER - 4, (int) crc.getValue());
  }

  @Test
  void readsOnlyCommittedBlocksWhileItIsWritten() throws IOException {
    SegmentWriter writer = writer(directory.resolve("a"));
    append(writer, new byte[150_000]);
    assertThat(writer.read(0)).isNull();

    writer.commit();

    Block block = writer.read(0);
    assertThat(block).isNotNull();
    assertThat(block.payload()).hasSize(150_000);
    assertThat(block.parts()).isEqualTo(3);
    writer.close();
    assertThatThrownBy(() -> writer.read(0)).hasMessage("the segment is closed");
  }

  @Test
  void canBeReadByAnInterruptedThread() throws IOException {
    Path file = directory.resolve("a");
    SegmentWriter writer = writer(file);
    append(writer, new byte[100]);
    writer.commit();
    writer.close();

    try (SegmentReader reader = SegmentReader.open(file)) {
      Thread.currentThread().interrupt();
      assertThat(reader.read(0)).isNotNull();
      new Progress(1, 0, 0, 0, Long.MAX_VALUE).write(file);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(reader.read(0)).isNotNull();
    }
    try (SegmentReader reader = SegmentReader.open(file)) {
      assertThat(reader.drained()).isEqualTo(1);
    }
  }

  @Test
  void theFreeListsOfMapDbAreNotDamage() throws IOException {
    for (int seed = 0; seed < 12; seed++) {
      java.util.Random random = new java.util.Random(seed);
      int max = new int[] {100, 2_000, 60_000, 200_000}[seed % 4];
      Path file = directory.resolve("s" + seed);
      SegmentWriter writer = writer(file);
      int count = 0;
      byte[] payload = new byte[max];
      random.nextBytes(payload);
      int length = 1 + random.nextInt(max);
      while (writer.hasRoomFor(length)) {
        writer.append(Block.DOCUMENTS, 1, 1, payload, 0, length);
        count++;
        length = 1 + random.nextInt(max);
      }
      writer.append(Block.SEAL, 0, 0, new byte[0], 0, 0);
      writer.commit();
      writer.close();

      assertThat(file).hasSize(BYTES);
      try (SegmentReader reader = SegmentReader.open(file)) {
        assertThat(reader.hasRemnants()).isFalse();
        assertThat(reader.documents()).isEqualTo(count);
        int index = 0;
        while (index < reader.end()) {
          Block block = reader.read(index);
          assertThat(block).isNotNull();
          index += block.parts();
        }
      }
    }
  }

  @Test
  void acceptsABlockOfItsCapacity() throws IOException {
    int capacity = SegmentWriter.capacity(BYTES);
    Path file = directory.resolve("a");
    SegmentWriter writer = writer(file);
    assertThat(writer.hasRoomFor(capacity)).isTrue();
    append(writer, new byte[capacity]);
    writer.append(Block.SEAL, 0, 0, new byte[0], 0, 0);
    writer.commit();
    writer.close();
    assertThat(file).hasSize(BYTES);
    try (SegmentReader reader = SegmentReader.open(file)) {
      Block block = reader.read(0);
      assertThat(block).isNotNull();
      assertThat(block.payload()).hasSize(capacity);
    }
  }

  @Test
  void anIncompleteBlockIsNotDamageButAChangedByteIs() throws IOException {
    Path file = directory.resolve("a");
    SegmentWriter writer = writer(file);
    append(writer, new byte[10]);
    append(writer, new byte[150_000]);
    writer.commit();
    writer.close();
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
      long last = (1 << 20) + 64 + 2 * (Block.HEADER + 60_000);
      opened.seek(last);
      opened.write(new byte[Block.HEADER + 30_000]); // the third part of the second block
      opened.seek((1 << 20) - 128);
      opened.write(new byte[Block.HEADER]); // the mark of what is committed, after a power cut
      try (SegmentReader reader = SegmentReader.open(file)) {
        assertThat(reader.read(1)).isNull();
        assertThat(reader.isDamage(1)).isFalse();
        assertThat(reader.isDamage(2)).isFalse();
        assertThat(reader.hasRemnants()).isFalse();
      }
      opened.seek((1 << 20) + 64 + 1_000);
      opened.write(1);
    }
    try (SegmentReader reader = SegmentReader.open(file)) {
      assertThat(reader.isDamage(1)).isTrue();
    }
  }
}
