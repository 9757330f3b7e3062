package dev.eventstream.internal.text;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Operations on eight bytes of an array at a time, the first byte lowest. */
public final class Words {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

  private Words() {}

  /** Reads the eight bytes at a position. */
  public static long at(byte[] bytes, int position) {
    return (long) WORD.get(bytes, position);
  }

  /** Writes eight bytes at a position. */
  public static void put(long word, byte[] bytes, int position) {
    WORD.set(bytes, position, word);
  }

  /** Like {@code Arrays.equals} with ranges, but with less overhead for short texts. */
  public static boolean equal(
      byte[] left, int leftStart, int leftEnd, byte[] right, int rightStart, int rightEnd) {
    int length = leftEnd - leftStart;
    if (rightEnd - rightStart != length) {
      return false;
    }
    int i = 0;
    for (; i <= length - Long.BYTES; i += Long.BYTES) {
      if (at(left, leftStart + i) != at(right, rightStart + i)) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (left[leftStart + i] != right[rightStart + i]) {
        return false;
      }
    }
    return true;
  }

  /** Returns the {@code String.hashCode()} of eight Latin-1 characters. */
  public static int stringHash(long word) {
    long pairs = (word & 0x00FF_00FF_00FF_00FFL) * 31 + (word >>> 8 & 0x00FF_00FF_00FF_00FFL);
    long fours =
        (pairs & 0x0000_FFFF_0000_FFFFL) * (31 * 31) + (pairs >>> 16 & 0x0000_FFFF_0000_FFFFL);
    return (int) fours * (31 * 31 * 31 * 31) + (int) (fours >>> 32);
  }

  /**
   * Sets the high bit of the first byte that does not represent itself in a JSON string: a quote, a
   * backslash, a control character or a non-ASCII byte. Returns 0 if there is none. Bytes after the
   * first one may be marked spuriously.
   */
  public static long special(long word) {
    // Each difference sets a byte's high bit if the byte is one of those, or is not ASCII. A borrow
    // affects only bytes above such a byte, and only the lowest marked byte is used.
    long control = word - ONES * 0x20;
    long quote = (word ^ ONES * '"') - ONES;
    long backslash = (word ^ ONES * '\\') - ONES;
    return (word | control | quote | backslash) & HIGH_BITS;
  }

  /**
   * Like {@link #special} for a member's name: marks every character below {@code 0}, including the
   * dot and the quote, so that finding dots is free.
   */
  public static long specialInName(long word) {
    long belowDigits = word - ONES * '0';
    long backslash = (word ^ ONES * '\\') - ONES;
    return (word | belowDigits | backslash) & HIGH_BITS;
  }

  /** Returns the index of the first marked byte. */
  public static int first(long marks) {
    return Long.numberOfTrailingZeros(marks) >>> 3;
  }
}
