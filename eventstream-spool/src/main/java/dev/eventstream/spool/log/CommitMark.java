package dev.eventstream.spool.log;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * A mark in a segment file: how many of its records are committed. It is written after each commit,
 * without an fsync, as a header whose index is that number and whose time of acceptance identifies
 * the boot of the machine.
 *
 * <p>What a killed process has written stays in the page cache while the machine runs. So a mark of
 * the current boot tells whether an incomplete record was interrupted by the kill, in which case it
 * was never acknowledged, or is damaged. After a power cut the mark is of another boot and is
 * ignored.
 */
final class CommitMark implements Closeable {
  /** Before the note of {@link Progress}, at the end of MapDB's index page. */
  private static final int POSITION = (1 << 20) - 128;

  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id"); // Linux's
  private static final long THIS_BOOT = thisBoot();

  private final RandomAccessFile file;
  private final byte[] header = new byte[Block.HEADER];

  CommitMark(Path segment) throws IOException {
    this.file = new RandomAccessFile(segment.toFile(), "rw");
  }

  void set(int committed) throws IOException {
    Block.writeHeader(
        header, new Block.Header(committed, 0, THIS_BOOT, 0, 0, 0, 1, 0, Block.COMMITTED));
    file.seek(POSITION);
    file.write(header);
  }

  /** Reads how many records are committed; -1 when it is not known. */
  static int read(RandomAccessFile segment) throws IOException {
    if (THIS_BOOT == 0 || segment.length() < POSITION + Block.HEADER) {
      return -1;
    }
    byte[] header = new byte[Block.HEADER];
    segment.seek(POSITION);
    segment.readFully(header);
    Block.Header mark = Block.readHeader(header, 0);
    if (mark == null || mark.kind() != Block.COMMITTED || mark.acceptedAt() != THIS_BOOT) {
      return -1;
    }
    return mark.index();
  }

  /** A number that identifies the boot of the machine; 0 when the system has none. */
  private static long thisBoot() {
    try {
      byte[] id = Files.readString(BOOT).strip().getBytes(StandardCharsets.US_ASCII);
      CRC32C crc = new CRC32C();
      crc.update(id);
      return crc.getValue() << 32 | ByteBuffer.wrap(id).getInt() | 1;
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
