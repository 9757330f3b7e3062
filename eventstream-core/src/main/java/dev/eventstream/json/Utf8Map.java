package dev.eventstream.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map from text to values that is probed by the text's UTF-8 bytes where they lie, so
 * that a lookup makes no string. Open addressing with linear probing at a load of at most one half.
 */
public final class Utf8Map<V> {
  private final byte[] keys; // all keys, one after another
  private final int[] slots; // entry number + 1; 0: free
  private final int[] hashes; // by entry
  private final int[] starts; // by entry; one more than there are entries
  private final Object[] values; // by entry
  private final boolean ascii; // whether all keys are

  public Utf8Map(Map<String, ? extends V> map) {
    int size = map.size();
    int capacity = Math.max(2, Integer.highestOneBit(Math.max(1, size * 2 - 1)) * 2);
    slots = new int[capacity];
    hashes = new int[size];
    starts = new int[size + 1];
    values = new Object[size];
    byte[] buffer = new byte[16 * size];
    int entry = 0;
    int length = 0;
    for (Map.Entry<String, ? extends V> e : map.entrySet()) {
      byte[] key = e.getKey().getBytes(UTF_8);
      if (buffer.length - length < key.length) {
        buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, length + key.length));
      }
      System.arraycopy(key, 0, buffer, length, key.length);
      length += key.length;
      hashes[entry] = hash(key, 0, key.length);
      starts[entry + 1] = length;
      values[entry] = e.getValue();
      int slot = hashes[entry] & capacity - 1;
      while (slots[slot] != 0) {
        slot = slot + 1 & capacity - 1;
      }
      slots[slot] = entry + 1;
      entry++;
    }
    keys = Arrays.copyOf(buffer, length);
    ascii = isAscii(keys);
  }

  private static boolean isAscii(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  public @Nullable V get(byte[] utf8, int start, int end) {
    int hash = hash(utf8, start, end);
    int mask = slots.length - 1;
    int slot = hash & mask;
    while (slots[slot] != 0) {
      int entry = slots[slot] - 1;
      if (hashes[entry] == hash && isKey(entry, utf8, start, end)) {
        return value(entry);
      }
      slot = slot + 1 & mask;
    }
    return null;
  }

  /** As {@code Arrays.equals} with ranges, which takes longer to begin than short keys need. */
  private boolean isKey(int entry, byte[] utf8, int start, int end) {
    int keyStart = starts[entry];
    int length = end - start;
    if (starts[entry + 1] - keyStart != length) {
      return false;
    }
    int i = 0;
    for (; i <= length - Long.BYTES; i += Long.BYTES) {
      if (Words.at(keys, keyStart + i) != Words.at(utf8, start + i)) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (keys[keyStart + i] != utf8[start + i]) {
        return false;
      }
    }
    return true;
  }

  @SuppressWarnings("unchecked") // only values of type V are put in
  private V value(int entry) {
    return (V) values[entry];
  }

  /**
   * As {@link #get(byte[], int, int)}, for text that is a string already. Makes nothing as long as
   * the text is ASCII, whose hash a string remembers.
   */
  public @Nullable V get(String text) {
    int hash = spread(text.hashCode());
    int mask = slots.length - 1;
    int slot = hash & mask;
    while (slots[slot] != 0) {
      int entry = slots[slot] - 1;
      if (hashes[entry] == hash && isAscii(text, entry)) {
        return value(entry);
      }
      slot = slot + 1 & mask;
    }
    return ascii ? null : getOther(text);
  }

  /** Whether an entry's key is this text, and both are ASCII. */
  private boolean isAscii(String text, int entry) {
    int start = starts[entry];
    int length = starts[entry + 1] - start;
    if (text.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (text.charAt(i) != keys[start + i]) {
        return false;
      }
    }
    return true;
  }

  private @Nullable V getOther(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        byte[] utf8 = text.getBytes(UTF_8);
        return get(utf8, 0, utf8.length);
      }
    }
    return null;
  }

  public int size() {
    return values.length;
  }

  private static int hash(byte[] utf8, int start, int end) {
    int hash = 0;
    int i = start;
    for (; i <= end - 4; i += 4) { // four at a time: they need not wait for one another
      hash =
          31 * 31 * 31 * 31 * hash
              + 31 * 31 * 31 * utf8[i]
              + 31 * 31 * utf8[i + 1]
              + 31 * utf8[i + 2]
              + utf8[i + 3];
    }
    for (; i < end; i++) {
      hash = 31 * hash + utf8[i];
    }
    return spread(hash); // before that, it is what String.hashCode() gives for ASCII
  }

  /** Spreads what differs in the last bytes only. */
  private static int spread(int hash) {
    int spread = hash * 0x9E3779B9;
    return spread ^ spread >>> 16;
  }
}
