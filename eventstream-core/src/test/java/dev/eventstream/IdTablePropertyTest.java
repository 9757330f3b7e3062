package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class IdTablePropertyTest {
  /** "Aa" and "BB" have equal hashes, and so have all strings composed of them. */
  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.oneOf(
        Arbitraries.of("Aa", "BB").list().ofMaxSize(5).map(parts -> String.join("", parts)),
        Arbitraries.strings().ofMaxLength(4).map(text -> new String(text.getBytes(UTF_8), UTF_8)));
  }

  @Property(tries = 200)
  void findsTheSameAsAMapOfMaps(
      @ForAll Map<@From("texts") String, Map<@From("texts") String, String>> ids,
      @ForAll("texts") String otherType,
      @ForAll("texts") String otherValue) {
    IdTable table = new IdTable(ids);
    Map<String, Map<String, String>> expected = new HashMap<>(ids);
    ids.forEach((type, values) -> values.forEach((value, id) -> check(table, type, value, id)));
    check(table, otherType, otherValue, expected.getOrDefault(otherType, Map.of()).get(otherValue));
  }

  private static void check(IdTable table, String type, String value, String id) {
    assertThat(table.resolve(type, value)).isEqualTo(id);
    byte[] around = ("#" + type + "#" + value + "#").getBytes(UTF_8);
    int typeEnd = 1 + type.getBytes(UTF_8).length;
    assertThat(table.resolve(around, 1, typeEnd, typeEnd + 1, around.length - 1)).isEqualTo(id);
  }
}
