package dev.eventstream.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

final class WordsTest {
  private static int expected(byte[] bytes) {
    for (int i = 0; i < 8; i++) {
      int c = bytes[i] & 0xFF;
      if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') {
        return i;
      }
    }
    return 8;
  }

  private static int found(byte[] bytes) {
    long special = Words.special(Words.at(bytes, 0));
    return special == 0 ? 8 : Words.first(special);
  }

  @Property
  void findsTheFirstByteThatDoesNotRepresentItself(@ForAll @Size(8) byte[] bytes) {
    assertThat(found(bytes)).isEqualTo(expected(bytes));
  }

  @Property
  void findsTheFirstSpecialByteOfAName(
      @ForAll @Size(8) byte[] bytes, @ForAll @IntRange(max = 8) int dot) {
    if (dot < 8) {
      bytes[dot] = '.';
    }
    assertThat(foundInName(bytes)).isEqualTo(expectedInName(bytes));
  }

  private static int foundInName(byte[] bytes) {
    long special = Words.specialInName(Words.at(bytes, 0));
    return special == 0 ? 8 : Words.first(special);
  }

  private static int expectedInName(byte[] bytes) {
    for (int i = 0; i < 8; i++) {
      if (bytes[i] < '0' || bytes[i] == '\\') {
        return i;
      }
    }
    return 8;
  }

  @Example
  void distinguishesEveryPairOfNeighbours() {
    byte[] bytes = "abcdefgh".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    for (int position = 0; position < 7; position++) {
      for (int pair = 0; pair < 1 << 16; pair++) {
        byte[] changed = bytes.clone();
        changed[position] = (byte) pair;
        changed[position + 1] = (byte) (pair >> 8);
        if (found(changed) != expected(changed)
            || foundInName(changed) != expectedInName(changed)) {
          assertThat(changed).as("position %d", position).isEmpty();
        }
      }
    }
  }
}
