package dev.eventstream;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.jspecify.annotations.Nullable;

/** Members of the types that JSON knows are written byte for byte as Jackson writes them. */
final class MemberJsonPropertyTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String[] TEXTS = {
    "", "a", "\"", "\\", "\n", "\u0001", "\u007f", "\u00e9", "\u20ac", "\ud83d\ude00", "\u2028", "/"
  };

  @Provide
  Arbitrary<Map<String, @Nullable Object>> members() {
    return Arbitraries.randomValue(random -> map(random, 0));
  }

  private static Map<String, @Nullable Object> map(Random random, int depth) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      map.put("m" + text(random), value(random, depth));
    }
    return map;
  }

  private static @Nullable Object value(Random random, int depth) {
    return switch (random.nextInt(depth < 4 ? 12 : 9)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> random.nextInt();
      case 3 -> random.nextLong();
      case 4 -> random.nextGaussian() * Math.pow(10, random.nextInt(600) - 300);
      case 5 -> random.nextFloat();
      case 6 -> BigDecimal.valueOf(random.nextLong(), random.nextInt(80) - 40);
      case 7 -> text(random).toCharArray();
      case 8 -> text(random);
      case 9 -> map(random, depth + 1);
      case 10 -> new double[] {random.nextDouble(), -0.0, random.nextInt()};
      default -> {
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          list.add(value(random, depth + 1));
        }
        yield random.nextBoolean() ? list : list.toArray();
      }
    };
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      text.append(TEXTS[random.nextInt(TEXTS.length)]);
    }
    return text.toString();
  }

  @Property(tries = 3_000, shrinking = ShrinkingMode.OFF)
  void writesWhatJacksonWrites(@ForAll("members") Map<String, @Nullable Object> members)
      throws Exception {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("eventType", "t");
    all.put("eventValue", "v");
    all.putAll(members);

    byte[] expected = JSON.writeValueAsBytes(all);
    assertThat(Event.of("t", "v", members).toJson()).isEqualTo(expected);
    assertThat(Event.of("t", "v", members, JSON::writeValueAsBytes).toJson()).isEqualTo(expected);
  }
}
