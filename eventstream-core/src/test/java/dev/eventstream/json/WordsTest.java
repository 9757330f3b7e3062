package dev.eventstream.json;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
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

  @Property
  void findsTheFirstByteThatDoesNotStandForItself(@ForAll @Size(8) byte[] bytes) {
    assertThat(Words.plainText(Words.at(bytes, 0))).isEqualTo(expected(bytes));
  }

  @Example
  void tellsEveryPairOfNeighboursApart() {
    byte[] bytes = "abcdefgh".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    for (int position = 0; position < 7; position++) {
      for (int pair = 0; pair < 1 << 16; pair++) {
        byte[] changed = bytes.clone();
        changed[position] = (byte) pair;
        changed[position + 1] = (byte) (pair >> 8);
        if (Words.plainText(Words.at(changed, 0)) != expected(changed)) {
          assertThat(changed).as("position %d", position).isEmpty();
        }
      }
    }
  }
}
