package dev.eventstream;

import dev.eventstream.internal.text.Words;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Writes version 7 UUIDs (RFC 9562, section 5.7) as text: 48 bits of Unix milliseconds, so that IDs
 * of the same time are close together in the index, and 74 random bits.
 */
final class UuidV7 {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private UuidV7() {}

  /**
   * Writes the 36 characters of a UUID.
   *
   * @param random1 supplies 12 random bits
   * @param random2 supplies 62 random bits
   */
  static void write(long millis, long random1, long random2, byte[] into, int at) {
    long high = (millis << 16) | 0x7000 | (random1 & 0x0FFF);
    long low = (random2 & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    long digits = hex(high >>> 32);
    Words.put(digits, into, at);
    digits = hex(high);
    into[at + 8] = '-';
    put4(digits, into, at + 9);
    into[at + 13] = '-';
    put4(digits >>> 32, into, at + 14);
    into[at + 18] = '-';
    digits = hex(low >>> 32);
    put4(digits, into, at + 19);
    into[at + 23] = '-';
    put4(digits >>> 32, into, at + 24);
    Words.put(hex(low), into, at + 28);
  }

  /** Returns the lower 32 bits as eight hex digits, the first digit in the lowest byte. */
  private static long hex(long value) {
    // Spread the half bytes over eight bytes, the first digit lowest, then convert all eight to
    // letters at once.
    long bits = Integer.toUnsignedLong(Integer.reverseBytes((int) value));
    bits = (bits | bits << 16) & 0x0000_FFFF_0000_FFFFL;
    bits = (bits | bits << 8) & 0x00FF_00FF_00FF_00FFL;
    long nibbles = (bits >>> 4 & 0x000F_000F_000F_000FL) | (bits & 0x000F_000F_000F_000FL) << 8;
    long letters = (nibbles + 0x0606_0606_0606_0606L) >>> 4 & 0x0101_0101_0101_0101L;
    return nibbles + 0x3030_3030_3030_3030L + letters * ('a' - '0' - 10);
  }

  private static void put4(long digits, byte[] into, int at) {
    INT.set(into, at, (int) digits);
  }
}
