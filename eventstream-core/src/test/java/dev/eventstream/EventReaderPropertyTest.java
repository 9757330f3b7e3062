package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatchBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The reader and the transformer, compared with Jackson's tree. */
class EventReaderPropertyTest {
  static final ObjectMapper JACKSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  @Provide
  Arbitrary<Object> values() {
    Arbitrary<Object> leaf =
        Arbitraries.oneOf(
            Arbitraries.strings()
                .ofMaxLength(12)
                .map(EventReaderPropertyTest::withoutLoneSurrogates),
            Arbitraries.longs(),
            Arbitraries.bigDecimals(),
            Arbitraries.of(true, false));
    return Arbitraries.recursive(
        () -> leaf,
        inner ->
            Arbitraries.oneOf(
                inner.list().ofMaxSize(4).map(list -> (Object) list),
                Arbitraries.maps(
                        Arbitraries.strings()
                            .ofMaxLength(6)
                            .map(EventReaderPropertyTest::withoutLoneSurrogates),
                        inner)
                    .ofMaxSize(4)
                    .map(map -> (Object) map)),
        0,
        4);
  }

  @Provide
  Arbitrary<byte[]> events() {
    return Arbitraries.maps(Arbitraries.strings().alpha().ofMaxLength(5), values())
        .ofMaxSize(5)
        .map(
            members -> {
              ObjectNode event = JACKSON.createObjectNode();
              event.put("eventType", "click");
              event.setAll((ObjectNode) JACKSON.valueToTree(members));
              event.put("eventValue", "x");
              return bytes(event);
            });
  }

  static byte[] bytes(JsonNode node) {
    try {
      return JACKSON.writeValueAsBytes(node);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String withoutLoneSurrogates(String text) {
    return new String(text.getBytes(UTF_8), UTF_8);
  }

  @Property(tries = 150)
  void everyEventKeepsItsBytes(@ForAll("events") byte[] json) throws Exception {
    assertThat(Event.parse(json).toJson()).isEqualTo(json);
  }

  @Property(tries = 1_000)
  void acceptsAndRejectsEventsAsJacksonDoes(@ForAll("events") byte[] json, @ForAll long seed) {
    byte[] mutated = mutate(json, new Random(seed));
    boolean taken;
    try {
      Event event = Event.parse(mutated);
      assertThat(event.toJson()).isNotEmpty();
      taken = true;
    } catch (InvalidEventException e) {
      taken = false;
    }
    assertThat(taken).as(new String(mutated, UTF_8)).isEqualTo(isEventToJackson(mutated));
  }

  /**
   * Jackson accepts lone surrogates in escapes, which engines reject; the mutations create none.
   */
  private static boolean isEventToJackson(byte[] json) {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
      JsonNode tree = JACKSON.readTree(text);
      return tree instanceof ObjectNode
          && tree.path("eventType").isTextual()
          && tree.path("eventValue").isTextual();
    } catch (IOException e) {
      return false;
    }
  }

  private static byte[] mutate(byte[] json, Random random) {
    int at = random.nextInt(json.length);
    byte[] mutated;
    switch (random.nextInt(4)) {
      case 0 -> {
        mutated = json.clone();
        mutated[at] = (byte) "{}[],:\"\\x0".charAt(random.nextInt(10));
      }
      case 1 -> {
        mutated = new byte[json.length - 1];
        System.arraycopy(json, 0, mutated, 0, at);
        System.arraycopy(json, at + 1, mutated, at, json.length - at - 1);
      }
      case 2 -> {
        mutated = new byte[json.length + 1];
        System.arraycopy(json, 0, mutated, 0, at);
        mutated[at] = (byte) "{}[],:\" -1\n".charAt(random.nextInt(11));
        System.arraycopy(json, at, mutated, at + 1, json.length - at);
      }
      default -> {
        mutated = new byte[at];
        System.arraycopy(json, 0, mutated, 0, at);
      }
    }
    return mutated;
  }

  @Property(tries = 100)
  void aBatchWithBrokenEventsKeepsTheOthers(@ForAll("events") byte[] json, @ForAll long seed)
      throws IOException {
    String good = new String(json, UTF_8);
    Random random = new Random(seed);
    List<String> elements = new ArrayList<>();
    int goods = 0;
    for (int i = 0; i < 8; i++) {
      if (random.nextInt(3) == 0) {
        elements.add(
            List.of(
                    "{\"eventType\":\"a\",\"eventValue\":}",
                    "{\"eventType\":1}",
                    "nonsense",
                    "{\"x\"")
                .get(random.nextInt(4)));
      } else {
        elements.add(good);
        goods++;
      }
    }
    byte[] array = ("[" + String.join(",", elements) + "]").getBytes(UTF_8);
    List<ReadEvent> read = EventReaderTest.readAll(EventReader.of(array));
    assertThat(read.stream().filter(e -> e instanceof Event && e.toString().equals(good)).count())
        .isEqualTo(goods);
    assertThat(read.stream().filter(Event.class::isInstance).count()).isEqualTo(goods);
  }

  @Property(tries = 150)
  void theDocumentIsTheEventWithTheAddedMembers(@ForAll("events") byte[] json) throws Exception {
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    try (DefaultEventTransformer transformer =
        DefaultEventTransformer.builder()
            .idResolver(IdResolver.of(Map.of("click", Map.of("x", "i\"d"))))
            .build()) {
      transformer.transform(Event.parse(json), documents);
    }
    Document document = documents.build().get(0);
    ObjectNode expected = (ObjectNode) JACKSON.readTree(json);
    ObjectNode found = (ObjectNode) JACKSON.readTree(document.source()); // fails on a duplicate
    assertThat(found.path("eventId").asText()).isEqualTo("i\"d");
    assertThat(found.path("@timestamp").isTextual()).isTrue();
    found.remove(List.of("eventId", "@timestamp"));
    expected.remove(List.of("eventId", "@timestamp"));
    assertThat(found).isEqualTo(expected);
    String text = new String(json, UTF_8);
    assertThat(new String(document.source(), UTF_8))
        .startsWith(text.substring(0, text.length() - 1));
  }
}
