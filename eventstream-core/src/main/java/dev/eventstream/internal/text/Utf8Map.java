package dev.eventstream.internal.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map from text to values that is probed by the text's UTF-8 bytes where they lie, so
 * that a lookup makes no string. Open addressing with linear probing at a load of at most one half.
 */
public final class Utf8Map<V> {
  private static final int POWER_8 = (int) (31L * 31 * 31 * 31 * 31 * 31 * 31 * 31);

  private final byte[] keys; // all keys, one after another
  private final int[] slots; // entry number + 1; 0: free
  private final int[] hashes; // by entry
  private final int[] starts; // by entry; one more than there are entries
  private final int[]
      valueNumbers; // by entry; numbers, as arrays of references keep collectors busy
  private final Object[] values; // by number, few where many entries have the same
  private final boolean ascii; // whether all keys are

  public Utf8Map(Map<String, ? extends V> map) {
    this(builderOf(map));
  }

  private Utf8Map(Builder<V> built) {
    keys = Arrays.copyOf(built.keys, built.starts[built.size]);
    slots = built.slots;
    hashes = Arrays.copyOf(built.hashes, built.size);
    starts = Arrays.copyOf(built.starts, built.size + 1);
    valueNumbers = Arrays.copyOf(built.valueNumbers, built.size);
    values = built.values.toArray();
    ascii = isAscii(keys);
  }

  private static <V> Builder<V> builderOf(Map<String, ? extends V> map) {
    Builder<V> builder = new Builder<>();
    map.forEach(builder::add);
    return builder;
  }

  /**
   * Makes a map entry by entry, in the arrays that become the map's own: a map of a million strings
   * in between would fill the heap, and collecting it would stop all threads.
   */
  public static final class Builder<V> {
    /** How many distinct values are remembered, so that each is there only once. */
    private static final int REMEMBERED_VALUES = 10_000;

    private byte[] keys = new byte[256];
    private int[] slots = new int[2]; // a power of two, at least twice as many as entries
    private int[] hashes = new int[8];
    private int[] starts = new int[9];
    private int[] valueNumbers = new int[8];
    private final List<V> values = new ArrayList<>();
    private final Map<V, Integer> remembered = new HashMap<>(); // their numbers
    private int size;

    /** Adds an entry; false, and nothing added, when the key is there already. */
    public boolean add(String key, V value) {
      byte[] utf8 = key.getBytes(UTF_8);
      int hash = hash(utf8, 0, utf8.length);
      int slot = slot(slots, hashes, keys, starts, utf8, 0, utf8.length, hash);
      if (slots[slot] != 0) {
        return false;
      }
      makeRoom(utf8.length);
      int start = starts[size];
      System.arraycopy(utf8, 0, keys, start, utf8.length);
      hashes[size] = hash;
      valueNumbers[size] = number(value);
      starts[++size] = start + utf8.length;
      if (2 * size > slots.length) {
        slots = new int[2 * slots.length];
        for (int entry = 0; entry < size; entry++) {
          slots[free(slots, hashes[entry])] = entry + 1;
        }
      } else {
        slots[slot] = size;
      }
      return true;
    }

    public boolean contains(String key) {
      byte[] utf8 = key.getBytes(UTF_8);
      int hash = hash(utf8, 0, utf8.length);
      return slots[slot(slots, hashes, keys, starts, utf8, 0, utf8.length, hash)] != 0;
    }

    public Utf8Map<V> build() {
      return new Utf8Map<>(this);
    }

    private void makeRoom(int length) {
      if (keys.length - starts[size] < length) {
        keys = Arrays.copyOf(keys, Math.max(2 * keys.length, starts[size] + length));
      }
      if (size == hashes.length) {
        hashes = Arrays.copyOf(hashes, 2 * size);
        starts = Arrays.copyOf(starts, 2 * size + 1);
        valueNumbers = Arrays.copyOf(valueNumbers, 2 * size);
      }
    }

    private int number(V value) {
      Integer known = remembered.get(value);
      if (known != null) {
        return known;
      }
      int number = values.size();
      values.add(value);
      if (number < REMEMBERED_VALUES) {
        remembered.put(value, number);
      }
      return number;
    }

    private static int free(int[] slots, int hash) {
      int mask = slots.length - 1;
      int slot = hash & mask;
      while (slots[slot] != 0) {
        slot = slot + 1 & mask;
      }
      return slot;
    }
  }

  /** The slot of a key, or the free one where it would be. */
  private static int slot(
      int[] slots,
      int[] hashes,
      byte[] keys,
      int[] starts,
      byte[] utf8,
      int start,
      int end,
      int hash) {
    int mask = slots.length - 1;
    int slot = hash & mask;
    while (slots[slot] != 0) {
      int entry = slots[slot] - 1;
      if (hashes[entry] == hash
          && Words.equal(keys, starts[entry], starts[entry + 1], utf8, start, end)) {
        return slot;
      }
      slot = slot + 1 & mask;
    }
    return slot;
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
    int entry = slots[slot(slots, hashes, keys, starts, utf8, start, end, hash(utf8, start, end))];
    return entry == 0 ? null : value(entry - 1);
  }

  @SuppressWarnings("unchecked") // only values of type V are put in
  private V value(int entry) {
    return (V) values[valueNumbers[entry]];
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
    return hashes.length;
  }

  private static int hash(byte[] utf8, int start, int end) {
    int hash = 0;
    int i = start;
    for (; i <= end - Long.BYTES; i += Long.BYTES) {
      hash = POWER_8 * hash + Words.stringHash(Words.at(utf8, i));
    }
    for (; i < end; i++) {
      hash = 31 * hash + (utf8[i] & 0xFF);
    }
    return spread(hash); // before that, it is what String.hashCode() gives for ASCII
  }

  /** Spreads what differs in the last bytes only. */
  private static int spread(int hash) {
    int spread = hash * 0x9E3779B9;
    return spread ^ spread >>> 16;
  }
}
