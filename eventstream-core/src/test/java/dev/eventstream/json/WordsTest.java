package dev.eventstream.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
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
  void findsTheFirstByteThatDoesNotStandForItself(@ForAll @Size(8) byte[] bytes) {
    assertThat(found(bytes)).isEqualTo(expected(bytes));
  }

  @Property
  void findsTheFirstByteThatDoesNotStandForItselfOrIsADot(
      @ForAll @Size(8) byte[] bytes, @ForAll @IntRange(max = 8) int dot) {
    if (dot < 8) {
      bytes[dot] = '.';
    }
    int firstDot = new String(bytes, ISO_8859_1).indexOf('.');
    int expected = firstDot < 0 ? expected(bytes) : Math.min(firstDot, expected(bytes));
    long special = Words.specialOrDot(Words.at(bytes, 0));
    assertThat(special == 0 ? 8 : Words.first(special)).isEqualTo(expected);
  }

  @Example
  void tellsEveryPairOfNeighboursApart() {
    byte[] bytes = "abcdefgh".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    for (int position = 0; position < 7; position++) {
      for (int pair = 0; pair < 1 << 16; pair++) {
        byte[] changed = bytes.clone();
        changed[position] = (byte) pair;
        changed[position + 1] = (byte) (pair >> 8);
        if (found(changed) != expected(changed)) {
          assertThat(changed).as("position %d", position).isEmpty();
        }
      }
    }
  }
}
