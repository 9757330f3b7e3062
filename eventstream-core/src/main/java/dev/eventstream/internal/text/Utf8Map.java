package dev.eventstream.internal.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map from text to values. It is looked up by the text's UTF-8 bytes in place, so that
 * a lookup creates no string. Uses open addressing with linear probing at a load factor of at most
 * one half.
 */
public final class Utf8Map<V> {
  private static final int POWER_8 = (int) (31L * 31 * 31 * 31 * 31 * 31 * 31 * 31);

  private final byte[] keys; // all keys, concatenated
  private final int[] slots; // entry number + 1, or 0 if free
  private final int[] hashes; // per entry
  private final int[] starts; // per entry, followed by the end of the last key
  private final int[] valueNumbers; // per entry; arrays of references burden the collector
  private final Object[] values; // by number; entries with equal values share one
  private final boolean ascii; // whether all keys are ASCII

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
   * Builds a map entry by entry, directly in the map's own arrays. An intermediate map of a million
   * strings would fill the heap, and collecting it would stop all threads.
   */
  public static final class Builder<V> {
    /** How many distinct values are deduplicated. */
    private static final int REMEMBERED_VALUES = 10_000;

    private byte[] keys = new byte[256];
    private int[] slots = new int[2]; // a power of two, at least twice as many as entries
    private int[] hashes = new int[8];
    private int[] starts = new int[9];
    private int[] valueNumbers = new int[8];
    private final List<V> values = new ArrayList<>();
    private final Map<V, Integer> remembered = new HashMap<>(); // values and their numbers
    private int size;

    /** Adds an entry. Returns false and adds nothing if the key already exists. */
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

  /** Returns the slot of a key, or the free slot for it. */
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

  @SuppressWarnings("unchecked") // only values of type V are added
  private V value(int entry) {
    return (V) values[valueNumbers[entry]];
  }

  /**
   * Like {@link #get(byte[], int, int)} for a string. Does not allocate if the text is ASCII,
   * because a string caches its hash.
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

  /** Returns whether an entry's key equals this text and both are ASCII. */
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
    return spread(hash); // before spreading, equal to String.hashCode() for ASCII
  }

  /** Spreads hashes that differ only in the last bytes. */
  private static int spread(int hash) {
    int spread = hash * 0x9E3779B9;
    return spread ^ spread >>> 16;
  }
}
