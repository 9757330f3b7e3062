package dev.eventstream.internal.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.internal.text.Words;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The member names of all objects that are open, as a stack, to find duplicates. Names are compared
 * where they lie; only a name with escapes is decoded and kept.
 *
 * <p>Up to {@link #PAIRWISE} names of an object are compared pair by pair as they come. The rest
 * waits until the object closes and is then found by sorting, so that an object of a hundred
 * thousand names, or of names with colliding hashes, cannot cost quadratic time.
 */
final class MemberNames {
  private static final int PAIRWISE = 32;

  private int[] starts = new int[16];
  private int[] ends = new int[16];
  private int[] hashes = new int[16];
  private byte[] @Nullable [] decoded = new byte[16][]; // set where the name has escapes
  private int count;
  private long seen; // a bit for each hash of the innermost object that is open

  void clear() {
    close(0, 0);
  }

  int count() {
    return count;
  }

  /** Opens an object within the one that is open; returns what {@link #close} needs. */
  long open() {
    long outer = seen;
    seen = 0;
    return outer;
  }

  /** Closes the innermost object, whose first name is given. */
  void close(int firstName, long outer) {
    count = firstName;
    seen = outer;
  }

  /** Adds a name without escapes; false when the object already has it. */
  boolean add(byte[] in, int start, int end, int firstName) {
    return push(in, null, start, end, hash(in, start, end), firstName);
  }

  /** Adds a name that was written with escapes; false when the object already has it. */
  boolean add(byte[] in, String name, int firstName) {
    byte[] bytes = name.getBytes(UTF_8);
    return push(in, bytes, 0, bytes.length, hash(bytes, 0, bytes.length), firstName);
  }

  /** A hash of a name's length and of its first and last bytes, which tell most names apart. */
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
    long bit = 1L << hash; // by its lower six bits
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

  /** Whether an object that is about to close, and has too many names for pairs, repeats one. */
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
