package dev.eventstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * Writes UUIDs of version 7 (RFC 9562, section 5.7) as text: 48 bits of Unix milliseconds, so that
 * ids of one moment lie together in the index, and 74 random bits.
 */
final class UuidV7 {
  private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);

  private UuidV7() {}

  /**
   * Writes the 36 characters of a UUID.
   *
   * @param random1 12 random bits are taken from it
   * @param random2 62 random bits are taken from it
   */
  static void write(long millis, long random1, long random2, byte[] into, int at) {
    long high = (millis << 16) | 0x7000 | (random1 & 0x0FFF);
    long low = (random2 & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    hex(high >>> 32, 8, into, at);
    into[at + 8] = '-';
    hex(high >>> 16, 4, into, at + 9);
    into[at + 13] = '-';
    hex(high, 4, into, at + 14);
    into[at + 18] = '-';
    hex(low >>> 48, 4, into, at + 19);
    into[at + 23] = '-';
    hex(low, 12, into, at + 24);
  }

  private static void hex(long value, int digits, byte[] into, int at) {
    for (int i = digits - 1; i >= 0; i--) {
      into[at + i] = HEX[(int) value & 0xF];
      value >>>= 4;
    }
  }
}
