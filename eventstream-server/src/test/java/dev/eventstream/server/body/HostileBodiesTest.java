package dev.eventstream.server.body;

import static dev.eventstream.server.fixture.TestServer.CLICK;
import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.server.fixture.Hostile;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.spi.Document;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bodies that are meant to hurt: each answer says what became of every event, and it is true. */
class HostileBodiesTest {
  private static final String ARRAY = "[" + CLICK + ",%s," + HOMEPAGE + "]";

  private static TestServer server;

  @BeforeAll
  @BeforeContainer
  static void start() throws Exception {
    server = TestServer.start();
  }

  @AfterAll
  @AfterContainer
  static void stop() throws Exception {
    server.close();
  }

  @BeforeEach
  void forget() {
    server.sink.written().clear();
  }

  private static String with(String member) {
    return HOMEPAGE.replace("}", "," + member + "}");
  }

  /** An event between two good ones, and why it is rejected; empty when it is good, too. */
  static Stream<Arguments> events() {
    String digits = "9".repeat(100_000);
    return Stream.of(
        Arguments.of("a number beyond all types", with("\"n\":1e400"), ""),
        Arguments.of("a number below all types", with("\"n\":-1e-400"), ""),
        Arguments.of("a number of 100,000 digits", with("\"n\":" + digits), ""),
        Arguments.of("an exponent of 100,000 digits", with("\"n\":1e" + digits), ""),
        Arguments.of("a fraction of 100,000 digits", with("\"n\":0." + digits), ""),
        Arguments.of("a number as JavaScript has it", with("\"n\":NaN"), "malformed_json"),
        Arguments.of("infinity", with("\"n\":-Infinity"), "malformed_json"),
        Arguments.of("a zero byte in a string", with("\"n\":\"\0\""), "malformed_json"),
        Arguments.of("an escaped zero byte", with("\"n\":\"\\u0000\""), ""),
        Arguments.of("a zero byte between", with("\0\"n\":1"), "malformed_json"),
        Arguments.of("a mark within", with("\uFEFF\"n\":1"), "malformed_json"),
        Arguments.of("a lone surrogate", with("\"n\":\"\\ud800\""), "invalid_unicode"),
        Arguments.of("a lone surrogate as a name", with("\"\\udfff\":1"), "invalid_unicode"),
        Arguments.of("a noncharacter", with("\"n\":\"\uFFFF\""), ""),
        Arguments.of("text that turns around", with("\"n\":\"\u202E\""), ""),
        Arguments.of("the type twice", with("\"eventType\":\"a\""), "duplicate_member"),
        Arguments.of("the type in escapes", with("\"eventTyp\\u0065\":\"a\""), "duplicate_member"),
        Arguments.of("a name twice, deep", with("\"n\":[{\"a\":1,\"a\":2}]"), "duplicate_member"),
        Arguments.of("65 levels", with("\"n\":" + "[".repeat(64) + "]".repeat(64)), "too_deep"),
        Arguments.of(
            "65 levels of objects",
            with("\"n\":" + "{\"a\":".repeat(63) + "{}" + "}".repeat(63)),
            "too_deep"),
        Arguments.of(
            "100,000 levels",
            with("\"n\":" + "[".repeat(100_000) + "]".repeat(100_000)),
            "too_deep"),
        Arguments.of("a name like a prototype", with("\"__proto__\":{\"admin\":true}"), ""),
        Arguments.of("a name of nothing", with("\"\":{\"\":{\"\":0}}"), ""),
        Arguments.of("a name that is a path", with("\"../../x\":{\"a.b.c\":1}"), ""),
        Arguments.of(
            "a name of 20,000 dots", with("\"n" + ".n".repeat(20_000) + "\":1"), "name_too_long"),
        Arguments.of("65 levels of dots", with("\"n" + ".n".repeat(64) + "\":1"), "too_deep"),
        Arguments.of("900 names", with("\"n\":{" + names(900) + "}"), ""),
        Arguments.of("2,000 names", with("\"n\":{" + names(2_000) + "}"), "too_many_fields"),
        Arguments.of("60,000 names", with("\"n\":{" + names(60_000) + "}"), "too_many_values"),
        Arguments.of("9,000 numbers", with("\"n\":[" + "0,".repeat(9_000) + "0]"), ""),
        Arguments.of(
            "60,000 objects", with("\"n\":[" + "{},".repeat(60_000) + "{}]"), "too_many_values"));
  }

  private static String names(int count) {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < count; i++) {
      names.append(i == 0 ? "" : ",").append('"').append(i).append("\":0");
    }
    return names.toString();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("events")
  void takesOrRejectsAnEventAndAlwaysItsNeighbours(String what, String event, String rejection)
      throws Exception {
    Reply reply = server.post("/v1/events", ARRAY.formatted(event));

    Hostile.assertHarmless(reply);
    JsonNode results = reply.json().get("results");
    assertThat(results).hasSize(3);
    assertThat(results.get(0).get("outcome").asText()).isEqualTo("indexed");
    assertThat(results.get(1).at("/error/type").asText()).isEqualTo(rejection);
    assertThat(results.get(2).get("outcome").asText()).isEqualTo("indexed");
    assertAnsweredIsWhatIsWritten(reply);
    if (rejection.isEmpty()) { // and nothing of it was changed
      String source = new String(server.sink.written().get(1).source(), UTF_8);
      assertThat(source).startsWith(event.substring(0, event.length() - 1));
    }
  }

  @Test
  void saysAtOnceOfABodyThatIsNothingButBracketsThatItIsNoEvent() throws Exception {
    for (String bracket : List.of("[", "{", "{\"a\":", "[{", "]", "\"")) {
      Reply reply = server.post("/v1/events", bracket.repeat((9 << 20) / bracket.length()));

      assertThat(reply.status()).as(bracket).isIn(400, 413);
      Hostile.assertHarmless(reply);
      assertThat(reply.body().length()).as("an answer to " + bracket).isLessThan(10 << 20);
    }
    assertThat(server.sink.written()).isEmpty();
  }

  @Test
  void quotesNothingOfAHugeValueInItsAnswer() throws Exception {
    String huge = "A".repeat(900_000);

    Reply type = server.post("/v1/events", HOMEPAGE.replace("pageview", huge));
    Reply name = server.post("/v1/events", "{\"" + huge + "\":1,\"" + huge + "\":1}");

    assertThat(type.json().at("/results/0/error/type").asText()).isEqualTo("invalid_event_type");
    assertThat(name.json().at("/results/0/outcome").asText()).isEqualTo("rejected");
    assertThat(type.body().length() + name.body().length()).isLessThan(4_000);
  }

  /** Events, and what chance made of them. */
  @Provide
  Arbitrary<byte[]> bodies() {
    return Arbitraries.randomValue(HostileBodiesTest::body);
  }

  private static byte[] body(Random random) {
    List<byte[]> pieces = new ArrayList<>();
    List<byte[]> words =
        Stream.of(
                HOMEPAGE,
                CLICK,
                "[",
                "]",
                ",",
                "{",
                "}",
                "\"",
                "\\",
                ":",
                "\n",
                "\r\n",
                " ",
                "\0",
                "\uFEFF",
                "\"eventType\":\"pageview\"",
                "\"eventValue\":\"about\"",
                "1e400",
                "\\ud800",
                "\\u0000",
                "null",
                "true",
                "-",
                "0",
                "\u00e9",
                "\ud83d\ude00",
                "[[[[[[[[")
            .map(word -> word.getBytes(UTF_8))
            .toList();
    int count = random.nextInt(30);
    for (int i = 0; i < count; i++) {
      byte[] piece = words.get(random.nextInt(random.nextBoolean() ? 7 : words.size())).clone();
      if (random.nextInt(10) == 0) {
        piece[random.nextInt(piece.length)] = (byte) random.nextInt(256);
      }
      pieces.add(piece);
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    pieces.forEach(body::writeBytes);
    return body.toByteArray();
  }

  @Property(tries = 1_000, shrinking = ShrinkingMode.BOUNDED)
  void answersAnyBodyWithWhatBecameOfIt(
      @ForAll("bodies") byte[] body, @ForAll boolean lines, @ForAll boolean predecessor)
      throws IOException {
    server.sink.written().clear();
    String path = predecessor ? "/" : "/v1/events";
    String type = lines ? "application/x-ndjson" : "application/json";

    Reply reply = RawClient.exchange(server.port(), "POST", path, type, body);

    Hostile.assertHarmless(reply);
    assertThat(reply.status()).as(new String(body, ISO_8859_1)).isIn(200, 207, 400);
    if (reply.status() == 400 && !predecessor) {
      assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
    }
    assertAnsweredIsWhatIsWritten(reply);
  }

  /** What the answer calls indexed is in the sink, in this order, and nothing else is. */
  private static void assertAnsweredIsWhatIsWritten(Reply reply) {
    List<String> answered = new ArrayList<>();
    JsonNode json = reply.json();
    for (JsonNode result : json.isArray() ? json : json.path("results")) {
      addId(result, answered);
    }
    addId(json, answered);
    assertThat(server.sink.written()).extracting(Document::id).isEqualTo(answered);
  }

  private static void addId(JsonNode result, List<String> ids) {
    if (result.has("_id") || result.has("id")) {
      ids.add(result.has("_id") ? result.get("_id").asText() : result.get("id").asText());
    }
  }
}
