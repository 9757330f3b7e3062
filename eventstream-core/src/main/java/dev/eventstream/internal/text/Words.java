package dev.eventstream.internal.text;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Eight bytes of an array at a time, the first one lowest. */
public final class Words {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

  private Words() {}

  /** The eight bytes at a position. */
  public static long at(byte[] bytes, int position) {
    return (long) WORD.get(bytes, position);
  }

  /** Writes eight bytes at a position. */
  public static void put(long word, byte[] bytes, int position) {
    WORD.set(bytes, position, word);
  }

  /** As {@code Arrays.equals} with ranges, which takes longer to begin than short texts need. */
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

  /** What {@code String.hashCode()} gives for eight characters of Latin-1. */
  public static int stringHash(long word) {
    long pairs = (word & 0x00FF_00FF_00FF_00FFL) * 31 + (word >>> 8 & 0x00FF_00FF_00FF_00FFL);
    long fours =
        (pairs & 0x0000_FFFF_0000_FFFFL) * (31 * 31) + (pairs >>> 16 & 0x0000_FFFF_0000_FFFFL);
    return (int) fours * (31 * 31 * 31 * 31) + (int) (fours >>> 32);
  }

  /**
   * Marks the first of eight bytes that does not stand for itself in a JSON string, because it is a
   * quote, a backslash, a control character or not ASCII, by its high bit; 0 when all do. Bytes
   * behind the first one may be marked without reason.
   */
  public static long special(long word) {
    // Each difference has a byte's high bit set where the byte is what is looked for, or is not
    // ASCII. A borrow can spoil bytes above such a byte only, and the lowest one counts.
    long control = word - ONES * 0x20;
    long quote = (word ^ ONES * '"') - ONES;
    long backslash = (word ^ ONES * '\\') - ONES;
    return (word | control | quote | backslash) & HIGH_BITS;
  }

  /**
   * As {@link #special} for a member's name: marks every character below {@code 0}, of which the
   * dot and the quote are two, so that looking for dots costs nothing.
   */
  public static long specialInName(long word) {
    long belowDigits = word - ONES * '0';
    long backslash = (word ^ ONES * '\\') - ONES;
    return (word | belowDigits | backslash) & HIGH_BITS;
  }

  /** Which of eight bytes is the first that is marked. */
  public static int first(long marks) {
    return Long.numberOfTrailingZeros(marks) >>> 3;
  }
}
