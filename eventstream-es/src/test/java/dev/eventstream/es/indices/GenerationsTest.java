package dev.eventstream.es.indices;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.es.bulk.Repeats;
import dev.eventstream.es.index.Generation;
import dev.eventstream.es.indices.Generations.Limits;
import dev.eventstream.es.indices.Generations.Numbered;
import dev.eventstream.spi.IndexPattern;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationsTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final Duration INTERVAL = Duration.ofSeconds(30);
  private static final Duration WINDOW = Duration.ofHours(1);
  private static final IndexPattern PATTERN = IndexPattern.parse("events-{eventType}");

  private static IndexInfo index(String name, Duration age, long documents, long bytes) {
    return new IndexInfo(
        name, "green", true, documents, 2 * bytes, bytes, 2, 1, NOW.minus(age), true);
  }

  private static IndexInfo index(String name, Duration age) {
    return index(name, age, 10, 1000);
  }

  private static Generations of(IndexInfo... indices) {
    List<Numbered> numbered =
        Stream.of(indices)
            .map(info -> new Numbered(Generation.read(info.name()).orElseThrow(), info))
            .toList();
    return Generations.of(numbered, INTERVAL, WINDOW, NOW);
  }

  @Test
  void anIndexThatDoesNotExistBeginsWithItsFirstGeneration() {
    assertThat(of().current("events-click")).isEqualTo("events-click-000001");
  }

  @ParameterizedTest
  @CsvSource({"59, 000009", "60, 000010", "-100, 000009"})
  void aGenerationIsUsedFromTwoIntervalsAfterItsCreation(int seconds, String present) {
    Generations generations =
        of(
            index("events-click-000010", Duration.ofSeconds(seconds)),
            index("events-click-000009", Duration.ofDays(3)));

    assertThat(generations.current("events-click")).isEqualTo("events-click-" + present);
  }

  @Test
  void theOldestGenerationIsUsedIfAllAreNew() {
    Generations generations =
        of(
            index("events-click-000004", Duration.ofSeconds(5)),
            index("events-click-000003", Duration.ofSeconds(9)));

    assertThat(generations.current("events-click")).isEqualTo("events-click-000003");
  }

  @Test
  void generationsOfOtherIndicesHaveNoInfluence() {
    Generations generations =
        of(
            index("events-click-000001", Duration.ofDays(3)),
            index("events-click-b-000007", Duration.ofDays(3)));

    assertThat(generations.current("events-click")).isEqualTo("events-click-000001");
    assertThat(generations.current("events-click-b")).isEqualTo("events-click-b-000007");
  }

  @ParameterizedTest
  @CsvSource({
    "10, , , true",
    "11, , , false",
    ", 500, , true",
    ", 501, , false",
    ", , 3d, true",
    ", , 4d, false",
    "100, 9000, 9d, false"
  })
  void anIndexIsContinuedIfOneLimitIsReached(
      @Nullable Long documents, @Nullable Long shardBytes, @Nullable String age, boolean isDue) {
    Limits limits =
        new Limits(
            documents == null ? 0 : documents,
            shardBytes == null ? 0 : shardBytes,
            age == null ? null : Duration.parse("P" + age.toUpperCase(java.util.Locale.ROOT)));

    List<Generation> due =
        of(index("events-click-000001", Duration.ofDays(3))).due(limits, PATTERN, NOW);

    assertThat(due).isEqualTo(isDue ? List.of(new Generation("events-click", 2)) : List.of());
  }

  @Test
  void anEmptyIndexIsNotContinuedBecauseOfItsAge() {
    Generations generations = of(index("events-click-000001", Duration.ofDays(3), 0, 1000));

    assertThat(generations.due(new Limits(0, 0, Duration.ofDays(1)), PATTERN, NOW)).isEmpty();
  }

  @Test
  void anIndexIsNotContinuedWhileItsNextGenerationIsNotUsedYet() {
    Generations generations =
        of(
            index("events-click-000001", Duration.ofDays(3)),
            index("events-click-000002", Duration.ofSeconds(10)));

    assertThat(generations.due(new Limits(1, 0, null), PATTERN, NOW)).isEmpty();
  }

  @Test
  void anIndexOfAPeriodThatIsOverIsNotContinued() {
    Generations generations =
        of(
            index("e-2026.11.27-000001", Duration.ofDays(2)),
            index("e-2026.11.28-000001", Duration.ofHours(12)));

    assertThat(generations.due(new Limits(1, 0, null), IndexPattern.parse("e-{yyyy.MM.dd}"), NOW))
        .containsExactly(new Generation("e-2026.11.28", 2));
  }

  @Test
  void repeatsAreLookedUpInBothGenerationsFromTheCreationUntilTheEndOfTheWindow() {
    Duration soon = WINDOW.plusSeconds(59);
    Generations generations =
        of(
            index("events-a-000001", Duration.ofDays(3)),
            index("events-a-000002", soon),
            index("events-b-000001", Duration.ofDays(3)),
            index("events-b-000002", WINDOW.plusSeconds(60)));

    long idsUntil = NOW.minus(soon).plusSeconds(90).toEpochMilli();
    assertThat(generations.others()).containsOnlyKeys("events-a-000001", "events-a-000002");
    assertThat(generations.others().get("events-a-000002"))
        .containsExactly(new Repeats.Other("events-a-000001", idsUntil));
    assertThat(generations.others().get("events-a-000001"))
        .containsExactly(new Repeats.Other("events-a-000002", Long.MAX_VALUE));
  }
}
