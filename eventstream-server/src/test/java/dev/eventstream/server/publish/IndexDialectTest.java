package dev.eventstream.server.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.Outcome;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.http.Answer;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IndexDialectTest {
  private static final Outcome INDEXED = new Outcome.Indexed("pageview", "id-1", "h");
  private static final Outcome REJECTED =
      new Outcome.Rejected(Rejection.MISSING_MEMBER, "eventType is missing", 7);
  private static final Outcome TOO_LARGE =
      new Outcome.Rejected(Rejection.TOO_LARGE, "the event is larger", 0);

  private final IndexDialect dialect = new IndexDialect();

  static Stream<Arguments> outcomes() {
    return Stream.of(
        Arguments.of(
            INDEXED,
            200,
            """
            {"_index":"pageview","_type":"_doc","_id":"id-1","result":"created","eventId":"h"}"""),
        Arguments.of(
            new Outcome.Indexed("pageview", "id-1", null),
            200,
            """
            {"_index":"pageview","_type":"_doc","_id":"id-1","result":"created"}"""),
        Arguments.of(
            new Outcome.Duplicate("pageview", "id-1", "h"),
            200,
            """
            {"_index":"pageview","_type":"_doc","_id":"id-1","result":"created","eventId":"h"}"""),
        Arguments.of(
            new Outcome.Spooled("pageview", "id-1", "h"),
            200,
            """
            {"_index":"pageview","_type":"_doc","_id":"id-1","result":"spooled","eventId":"h"}"""),
        Arguments.of(
            new Outcome.DeadLettered("pageview", "id-1", "h", "no \"such\" mapping"),
            200,
            """
            {"_index":"pageview","_type":"_doc","_id":"id-1","result":"dead_lettered","eventId":"h",\
            "error":{"type":"dead_lettered","reason":"kept among the dead letters of this server,\
             because its index does not accept it: no \\"such\\" mapping"}}"""),
        Arguments.of(
            new Outcome.Dropped("pageview", "id-1", "h"),
            200,
            """
            {"_index":"pageview","_type":"_doc","_id":"id-1","result":"noop","eventId":"h"}"""),
        Arguments.of(
            new Outcome.Dropped(null, null, null),
            200,
            """
            {"result":"noop"}"""),
        Arguments.of(
            REJECTED,
            400,
            """
            {"error":{"type":"missing_member","reason":"eventType is missing"},"status":400}"""),
        Arguments.of(
            TOO_LARGE,
            413,
            """
            {"error":{"type":"too_large","reason":"the event is larger"},"status":413}"""),
        Arguments.of(
            new Outcome.Refused(
                Refusal.IN_FLIGHT, "too many bytes are in flight", Duration.ofSeconds(3)),
            503,
            """
            {"error":{"type":"refused","reason":"too many bytes are in flight"},"status":503}"""));
  }

  @ParameterizedTest
  @MethodSource("outcomes")
  void answersAnObjectWithAnObject(Outcome outcome, int status, String json) {
    Answer answer = dialect.answer(false, List.of(outcome));

    assertThat(text(answer)).isEqualTo(json);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.contentType()).isEqualTo("application/json");
  }

  @ParameterizedTest
  @MethodSource("outcomes")
  void answersAnArrayWithAnArray(Outcome outcome, int status, String json) {
    Answer one = dialect.answer(true, List.of(outcome));
    Answer amongOthers = dialect.answer(true, List.of(INDEXED, outcome, INDEXED));

    assertThat(text(one)).isEqualTo("[" + json + "]");
    assertThat(one.status()).isEqualTo(status);
    assertThat(json(amongOthers)).hasSize(3);
    assertThat(json(amongOthers).get(1)).hasToString(json);
    assertThat(amongOthers.status()).isEqualTo(200);
  }

  @Test
  void answersAnEmptyArrayWithAnEmptyArray() {
    Answer answer = dialect.answer(true, List.of());

    assertThat(text(answer)).isEqualTo("[]");
    assertThat(answer.status()).isEqualTo(200);
  }

  @ParameterizedTest
  @EnumSource
  void namesEveryRejection(Rejection code) {
    Answer answer = dialect.answer(false, List.of(new Outcome.Rejected(code, "why", -1)));

    assertThat(json(answer).at("/error/type").asText()).isEqualTo(code.wireName());
    assertThat(json(answer).get("status").asInt()).isEqualTo(answer.status()).isBetween(400, 499);
  }

  @Test
  void answers400WhenNothingCanBeUsed() {
    assertThat(dialect.answer(true, List.of(REJECTED, TOO_LARGE)).status()).isEqualTo(400);
    assertThat(dialect.answer(true, List.of(TOO_LARGE, TOO_LARGE)).status()).isEqualTo(413);
  }

  @Test
  void answers503WithTheLongestRetryAfterWhenNothingCouldBeTakenNow() {
    Answer answer =
        dialect.answer(
            true,
            List.of(
                new Outcome.Refused(Refusal.CLUSTER, "a", Duration.ofSeconds(2)),
                REJECTED,
                new Outcome.Refused(Refusal.CLUSTER, "b", Duration.ofSeconds(9))));

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.retryAfterSeconds()).isEqualTo(9);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 999})
  void neverSaysToComeAgainAtOnce(long millis) {
    Outcome refused = new Outcome.Refused(Refusal.CLUSTER, "busy", Duration.ofMillis(millis));

    assertThat(dialect.answer(false, List.of(refused)).retryAfterSeconds()).isEqualTo(1);
  }

  @Test
  void saysNothingOfRetryingWhenSomethingWasTaken() {
    Outcome refused = new Outcome.Refused(Refusal.CLUSTER, "busy", Duration.ofSeconds(9));

    assertThat(dialect.answer(true, List.of(refused, INDEXED)).retryAfterSeconds()).isZero();
    assertThat(dialect.answer(true, List.of(REJECTED)).retryAfterSeconds()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/json", "text/plain", "application/x-www-form-urlencoded", "x/y", ""})
  void takesWhateverTheContentTypeSays(String mediaType) {
    assertThat(dialect.takes(mediaType)).isTrue();
    assertThat(dialect.takes(null)).isTrue();
  }

  private static String text(Answer answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  private static JsonNode json(Answer answer) {
    try {
      return RawClient.JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
