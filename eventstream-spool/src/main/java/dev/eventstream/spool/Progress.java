package dev.eventstream.spool;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Notes in a segment how far it is drained, and what waits in it. It is not fsynced: after a power
 * cut it may be an older one. So the first is a hint, which spares sending again what the cluster
 * has; the rest is for {@link SpoolInspection}, as documents also leave a segment from its middle.
 *
 * <p>A header with {@code drained} as its index, {@code documents} as its count and {@code oldest}
 * as its time of acceptance; the payload is {@code bytes} (8 bytes) and {@code records} (4 bytes).
 *
 * @param drained up to which record the cluster has everything
 * @param records how many records the figures below cover; 0: there are no figures
 * @param documents how many documents in these records wait
 * @param bytes how many bytes these documents take
 * @param oldest when the oldest was accepted, milliseconds since 1970
 */
record Progress(int drained, int records, int documents, long bytes, long oldest) {
  /** At the end of MapDB's index page. */
  private static final int POSITION = (1 << 20) - 64;

  private static final int PAYLOAD = Long.BYTES + Integer.BYTES;

  void write(Path segment) throws IOException {
    byte[] record = new byte[Block.HEADER + PAYLOAD];
    ByteBuffer.wrap(record).putLong(Block.HEADER, bytes).putInt(Block.HEADER + 8, records);
    Block.writeHeader(
        record, new Block.Header(drained, 0, oldest, documents, PAYLOAD, 0, 1, 0, Block.DRAINED));
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.seek(POSITION);
      file.write(record);
    }
  }

  /** What is noted; null when that is nothing. */
  static @Nullable Progress read(RandomAccessFile segment) throws IOException {
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
