package dev.eventstream.internal.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.internal.text.Words;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A stack of the member names of all open objects, used to find duplicates. Names are compared in
 * place; only a name with escapes is decoded and stored.
 *
 * <p>Up to {@link #PAIRWISE} names of an object are compared in pairs as they arrive. Duplicates
 * among the rest are found by sorting when the object closes, so that an object with a hundred
 * thousand names, or with colliding hashes, cannot cost quadratic time.
 */
final class MemberNames {
  private static final int PAIRWISE = 32;

  private int[] starts = new int[16];
  private int[] ends = new int[16];
  private int[] hashes = new int[16];
  private byte[] @Nullable [] decoded = new byte[16][]; // set if the name has escapes
  private int count;
  private long seen; // one bit per hash in the innermost open object

  void clear() {
    close(0, 0);
  }

  int count() {
    return count;
  }

  /** Opens an object within the current one; returns the argument for {@link #close}. */
  long open() {
    long outer = seen;
    seen = 0;
    return outer;
  }

  /** Closes the innermost object. Its first name is given. */
  void close(int firstName, long outer) {
    count = firstName;
    seen = outer;
  }

  /** Adds a name without escapes; returns false if the object already has it. */
  boolean add(byte[] in, int start, int end, int firstName) {
    return push(in, null, start, end, hash(in, start, end), firstName);
  }

  /** Adds a name that was written with escapes; returns false if the object already has it. */
  boolean add(byte[] in, String name, int firstName) {
    byte[] bytes = name.getBytes(UTF_8);
    return push(in, bytes, 0, bytes.length, hash(bytes, 0, bytes.length), firstName);
  }

  /** Hashes a name's length and its first and last bytes, which distinguish most names. */
  private static int hash(byte[] bytes, int start, int end) {
    int length = end - start;
    long hash = length;
    if (length >= Long.BYTES) {
      hash += Words.at(bytes, start) * 31 + Words.at(bytes, end - Long.BYTES);
    } else {
      for (int i = start; i < end; i++) {
        hash = hash << Byte.SIZE ^ bytes[i];
      }
    }
    return Long.hashCode(hash);
  }

  private boolean push(
      byte[] in, byte @Nullable [] bytes, int start, int end, int hash, int firstName) {
    if (count == starts.length) {
      int larger = 2 * count;
      starts = Arrays.copyOf(starts, larger);
      ends = Arrays.copyOf(ends, larger);
      hashes = Arrays.copyOf(hashes, larger);
      decoded = Arrays.copyOf(decoded, larger);
    }
    starts[count] = start;
    ends[count] = end;
    hashes[count] = hash;
    decoded[count] = bytes;
    long bit = 1L << hash; // the shift uses the lower six bits
    boolean maybe = (seen & bit) != 0;
    seen |= bit;
    if (maybe && count - firstName < PAIRWISE) {
      for (int i = firstName; i < count; i++) {
        if (hashes[i] == hash && compare(in, i, count) == 0) {
          return false;
        }
      }
    }
    count++;
    return true;
  }

  /**
   * Returns whether an object that is about to close, and has too many names for comparison in
   * pairs, contains a duplicate.
   */
  boolean hasDuplicate(byte[] in, int firstName) {
    if (count - firstName <= PAIRWISE) {
      return false;
    }
    Comparator<Integer> byName = (a, b) -> compare(in, a, b);
    Integer[] sorted =
        IntStream.range(firstName, count).boxed().sorted(byName).toArray(Integer[]::new);
    for (int i = 1; i < sorted.length; i++) {
      if (compare(in, sorted[i - 1], sorted[i]) == 0) {
        return true;
      }
    }
    return false;
  }

  private int compare(byte[] in, int a, int b) {
    byte[] left = decoded[a] == null ? in : decoded[a];
    byte[] right = decoded[b] == null ? in : decoded[b];
    return Arrays.compareUnsigned(left, starts[a], ends[a], right, starts[b], ends[b]);
  }
}
