package dev.eventstream.internal.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class Utf8MapTest {
  private static <V> @Nullable V get(Utf8Map<V> map, String key) {
    byte[] bytes = ("ab" + key + "cd").getBytes(UTF_8);
    V found = map.get(bytes, 2, bytes.length - 2);
    assertThat(map.get(key)).as("by string: %s", key).isSameAs(found);
    return found;
  }

  @Test
  void findsTheSameAsAHashMap() {
    Random random = new Random(5);
    for (int round = 0; round < 500; round++) {
      Map<String, Integer> expected = new HashMap<>();
      for (int i = random.nextInt(1 << random.nextInt(9)); i > 0; i--) {
        expected.put(key(random), i);
      }
      Utf8Map<Integer> map = new Utf8Map<>(expected);

      assertThat(map.size()).isEqualTo(expected.size());
      expected.forEach((key, value) -> assertThat(get(map, key)).isEqualTo(value));
      for (int i = 0; i < 200; i++) {
        String key = key(random);
        assertThat(get(map, key)).isEqualTo(expected.get(key));
      }
    }
  }

  private static String key(Random random) {
    String[] parts = {"Aa", "BB", "a", "\u00e9", "\u0000", "\ud83d\ude00"};
    StringBuilder key = new StringBuilder();
    for (int i = random.nextInt(5); i > 0; i--) {
      key.append(parts[random.nextInt(parts.length)]);
    }
    return key.toString();
  }

  @Test
  void distinguishesKeysWithEqualHashes() {
    List<String> keys = new ArrayList<>(List.of(""));
    for (int i = 0; i < 10; i++) {
      List<String> longer = new ArrayList<>();
      for (String key : keys) {
        longer.add(key + "Aa");
        longer.add(key + "BB");
      }
      keys = longer;
    }
    Map<String, String> even = new HashMap<>();
    for (int i = 0; i < keys.size(); i += 2) {
      even.put(keys.get(i), "value of " + keys.get(i));
    }
    Utf8Map<String> map = new Utf8Map<>(even);

    for (String key : keys) {
      assertThat(get(map, key)).isEqualTo(even.get(key));
    }
  }

  @Test
  void copiesItsMap() {
    Map<String, String> source = new HashMap<>(Map.of("a", "1"));
    Utf8Map<String> map = new Utf8Map<>(source);
    source.put("b", "2");
    source.remove("a");

    assertThat(get(map, "a")).isEqualTo("1");
    assertThat(get(map, "b")).isNull();
  }

  @Test
  void aBuilderKeepsTheFirstOfEqualKeys() {
    Map<String, Integer> expected = new HashMap<>();
    Utf8Map.Builder<Integer> builder = new Utf8Map.Builder<>();
    Random random = new Random(6);
    for (int i = 0; i < 5_000; i++) {
      String key = key(random);
      boolean isNew = expected.putIfAbsent(key, i) == null;
      assertThat(builder.contains(key)).isEqualTo(!isNew);
      assertThat(builder.add(key, i)).isEqualTo(isNew);
      assertThat(builder.contains(key)).isTrue();
    }
    Utf8Map<Integer> map = builder.build();

    assertThat(map.size()).isEqualTo(expected.size());
    expected.forEach((key, value) -> assertThat(get(map, key)).isEqualTo(value));
  }

  @Test
  void anEmptyMapFindsNothingAndAnEmptyKeyIsFound() {
    Utf8Map<String> none = new Utf8Map<>(Map.of());
    Utf8Map<String> ofTheEmptyKey = new Utf8Map<>(Map.of("", "1"));

    assertThat(get(none, "")).isNull();
    assertThat(get(ofTheEmptyKey, "")).isEqualTo("1");
    assertThat(get(ofTheEmptyKey, "a")).isNull();
  }
}
