package dev.eventstream.spool.log;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A note in a segment file: how many records are drained, and what waits in the others. It is not
 * fsynced, so that an older note may be there after a power cut. {@code drained} is a hint that
 * avoids sending documents again which the cluster has. The other figures are for inspection from
 * outside the process, because documents also leave a segment from its middle.
 *
 * <p>The format is a header with {@code drained} as its index, {@code documents} as its count and
 * {@code oldest} as its time of acceptance; the payload is {@code bytes} (8 bytes) and {@code
 * records} (4 bytes).
 *
 * @param drained how many records, from the first on, have left the spool
 * @param records how many records the following figures cover; 0 when there are no figures
 * @param documents how many documents in these records wait
 * @param bytes how many bytes these documents take
 * @param oldest when the oldest of them was accepted, milliseconds since 1970
 */
public record Progress(int drained, int records, int documents, long bytes, long oldest) {
  /** The end of MapDB's index page, which MapDB does not use. */
  private static final int POSITION = (1 << 20) - 64;

  private static final int PAYLOAD = Long.BYTES + Integer.BYTES;

  /** Writes the note into a segment file, without an fsync. */
  public void write(Path segment) throws IOException {
    byte[] record = new byte[Block.HEADER + PAYLOAD];
    ByteBuffer.wrap(record).putLong(Block.HEADER, bytes).putInt(Block.HEADER + 8, records);
    Block.writeHeader(
        record, new Block.Header(drained, 0, oldest, documents, PAYLOAD, 0, 1, 0, Block.DRAINED));
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.seek(POSITION);
      file.write(record);
    }
  }

  /** Reads the note; null when there is none. */
  public static @Nullable Progress read(RandomAccessFile segment) throws IOException {
    if (segment.length() < POSITION + Block.HEADER + PAYLOAD) {
      return null;
    }
    byte[] record = new byte[Block.HEADER + PAYLOAD];
    segment.seek(POSITION);
    segment.readFully(record);
    Block.Header header = Block.readHeader(record, 0);
    if (header == null || header.kind() != Block.DRAINED) {
      return null;
    }
    boolean figures = header.length() == PAYLOAD && header.fits(record, Block.HEADER);
    ByteBuffer payload = ByteBuffer.wrap(record, Block.HEADER, PAYLOAD);
    return figures
        ? new Progress(
            header.index(),
            payload.getInt(Block.HEADER + 8),
            header.count(),
            payload.getLong(Block.HEADER),
            header.acceptedAt())
        : new Progress(header.index(), 0, 0, 0, Long.MAX_VALUE);
  }
}
