package dev.eventstream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UuidV7Test {
  private static String uuid(long millis, long random1, long random2) {
    byte[] bytes = "#".repeat(40).getBytes(US_ASCII);
    UuidV7.write(millis, random1, random2, bytes, 2);
    String text = new String(bytes, US_ASCII);
    assertThat(text).startsWith("##").endsWith("##");
    return text.substring(2, 38);
  }

  @Test
  void agreesWithTheExampleOfRfc9562() {
    assertThat(uuid(0x017F22E279B0L, 0xCC3L, 0x18C4DC0C0C07398FL))
        .isEqualTo("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0x5555_5555_5555_5555L})
  void hasVersion7AndVariant2ForAnyRandomBits(long bits) {
    UUID uuid = UUID.fromString(uuid(1_769_847_330_123L, bits, bits));

    assertThat(uuid.version()).isEqualTo(7);
    assertThat(uuid.variant()).isEqualTo(2);
    assertThat(uuid.getMostSignificantBits() >>> 16).isEqualTo(1_769_847_330_123L);
    assertThat(uuid.getMostSignificantBits() & 0xFFF).isEqualTo(bits & 0xFFF);
    assertThat(uuid.getLeastSignificantBits() << 2).isEqualTo(bits << 2);
  }

  @Test
  void sortsByTimeForAnyRandomBits() {
    Random random = new Random(1);
    String before = uuid(0, -1, -1);
    for (long millis : new long[] {1, 255, 256, 65_535, 65_536, 1L << 32, (1L << 48) - 1}) {
      String next = uuid(millis, random.nextLong(), random.nextLong());
      assertThat(next).isGreaterThan(before);
      before = uuid(millis, -1, -1);
    }
  }
}
