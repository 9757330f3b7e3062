package dev.eventstream.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IndexPatternTest {
  private static final long NOW = millis("2026-11-28T23:59:59.999Z");

  private static long millis(String moment) {
    return Instant.parse(moment).toEpochMilli();
  }

  @ParameterizedTest
  @CsvSource({
    "{eventType}-{yyyy.MM.dd}, 2026-11-28T23:59:59.999Z, click-2026.11.28",
    "{eventType}-{yyyy.MM.dd}, 2026-11-29T00:00:00Z, click-2026.11.29",
    "{yyyy-MM-dd}-{eventType}, 1969-12-31T23:59:59.999Z, 1969-12-31-click",
    "events-{yyyy.MM}, 2026-11-28T00:00:00Z, events-2026.11",
    "events-{yyyy-MM}.v1, 2026-01-01T00:00:00Z, events-2026-01.v1",
    "events-{yyyy}, 2026-12-31T23:59:59.999Z, events-2026",
    "{eventType}-{xxxx.ww}, 2026-12-31T12:00:00Z, click-2026.53",
    "{eventType}-{xxxx.ww}, 2027-01-03T23:59:59Z, click-2026.53",
    "{eventType}-{xxxx.ww}, 2027-01-04T00:00:00Z, click-2027.01",
    "{eventType}-{xxxx-ww}, 2024-12-30T00:00:00Z, click-2025-01"
  })
  void insertsTheDateOfUtcIntoThePattern(String pattern, String moment, String destination) {
    assertThat(IndexPattern.parse(pattern).destination("click", millis(moment)))
        .isEqualTo(destination);
  }

  @ParameterizedTest
  @CsvSource({
    "{eventType}-{yyyy.MM.dd}, click-2026.11.28, click-2026.11.27",
    "{yyyy-MM-dd}-{eventType}, 2026-11-28-click, 2026-11-27-click",
    "events-{yyyy.MM}, events-2026.11, events-2026.10",
    "a-{eventType}-{yyyy}-b, a-x-2026-b, a-x-2025-b",
    "{eventType}-{yyyy-MM-dd}, 2026-11-28-2026-11-28, 2026-11-28-2026-11-27",
    "{eventType}-{yyyy.MM.dd}, click-2026.11.27,",
    "{eventType}-{yyyy.MM.dd}, -2026.11.28,",
    "events-{yyyy.MM}, events-2026.11x,",
    "{eventType}, click,"
  })
  void thePreviousDestinationIsThatOfTheSameTypeInThePeriodBefore(
      String pattern, String destination, @Nullable String previous) {
    assertThat(IndexPattern.parse(pattern).previous(destination, NOW)).isEqualTo(previous);
  }

  @Property
  void aPeriodHasOneDestinationThatNoOtherPeriodHas(
      @ForAll("datedPatterns") String pattern,
      @ForAll @LongRange(min = -62_000_000_000_000L, max = 253_300_000_000_000L) long millis) {
    IndexPattern dated = IndexPattern.parse(pattern);
    IndexPattern.Period period = dated.period(millis);
    String destination = dated.destination("t", millis);

    assertThat(period.contains(millis)).isTrue();
    assertThat(dated.destination("t", period.start())).isEqualTo(destination);
    assertThat(dated.destination("t", period.end() - 1)).isEqualTo(destination);
    assertThat(dated.destination("t", period.end())).isNotEqualTo(destination);
    assertThat(dated.destination("t", period.start() - 1)).isNotEqualTo(destination);
    assertThat(dated.period(period.end()).start()).isEqualTo(period.end());
  }

  @Property
  void aNameThatWasMadeIsReadAsItsTypeAndPeriod(
      @ForAll("datedPatterns") String pattern,
      @ForAll @LongRange(min = -62_000_000_000_000L, max = 253_300_000_000_000L) long millis,
      @ForAll("types") String type) {
    IndexPattern dated = IndexPattern.parse(pattern);

    assertThat(dated.read(dated.destination(type, millis)))
        .hasValue(
            new IndexPattern.Parts(
                pattern.contains("{eventType}") ? type : "", dated.period(millis)));
  }

  @Provide
  Arbitrary<String> types() {
    return Arbitraries.of("t", "2026", "a-2026.11.28", "2026.11.28-000002", "e.x-\\E", "a b");
  }

  @ParameterizedTest
  @CsvSource({
    "{eventType}-{yyyy.MM.dd}, click",
    "{eventType}-{yyyy.MM.dd}, click-2026.02.30",
    "{eventType}-{yyyy.MM.dd}, click-2026.11.28-000002",
    "{eventType}-{yyyy.MM.dd}, click-2026-11-28",
    "{eventType}-{xxxx.ww}, click-2026.54",
    "{eventType}-{yyyy}, -2026",
    "events-{yyyy.MM}, events-2026.13",
    "events-{yyyy.MM}, eventsx2026.11",
    "events, event"
  })
  void doesNotReadOtherNames(String pattern, String index) {
    assertThat(IndexPattern.parse(pattern).read(index)).isEmpty();
  }

  @Test
  void aNameWithoutDateIsOfAllTime() {
    IndexPattern.Parts parts = IndexPattern.parse("e-{eventType}").read("e-click").orElseThrow();

    assertThat(parts.eventType()).isEqualTo("click");
    assertThat(parts.period().contains(NOW)).isTrue();
  }

  @Provide
  Arbitrary<String> datedPatterns() {
    return Arbitraries.of(
        "{eventType}-{yyyy.MM.dd}", "a-{xxxx.ww}", "a-{yyyy-MM}-{eventType}", "{yyyy}-a");
  }

  @ParameterizedTest
  @CsvSource({
    "{eventType}, click",
    "events-{eventType}, events-click",
    "{eventType}-v1, click-v1",
    "a.b_{eventType}+1, a.b_click+1",
    "events, events",
    "1, 1"
  })
  void insertsTheTypeIntoThePattern(String pattern, String destination) {
    assertThat(IndexPattern.parse(pattern).destination("click", NOW)).isEqualTo(destination);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "''; is empty",
        "Events; has \"E\"",
        "events-{eventtype}; has \"{eventtype}\"",
        "{eventTyp}; has \"{eventTyp}\"",
        "{eventType}{eventType}; has \"{eventType}\" twice",
        "{eventType}-{date}; has \"{date}\"",
        "{eventType}-{yyyy}-{MM}; has \"{MM}\"",
        "{eventType}-{yyyy.MM}-{yyyy}; has \"{yyyy}\" twice",
        "{eventType}-{YYYY.MM.dd}; has \"{YYYY.MM.dd}\"",
        "{yyyy}; is only a date",
        "logs-${yyyy}; has \"${yyyy}\"",
        "logs-%{+yyyy.MM.dd}; has \"%{+yyyy.MM.dd}\"",
        "<logs-{now/d}>; has \"{now/d}\"",
        "{eventType; has \"{\"",
        "eventType}; has \"T\"",
        "a{}; has \"{}\"",
        "a/{eventType}; has \"/\"",
        "a\\b; has \"\\\"",
        "a*; has \"*\"",
        "a?; has \"?\"",
        "a\"b; has \"\"\"",
        "a<b; has \"<\"",
        "a>b; has \">\"",
        "a|b; has \"|\"",
        "a b; has \" \"",
        "a,b; has \",\"",
        "a#b; has \"#\"",
        "a:b; has \":\"",
        "\u00e9; has \"\u00e9\"",
        "-a; starts with \"-\"",
        "_{eventType}; starts with \"_\"",
        "+a; starts with \"+\"",
        ".a; starts with \".\"",
        "..; starts with \".\""
      })
  void rejectsNamesThatEnginesReject(String pattern, String fault) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IndexPattern.parse(pattern))
        .withMessage(
            "the index pattern \"%s\" %s; use lower-case letters, digits, \"-\", \"_\" and \".\""
                + " around {eventType} and a date ({yyyy.MM.dd}, {xxxx.ww}, {yyyy.MM}, {yyyy}), for"
                + " example \"events-{eventType}\" or \"events-{yyyy.MM.dd}\"",
            pattern, fault);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\u0000", "a\n", "a\t", "a\u007f"})
  void rejectsControlCharacters(String pattern) {
    assertThatIllegalArgumentException().isThrownBy(() -> IndexPattern.parse(pattern));
  }

  @Test
  void leavesRoomForTheLongestType() {
    String longest = "x".repeat(155) + "{eventType}";
    String longestFixed = "x".repeat(255);
    String longestDated = "x".repeat(145) + "{yyyy.MM.dd}{eventType}";

    assertThat(IndexPattern.parse(longest).destination("t".repeat(100), NOW)).hasSize(255);
    assertThat(IndexPattern.parse(longestDated).destination("t".repeat(100), NOW)).hasSize(255);
    assertThatIllegalArgumentException().isThrownBy(() -> IndexPattern.parse("x" + longestDated));
    assertThat(IndexPattern.parse(longestFixed).destination("t", NOW)).hasSize(255);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IndexPattern.parse("x" + longest))
        .withMessageContaining("makes names longer than 255 bytes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IndexPattern.parse("x" + longestFixed))
        .withMessageContaining("makes names longer than 255 bytes");
  }
}
