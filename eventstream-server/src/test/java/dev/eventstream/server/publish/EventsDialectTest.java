package dev.eventstream.server.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.Outcome;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.http.Answer;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventsDialectTest {
  private static final Outcome INDEXED = new Outcome.Indexed("pageview", "id-1", "h");
  private static final Outcome DUPLICATE = new Outcome.Duplicate("pageview", "id-2", null);
  private static final Outcome SPOOLED = new Outcome.Spooled("pageview", "id-3", "h");
  private static final Outcome DEAD_LETTERED =
      new Outcome.DeadLettered("pageview", "id-4", "h", "mapping");
  private static final Outcome DROPPED = new Outcome.Dropped("pageview", "id-5", null);
  private static final Outcome REJECTED =
      new Outcome.Rejected(Rejection.MISSING_MEMBER, "eventType is missing", 7);
  private static final Outcome TOO_LARGE =
      new Outcome.Rejected(Rejection.TOO_LARGE, "the event is larger", -1);
  private static final Outcome REFUSED =
      new Outcome.Refused(Refusal.CLUSTER, "busy", Duration.ofSeconds(3));

  private final EventsDialect dialect = new EventsDialect();

  static Stream<Arguments> outcomes() {
    return Stream.of(
        Arguments.of(
            INDEXED,
            """
            {"outcome":"indexed","status":201,"index":"pageview","id":"id-1","eventId":"h"}"""),
        Arguments.of(
            DUPLICATE,
            """
            {"outcome":"duplicate","status":200,"index":"pageview","id":"id-2"}"""),
        Arguments.of(
            SPOOLED,
            """
            {"outcome":"spooled","status":202,"index":"pageview","id":"id-3","eventId":"h"}"""),
        Arguments.of(
            DEAD_LETTERED,
            """
            {"outcome":"dead_lettered","status":202,"index":"pageview","id":"id-4","eventId":"h",\
            "error":{"type":"dead_lettered","reason":"kept among the dead letters of this server,\
             because its index does not accept it: mapping"}}"""),
        Arguments.of(
            DROPPED,
            """
            {"outcome":"dropped","status":200,"index":"pageview","id":"id-5"}"""),
        Arguments.of(
            new Outcome.Dropped(null, null, null),
            """
            {"outcome":"dropped","status":200}"""),
        Arguments.of(
            REJECTED,
            """
            {"outcome":"rejected","status":400,"position":1,"offset":7,\
            "error":{"type":"missing_member","reason":"eventType is missing"}}"""),
        Arguments.of(
            TOO_LARGE,
            """
            {"outcome":"rejected","status":413,"position":1,\
            "error":{"type":"too_large","reason":"the event is larger"}}"""),
        Arguments.of(
            REFUSED,
            """
            {"outcome":"refused","status":503,"retryAfter":3,\
            "error":{"type":"refused","reason":"busy"}}"""));
  }

  @ParameterizedTest
  @MethodSource("outcomes")
  void saysInItsPlaceWhatBecameOfAnEvent(Outcome outcome, String json) {
    Answer answer = dialect.answer(true, List.of(INDEXED, outcome, INDEXED));

    assertThat(json(answer).get("results")).hasSize(3);
    assertThat(json(answer).at("/results/1")).hasToString(json);
  }

  static Stream<Arguments> statuses() {
    return Stream.of(
        Arguments.of(200, List.of()),
        Arguments.of(200, List.of(INDEXED)),
        Arguments.of(200, List.of(INDEXED, DUPLICATE)),
        Arguments.of(202, List.of(INDEXED, SPOOLED)),
        Arguments.of(207, List.of(INDEXED, REJECTED)),
        Arguments.of(207, List.of(INDEXED, REFUSED)),
        Arguments.of(202, List.of(DEAD_LETTERED)),
        Arguments.of(202, List.of(SPOOLED, DEAD_LETTERED, INDEXED)),
        Arguments.of(207, List.of(DEAD_LETTERED, REJECTED)),
        Arguments.of(207, List.of(DEAD_LETTERED, REFUSED)),
        Arguments.of(200, List.of(DROPPED)),
        Arguments.of(200, List.of(INDEXED, DROPPED)),
        Arguments.of(207, List.of(DROPPED, REJECTED)),
        Arguments.of(400, List.of(REJECTED)),
        Arguments.of(400, List.of(REJECTED, TOO_LARGE)),
        Arguments.of(413, List.of(TOO_LARGE)),
        Arguments.of(413, List.of(TOO_LARGE, TOO_LARGE)),
        Arguments.of(503, List.of(REFUSED)),
        Arguments.of(503, List.of(REJECTED, REFUSED, TOO_LARGE)));
  }

  @ParameterizedTest
  @MethodSource("statuses")
  void sumsUpInItsStatus(int status, List<Outcome> outcomes) {
    Answer answer = dialect.answer(true, outcomes);

    JsonNode json = json(answer);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(json.get("results")).hasSameSizeAs(outcomes);
    if (status < 400) {
      assertThat(answer.contentType()).isEqualTo("application/json");
      assertThat(json.properties()).hasSize(1);
    } else {
      assertThat(answer.contentType()).isEqualTo("application/problem+json");
      assertThat(json.get("status").asInt()).isEqualTo(status);
      assertThat(json.get("type").asText()).isEqualTo("about:blank");
      assertThat(json.get("title").asText()).isNotBlank();
      assertThat(json.get("detail").asText()).isNotBlank();
    }
  }

  @Test
  void answersAnObjectAsItAnswersAnArrayOfOne() {
    assertThat(dialect.answer(false, List.of(INDEXED)).body())
        .isEqualTo(dialect.answer(true, List.of(INDEXED)).body());
  }

  @Test
  void saysWhenToComeAgainWhereSomethingWasRefused() {
    Outcome later = new Outcome.Refused(Refusal.CLUSTER, "busy", Duration.ofSeconds(9));
    Outcome soon = new Outcome.Refused(Refusal.CLUSTER, "busy", Duration.ofMillis(20));

    assertThat(dialect.answer(true, List.of(REFUSED, later)).retryAfterSeconds()).isEqualTo(9);
    assertThat(dialect.answer(true, List.of(INDEXED, later)).retryAfterSeconds()).isEqualTo(9);
    assertThat(dialect.answer(true, List.of(soon)).retryAfterSeconds()).isEqualTo(1);
    assertThat(json(dialect.answer(true, List.of(soon))).at("/results/0/retryAfter").asInt())
        .isEqualTo(1);
    assertThat(dialect.answer(true, List.of(REJECTED)).retryAfterSeconds()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void namesEveryRejection(Rejection code) {
    Answer answer = dialect.answer(false, List.of(new Outcome.Rejected(code, "why", -1)));

    assertThat(json(answer).at("/results/0/error/type").asText()).isEqualTo(code.wireName());
    assertThat(json(answer).at("/results/0/status").asInt()).isEqualTo(answer.status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "application/x-ndjson",
        "application/ndjson",
        "text/plain",
        "text/json"
      })
  void takesJson(String mediaType) {
    assertThat(dialect.takes(mediaType)).isTrue();
  }

  @Test
  void takesABodyWithoutAContentType() {
    assertThat(dialect.takes(null)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/xml", "application/x-www-form-urlencoded", "image/png", ""})
  void doesNotTakeWhatIsNotJson(String mediaType) {
    assertThat(dialect.takes(mediaType)).isFalse();
  }

  private static JsonNode json(Answer answer) {
    try {
      return RawClient.JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
