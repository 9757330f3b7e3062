package dev.eventstream.json;

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

  /**
   * How many of eight bytes stand for themselves in a JSON string, before the first one that is a
   * quote, a backslash, a control character or not ASCII; 8 when there is none.
   */
  static int plainText(long word) {
    // Each difference has a byte's high bit set where the byte is what is looked for, or is not
    // ASCII. A borrow can spoil bytes above such a byte only, and the lowest one counts.
    long control = word - ONES * 0x20;
    long quote = (word ^ ONES * '"') - ONES;
    long backslash = (word ^ ONES * '\\') - ONES;
    long special = (word | control | quote | backslash) & HIGH_BITS;
    return Long.numberOfTrailingZeros(special) >>> 3;
  }
}
