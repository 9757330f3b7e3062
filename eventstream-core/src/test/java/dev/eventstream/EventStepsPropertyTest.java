package dev.eventstream;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.Arrays;
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

/** Steps that work on bytes have the same result as the same changes of a tree. */
final class EventStepsPropertyTest {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Input(byte[] json, List<String> paths) {}

  @Provide
  Arbitrary<Input> inputs() {
    return Arbitraries.randomValue(EventStepsPropertyTest::input);
  }

  private static Input input(Random random) {
    byte[] json =
        new RandomJson(random)
            .event("\"eventType\":\"t\"", "\"eventValue\":\"v\"", "\"a\":" + value(random));
    try {
      List<String> candidates = new ArrayList<>(List.of("a.b", "x"));
      collect(JSON.readTree(json), "", candidates);
      candidates.removeIf(
          path -> path.startsWith("event") || Arrays.asList(path.split("\\.", -1)).contains(""));
      List<String> paths = new ArrayList<>();
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        paths.add(candidates.get(random.nextInt(candidates.size())));
      }
      return new Input(json, paths);
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String value(Random random) {
    return new RandomJson(random).value(0);
  }

  private static void collect(JsonNode node, String prefix, List<String> paths) {
    if (node.isArray()) {
      node.forEach(element -> collect(element, prefix, paths));
    }
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      String path = prefix + member.getKey();
      paths.add(path);
      collect(member.getValue(), path + ".", paths);
    }
  }

  @Property(tries = 3_000, shrinking = ShrinkingMode.OFF)
  void removesAsATreeDoes(@ForAll("inputs") Input input) throws Exception {
    JsonNode expected = JSON.readTree(input.json);
    for (String path : input.paths) {
      edit(expected, path.split("\\."), 0, null);
    }

    assertSame(EventSteps.remove(input.paths.toArray(String[]::new)), input, expected);
  }

  @Property(tries = 3_000, shrinking = ShrinkingMode.OFF)
  void masksAsATreeDoes(@ForAll("inputs") Input input) throws Exception {
    String path = input.paths.get(0);
    JsonNode expected = JSON.readTree(input.json);
    edit(expected, path.split("\\."), 0, TextNode.valueOf("***"));

    assertSame(EventSteps.mask(path), input, expected);
  }

  @Property(tries = 1_000, shrinking = ShrinkingMode.OFF)
  void addsAsATreeDoes(@ForAll("inputs") Input input) throws Exception {
    ObjectNode expected = (ObjectNode) JSON.readTree(input.json);
    edit(expected, new String[] {"ma"}, 0, null);
    expected.putPOJO("ma", TextNode.valueOf("added"));

    assertSame(EventSteps.add("ma", "added"), input, expected);
  }

  private static void assertSame(EventStep step, Input input, JsonNode expected) throws Exception {
    Event given = Event.parse(input.json);
    Event changed = step.apply(given);
    assertThat(changed).isNotNull();
    assertThat(JSON.writeValueAsString(JSON.readTree(changed.toJson())))
        .as("%s of %s", input.paths, given)
        .isEqualTo(JSON.writeValueAsString(expected));
    assertThat(changed.eventValue()).isEqualTo("v");
    assertThat(given.toJson()).isEqualTo(Event.parse(input.json).toJson());
  }

  /** Removes the members of a path, or replaces their values. */
  private static void edit(JsonNode node, String[] path, int depth, @Nullable JsonNode by) {
    if (node instanceof ArrayNode array) {
      array.forEach(element -> edit(element, path, depth, by));
    }
    if (!(node instanceof ObjectNode object)) {
      return;
    }
    for (String name : List.copyOf(names(object))) {
      String[] parts = name.split("\\.", -1);
      int matched = 0;
      while (matched < parts.length
          && depth + matched < path.length
          && parts[matched].equals(path[depth + matched])) {
        matched++;
      }
      if (depth + matched == path.length) {
        if (by == null) {
          object.remove(name);
        } else {
          object.set(name, by);
        }
      } else if (matched == parts.length) {
        edit(object.get(name), path, depth + matched, by);
      }
    }
  }

  private static List<String> names(ObjectNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
