package dev.eventstream.spool.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A block: a group of documents, or one large document, in one or more records of a segment. All
 * integers are big-endian:
 *
 * <pre>
 *   at  bytes  field
 *    0  8      magic: 00 FF 'E' 'V' 'B' 'L' FF and the format's version; no JSON has these bytes
 *    8  4      index: the number of the record in its segment, from 0
 *   12  4      committed: how many records of the segment were fsynced before it was written
 *   16  8      accepted: when its oldest document was accepted, milliseconds since 1970
 *   24  4      count: how many documents the block has
 *   28  4      length of the payload in this record
 *   32  2      part: the number of the record in its block, from 0
 *   34  2      parts: how many records the block has
 *   36  4      CRC-32C of the payload
 *   40  4      kind of the payload
 *   44  4      CRC-32C of the 44 bytes before
 *   48  ...    payload
 * </pre>
 *
 * @param kind {@link #DOCUMENTS}, {@link #LETTERS}, {@link #REMOVALS}, {@link #SEAL} or {@link
 *     #DRAINED}
 * @param acceptedAt when its oldest document was accepted, milliseconds since 1970
 * @param count how many documents it has
 * @param parts how many records it takes
 * @param payload its bytes
 */
@SuppressWarnings("ArrayRecordComponent") // blocks are not compared
public record Block(int kind, long acceptedAt, int count, int parts, byte[] payload) {
  /** The payload is the records of a {@link dev.eventstream.spi.DocumentBatch}. */
  public static final int DOCUMENTS = 0;

  /** The payload is dead letters. */
  public static final int LETTERS = 1;

  /** The payload is the keys of removed dead letters. */
  public static final int REMOVALS = 2;

  /** The last record of a segment: everything before it is fsynced. */
  static final int SEAL = 3;

  /** Not a record: the note of {@link Progress}. */
  static final int DRAINED = 4;

  /** Not a record: the header that {@link CommitMark} writes. */
  static final int COMMITTED = 5;

  /** The size of the header, in bytes. */
  public static final int HEADER = 48;

  /** The largest payload of a record: MapDB stores up to 65,520 bytes contiguously. */
  public static final int MAX_PAYLOAD = 60_000;

  private static final long MAGIC = 0x00FF4556424CFF00L;
  private static final int VERSION = 1;

  /** The fields of a header, as the table above names them. */
  public record Header(
      int index,
      int committed,
      long acceptedAt,
      int count,
      int length,
      int part,
      int parts,
      int payloadCrc,
      int kind) {

    boolean fits(byte[] payload, int from) {
      return crc(payload, from, length) == payloadCrc;
    }
  }

  /** Writes a header in front of a payload that starts at {@link #HEADER}. */
  static void writeHeader(byte[] record, Header header) {
    ByteBuffer.wrap(record)
        .putLong(MAGIC | VERSION)
        .putInt(header.index)
        .putInt(header.committed)
        .putLong(header.acceptedAt)
        .putInt(header.count)
        .putInt(header.length)
        .putShort((short) header.part)
        .putShort((short) header.parts)
        .putInt(crc(record, HEADER, header.length))
        .putInt(header.kind)
        .putInt(crc(record, 0, HEADER - 4));
  }

  /**
   * Reads a header.
   *
   * @return null when there is no valid header at this place
   * @throws NewerFormatException when the header is of a later version of the format
   */
  public static @Nullable Header readHeader(byte[] bytes, int at) throws NewerFormatException {
    ByteBuffer in = ByteBuffer.wrap(bytes, at, HEADER);
    long magic = in.getLong();
    if ((magic & ~0xFFL) != MAGIC || crc(bytes, at, HEADER - 4) != in.getInt(at + HEADER - 4)) {
      return null;
    }
    int version = (int) (magic & 0xFF);
    if (version > VERSION) {
      throw new NewerFormatException(version, VERSION);
    }
    return new Header(
        in.getInt(),
        in.getInt(),
        in.getLong(),
        in.getInt(),
        in.getInt(),
        in.getShort() & 0xFFFF,
        in.getShort() & 0xFFFF,
        in.getInt(),
        in.getInt());
  }

  private static int crc(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }
}
