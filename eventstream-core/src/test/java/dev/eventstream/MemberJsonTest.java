package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How members are written. */
final class MemberJsonTest {
  private static final String HEAD = "{\"eventType\":\"t\",\"eventValue\":\"v\"";

  record Order(long id, Instant at, Optional<String> coupon, List<Item> items) {}

  record Item(String name, BigDecimal price) {}

  /** A bean as frameworks generate them. */
  public static final class Bean {
    public String getName() {
      return "n";
    }

    @JsonProperty("due")
    public LocalDate dueDate() {
      return LocalDate.of(2026, 1, 31);
    }
  }

  @SuppressWarnings({"JavaUtilDate", "UnnecessaryStringBuilder"}) // as callers may have them
  static Stream<Arguments> values() {
    LocalDateTime time = LocalDateTime.of(2026, 1, 31, 8, 15);
    return Stream.of(
        Arguments.of(Instant.parse("2026-01-31T08:15:30.123Z"), "\"2026-01-31T08:15:30.123Z\""),
        Arguments.of(LocalDate.of(2026, 1, 31), "\"2026-01-31\""),
        Arguments.of(time, "\"2026-01-31T08:15:00\""),
        Arguments.of(LocalTime.of(8, 15), "\"08:15:00\""),
        Arguments.of(time.atOffset(ZoneOffset.ofHours(1)), "\"2026-01-31T08:15:00+01:00\""),
        Arguments.of(OffsetDateTime.of(time, ZoneOffset.UTC), "\"2026-01-31T08:15:00Z\""),
        Arguments.of(
            ZonedDateTime.of(time, ZoneId.of("Europe/Berlin")), "\"2026-01-31T08:15:00+01:00\""),
        Arguments.of(Duration.ofMillis(90_500), "\"PT1M30.5S\""),
        Arguments.of(Period.ofDays(3), "\"P3D\""),
        Arguments.of(Year.of(2026), "\"2026\""),
        Arguments.of(YearMonth.of(2026, 1), "\"2026-01\""),
        Arguments.of(ZoneId.of("Europe/Berlin"), "\"Europe/Berlin\""),
        Arguments.of(new Date(0), "\"1970-01-01T00:00:00.000+00:00\""),
        Arguments.of(DayOfWeek.MONDAY, "\"MONDAY\""),
        Arguments.of(TimeUnit.DAYS, "\"DAYS\""),
        Arguments.of(Optional.of(Instant.EPOCH), "\"1970-01-01T00:00:00Z\""),
        Arguments.of(Optional.empty(), "null"),
        Arguments.of(OptionalInt.of(3), "3"),
        Arguments.of(OptionalInt.empty(), "null"),
        Arguments.of(new UUID(1, 2), "\"00000000-0000-0001-0000-000000000002\""),
        Arguments.of(new BigDecimal("1.50"), "1.50"),
        Arguments.of(new BigDecimal("1E+400"), "1E+400"),
        Arguments.of(BigInteger.TWO.pow(100), "1267650600228229401496703205376"),
        Arguments.of(0.1, "0.1"),
        Arguments.of(1.5f, "1.5"),
        Arguments.of(Long.MIN_VALUE, "-9223372036854775808"),
        Arguments.of('x', "\"x\""),
        Arguments.of(new StringBuilder("\"x"), "\"\\\"x\""),
        Arguments.of(new byte[] {1, 2}, "\"AQI=\""),
        Arguments.of(new double[] {1, 2.5}, "[1.0,2.5]"),
        Arguments.of(new int[] {1, 2}, "[1,2]"),
        Arguments.of(new Object[] {Instant.EPOCH, null}, "[\"1970-01-01T00:00:00Z\",null]"),
        Arguments.of(URI.create("http://a/b"), "\"http://a/b\""),
        Arguments.of(Map.of(TimeUnit.DAYS, 1), "{\"DAYS\":1}"),
        Arguments.of(new Bean(), "{\"name\":\"n\",\"due\":\"2026-01-31\"}"),
        Arguments.of(
            new Order(
                7, Instant.EPOCH, Optional.empty(), List.of(new Item("a", new BigDecimal("1.0")))),
            "{\"id\":7,\"at\":\"1970-01-01T00:00:00Z\",\"coupon\":null,"
                + "\"items\":[{\"name\":\"a\",\"price\":1.0}]}"));
  }

  @ParameterizedTest
  @MethodSource("values")
  void writesAValueAsPeopleExpect(Object value, String json) {
    assertThat(Event.of("t", "v", Map.of("x", value))).hasToString(HEAD + ",\"x\":" + json + "}");
    assertThat(Event.of("t", "v", Map.of("x", List.of(value))))
        .hasToString(HEAD + ",\"x\":[" + json + "]}");
  }

  private static Object connection() {
    return Proxy.newProxyInstance(
        MemberJsonTest.class.getClassLoader(),
        new Class<?>[] {java.util.concurrent.Callable.class},
        (proxy, method, arguments) -> null);
  }

  static Stream<Arguments> withoutJson() {
    List<Object> itself = new ArrayList<>();
    itself.add(itself);
    return Stream.of(
        Arguments.of(Map.of("at", new Object()), "$.order.at: java.lang.Object has no JSON form"),
        Arguments.of(
            Map.of("at", connection()),
            "$.order.at: java.util.concurrent.Callable has no JSON form"),
        Arguments.of(
            List.of(1, new ByteArrayInputStream(new byte[0])),
            "$.order[1]: java.io.ByteArrayInputStream has no JSON form"),
        Arguments.of(new IOException("x"), "$.order: java.io.IOException has no JSON form"),
        Arguments.of(Thread.currentThread(), "has no JSON form"),
        Arguments.of(Stream.of(1), "has no JSON form"),
        Arguments.of(
            new Object[] {Map.of("a", Thread.State.NEW, "b", Double.NaN)},
            "$.order[0].b: JSON has no number NaN"),
        Arguments.of(Map.of("x", Float.NEGATIVE_INFINITY), "$.order.x: JSON has no number -Inf"),
        Arguments.of(new double[] {1, Double.NaN}, "$.order[1]: JSON has no number NaN"),
        Arguments.of(Optional.of(Double.POSITIVE_INFINITY), "$.order: JSON has no number Inf"),
        Arguments.of(Map.of("x", "\ud800"), "cannot write $.order.x: "),
        Arguments.of(List.of("a", "\udc00b"), "cannot write $.order[1]: "),
        Arguments.of(Collections.singletonMap(null, 1), "cannot write $.order"),
        Arguments.of(itself, "cannot write $.order[0][0]"));
  }

  @ParameterizedTest
  @MethodSource("withoutJson")
  void namesTheMemberThatHasNoJsonForm(Object value, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("t", "v", Map.of("order", value)))
        .withMessageStartingWith("cannot write $.order")
        .withMessageContaining(message);
  }

  /** A bean that is not complete. */
  public static final class Failing {
    private final List<String> names = List.of();

    public String getName() {
      return names.get(0);
    }
  }

  @Test
  void namesAMemberWhoseGetterFails() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("t", "v", Map.of("order", new Failing())))
        .withMessageStartingWith("cannot write $.order.name: ");
  }

  @Test
  void namesAnArgumentThatIsNull() {
    Map<String, Object> members = Map.of();
    assertThatNullPointerException()
        .isThrownBy(() -> Event.of(nothing(), "v"))
        .withMessage("eventType");
    assertThatNullPointerException()
        .isThrownBy(() -> Event.of("t", nothing(), members))
        .withMessage("eventValue");
    Map<String, Object> none = nothing();
    assertThatNullPointerException()
        .isThrownBy(() -> Event.of("t", "v", none))
        .withMessage("members");
    JsonWriter noWriter = nothing();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("t", "v", members, noWriter))
        .withMessageContaining("json");
    assertThatNullPointerException()
        .isThrownBy(() -> Event.of("t", "v").withDocumentId(nothing()))
        .withMessage("id");
    String noJson = nothing();
    assertThatNullPointerException().isThrownBy(() -> Event.parse(noJson)).withMessage("json");
    String noUrl = nothing();
    assertThatNullPointerException()
        .isThrownBy(() -> EventStream.builder().sink(noUrl))
        .withMessage("sink URL");
    try (EventStream stream = EventStream.builder().sink("test-sink://host").build()) {
      assertThatNullPointerException()
          .isThrownBy(() -> stream.publish(nothing()))
          .withMessage("event");
      assertThatNullPointerException()
          .isThrownBy(() -> stream.publishAll(Collections.singletonList(nothing())))
          .withMessage("element of events");
    }
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T extends @Nullable Object> T nothing() {
    return null;
  }

  @Test
  void writesMembersWithAMapperOfTheCaller() {
    ObjectMapper snakeCase =
        JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

    assertThat(
            Event.of("t", "v", Map.of("firstOrder", new Item("a", BigDecimal.ONE)), json -> utf8()))
        .hasToString(HEAD + ",\"x\": 1 }");
    assertThat(Event.of("t", "v", new Snake("s"), snakeCase::writeValueAsBytes))
        .hasToString(HEAD + ",\"member_name\":\"s\"}");
    assertThat(Event.of("t", "v", Map.of(), snakeCase::writeValueAsBytes)).hasToString(HEAD + "}");
  }

  record Snake(String memberName) {}

  private static byte[] utf8() {
    return " {\n \"x\": 1 }".getBytes(UTF_8);
  }

  @Test
  void reportsWhatAWriterOfTheCallerDoesWrong() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("t", "v", List.of(), new ObjectMapper()::writeValueAsBytes))
        .withMessage("the members are not a JSON object, but begin with \"[\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("t", "v", List.of(), value -> new byte[0]))
        .withMessage("the members are not a JSON object, but nothing");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("t", "v", "x", value -> "{\"a\":".getBytes(UTF_8)));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Event.of("t", "v", Map.of("eventType", "x"), new ObjectMapper()::writeValueAsBytes))
        .withMessageContaining("eventType");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Event.of("t", "v", Instant.EPOCH, new ObjectMapper()::writeValueAsBytes))
        .withMessageStartingWith("the JsonWriter cannot write java.time.Instant: ");
  }
}
