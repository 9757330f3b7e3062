package dev.eventstream.server.body;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Decodes {@code gzip} (RFC 1952), also several concatenated members. The JDK's {@code
 * GZIPInputStream} would block a thread per body.
 */
final class GzipDecoder extends ContentDecoder {
  private static final int FLAG_HEADER_CRC = 2;
  private static final int FLAG_EXTRA = 4;
  private static final int FLAG_NAME = 8;
  private static final int FLAG_COMMENT = 16;
  private static final int FLAGS_RESERVED = 0xE0;

  /** The part of the format that is read next. */
  private enum Part {
    FIXED_HEADER,
    EXTRA_LENGTH,
    EXTRA,
    NAME,
    COMMENT,
    HEADER_CRC,
    DATA,
    TRAILER
  }

  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private Part part = Part.FIXED_HEADER;
  private int seen; // bytes of the part
  private long value; // of the last eight of them, little-endian
  private int flags;
  private int extraLength;
  private boolean hasMember;

  GzipDecoder(ByteSink next, int maxBytes) {
    super("gzip", next, maxBytes);
  }

  @Override
  public void accept(ByteBuffer chunk) throws IOException {
    while (chunk.hasRemaining()) {
      if (part == Part.DATA) {
        inflate(chunk);
      } else {
        int b = chunk.get() & 0xFF;
        value = value >>> 8 | (long) b << 56;
        seen++;
        switch (part) {
          case FIXED_HEADER -> fixedHeader(b);
          case EXTRA_LENGTH -> {
            if (seen == 2) {
              extraLength = (int) (value >>> 48);
              begin(extraLength == 0 ? Part.NAME : Part.EXTRA);
            }
          }
          case EXTRA -> {
            if (seen == extraLength) {
              begin(Part.NAME);
            }
          }
          case NAME, COMMENT -> {
            if (b == 0) {
              begin(part == Part.NAME ? Part.COMMENT : Part.HEADER_CRC);
            }
          }
          case HEADER_CRC -> {
            if (seen == 2) {
              begin(Part.DATA);
            }
          }
          case TRAILER -> trailer();
          case DATA -> throw new AssertionError("handled above");
        }
      }
    }
  }

  private void fixedHeader(int b) throws BodyException {
    if ((seen == 1 && b != 0x1F) || (seen == 2 && b != 0x8B)) {
      throw corrupt(hasMember ? "data follows its end" : "its first bytes are not those of gzip");
    }
    if (seen == 3 && b != Deflater.DEFLATED) {
      throw corrupt("method " + b + " is unknown");
    }
    if (seen == 4) {
      flags = b;
      if ((b & FLAGS_RESERVED) != 0) {
        throw corrupt("its header has unknown flags");
      }
    }
    if (seen == 10) {
      begin(Part.EXTRA_LENGTH);
    }
  }

  /** Continues with the first present part of the header from here on, or with the data. */
  private void begin(Part first) {
    part = first;
    if (part == Part.EXTRA_LENGTH && (flags & FLAG_EXTRA) == 0) {
      part = Part.NAME;
    }
    if (part == Part.NAME && (flags & FLAG_NAME) == 0) {
      part = Part.COMMENT;
    }
    if (part == Part.COMMENT && (flags & FLAG_COMMENT) == 0) {
      part = Part.HEADER_CRC;
    }
    if (part == Part.HEADER_CRC && (flags & FLAG_HEADER_CRC) == 0) {
      part = Part.DATA;
    }
    seen = 0;
  }

  private void inflate(ByteBuffer chunk) throws IOException {
    inflater.setInput(chunk);
    try {
      while (!inflater.finished()) {
        int length = inflater.inflate(buffer());
        if (length > 0) {
          crc.update(buffer(), 0, length);
          forward(length);
        } else if (inflater.needsInput()) {
          return;
        }
      }
    } catch (DataFormatException e) {
      throw corrupt(String.valueOf(e.getMessage()));
    }
    begin(Part.TRAILER);
  }

  private void trailer() throws BodyException {
    if (seen < 8) {
      return;
    }
    boolean sameSum = (value & 0xFFFF_FFFFL) == crc.getValue();
    boolean sameSize = value >>> 32 == (inflater.getBytesWritten() & 0xFFFF_FFFFL);
    if (!sameSum || !sameSize) {
      throw corrupt("its checksum is wrong");
    }
    inflater.reset();
    crc.reset();
    hasMember = true;
    begin(Part.FIXED_HEADER);
  }

  @Override
  boolean mayEnd() {
    return hasMember && part == Part.FIXED_HEADER && seen == 0;
  }

  @Override
  public void close() {
    inflater.end();
  }
}
