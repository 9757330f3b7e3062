package dev.eventstream.spool;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Notes in a segment how many of its records are committed, after each commit and without an fsync:
 * a header whose index is that number and whose time of acceptance is a number for the boot of the
 * machine. What a killed process has written is there as long as the machine runs; so by the mark
 * of this boot one knows whether a record that is not whole was torn by the kill, with nobody told
 * that it is kept, or is damaged. After a power cut the mark is of another boot, and says nothing.
 */
final class CommitMark implements Closeable {
  /** Beside the mark of what is drained, at the end of MapDB's index page. */
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

  /** How many records are committed; -1 where that is not known. */
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

  /** A number for what the machine has run since; 0 where it gives none. */
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
