package dev.eventstream;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.internal.json.Fields;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/** Fields are counted as an engine maps them. */
final class FieldsPropertyTest {
  @Provide
  Arbitrary<byte[]> events() {
    return Arbitraries.randomValue(random -> new RandomJson(new Random(random.nextLong())).event());
  }

  @Property(tries = 2_000, shrinking = ShrinkingMode.OFF)
  void countsThePathsOfATree(@ForAll("events") byte[] json) throws Exception {
    Set<List<String>> paths = new HashSet<>();
    collect(new ObjectMapper().readTree(json), List.of(), paths);

    Event event = Event.parse(json);
    assertThat(Fields.moreThan(paths.size(), event.bytes, event.layout.start)).isFalse();
    assertThat(Fields.moreThan(paths.size() - 1, event.bytes, event.layout.start)).isTrue();
    assertThat(event.layout.members + event.layout.dots)
        .as("the upper bound that avoids counting")
        .isGreaterThanOrEqualTo(paths.size());
  }

  @Example
  void aDottedNameIsTheSameFieldAsNestedObjects() throws Exception {
    Event event =
        Event.parse(
            "{\"eventType\":\"a\",\"eventValue\":\"b\",\"o\":[{\"p.q\":1},{\"p\":{\"q\":2}}],"
                + "\"o.p.\\u0071\":3}");

    assertThat(Fields.moreThan(4, event.bytes, 0)).isTrue();
    assertThat(Fields.moreThan(5, event.bytes, 0)).isFalse();
  }

  private static void collect(JsonNode node, List<String> path, Set<List<String>> paths) {
    if (node.isArray()) {
      node.forEach(element -> collect(element, path, paths));
    }
    node.properties()
        .forEach(
            member -> {
              List<String> inner = path;
              for (String part : member.getKey().split("\\.", -1)) {
                inner = new ArrayList<>(inner);
                inner.add(part);
                paths.add(inner);
              }
              collect(member.getValue(), inner, paths);
            });
  }
}
