package dev.eventstream.server.cloudevents;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eventstream.Event;
import dev.eventstream.ReadEvent;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.jackson.JsonFormat;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.eclipse.jetty.http.HttpFields;

/** Any data, and any damage. */
class CloudEventsPropertyTest {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  /** Texts that UTF-8 can hold. */
  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings().ofMaxLength(20).filter(text -> text.equals(roundTrip(text)));
  }

  private static String roundTrip(String text) {
    return new String(text.getBytes(UTF_8), UTF_8);
  }

  @Provide
  Arbitrary<Map<String, Object>> data() {
    Arbitrary<Object> scalars =
        Arbitraries.oneOf(
            texts().map(text -> (Object) text),
            Arbitraries.longs().map(number -> (Object) number),
            Arbitraries.bigDecimals().map(number -> (Object) number),
            Arbitraries.of(true, false).map(truth -> (Object) truth));
    Arbitrary<Object> values =
        Arbitraries.lazyOf(
            () -> scalars,
            () -> scalars,
            () -> scalars.list().ofMaxSize(4).map(list -> (Object) list),
            () -> Arbitraries.maps(texts(), scalars).ofMaxSize(4).map(map -> (Object) map));
    return Arbitraries.maps(texts(), values).ofMaxSize(8);
  }

  private static byte[] json(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static CloudEvent cloudEvent(Map<String, Object> data, String subject) {
    return CloudEventBuilder.v1()
        .withId("1")
        .withSource(URI.create("/s"))
        .withType("pageview")
        .withSubject(subject)
        .withData("application/json", json(data))
        .build();
  }

  private static List<ReadEvent> read(CloudEvents.Mode mode, byte[] body) throws Exception {
    return CloudEvents.read(mode, HttpFields.EMPTY, body, body.length, 10_000);
  }

  @Property(tries = 500)
  void allOfTheDataIsInTheEvent(@ForAll("data") Map<String, Object> data, @ForAll boolean batched)
      throws Exception {
    byte[] one = new JsonFormat().serialize(cloudEvent(data, "the subject"));
    byte[] body = batched ? ("[" + new String(one, UTF_8) + "]").getBytes(UTF_8) : one;
    CloudEvents.Mode mode = batched ? CloudEvents.Mode.BATCHED : CloudEvents.Mode.STRUCTURED;

    List<ReadEvent> events = read(mode, body);

    assertThat(events).singleElement().isInstanceOf(Event.class);
    ObjectNode expected = (ObjectNode) JSON.readTree(json(data));
    expected.put("eventType", "pageview").put("eventValue", "the subject");
    ObjectNode actual = (ObjectNode) JSON.readTree(((Event) events.get(0)).toJson());
    assertThat(actual.remove("cloudEvent").get("subject").asText()).isEqualTo("the subject");
    assertThat((Object) actual).isEqualTo(expected);
  }

  @Property(tries = 2_000)
  void whatIsDamagedIsBrokenOrAnotherEventAndNothingElseHappens(
      @ForAll("data") Map<String, Object> data, @ForAll Random random) throws Exception {
    byte[] one = new JsonFormat().serialize(cloudEvent(data, "the subject"));
    String text = new String(one, UTF_8);
    byte[] body = ("[" + text + "," + text + "]").getBytes(UTF_8);
    List<Byte> damaged = new ArrayList<>();
    for (byte b : body) {
      damaged.add(b);
    }
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(damaged.size());
      switch (random.nextInt(3)) {
        case 0 -> damaged.set(at, (byte) random.nextInt(256));
        case 1 -> damaged.remove(at);
        default -> damaged.add(at, (byte) "{}[]\",:\\".charAt(random.nextInt(8)));
      }
    }
    byte[] bytes = new byte[damaged.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = damaged.get(i);
    }

    for (CloudEvents.Mode mode : CloudEvents.Mode.values()) {
      for (ReadEvent event : read(mode, bytes)) {
        if (event instanceof Event read) {
          JsonNode json = JSON.readTree(read.toJson());
          assertThat(json.get("cloudEvent").isObject()).isTrue();
        }
      }
    }
  }

  @Property(tries = 1_000)
  void anyBytesAreReadOrNot(@ForAll byte[] bytes, @ForAll CloudEvents.Mode mode) throws Exception {
    assertThat(read(mode, bytes)).hasSizeLessThanOrEqualTo(bytes.length + 1);
  }

  @Property
  void whatIsPercentEncodedIsDecoded(@ForAll("texts") String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(UTF_8)) {
      encoded.append(String.format("%%%02X", b));
    }

    assertThat(HeaderText.decode(encoded.toString())).isEqualTo(text);
  }
}
