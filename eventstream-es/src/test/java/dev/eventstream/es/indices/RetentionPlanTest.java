package dev.eventstream.es.indices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.eventstream.es.indices.Retention.Action;
import dev.eventstream.es.indices.Retention.Ages;
import dev.eventstream.es.indices.Retention.Step;
import dev.eventstream.spi.IndexPattern;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetentionPlanTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final Map<Action, Ages> DELETE_AFTER_TWO_DAYS = Map.of(Action.DELETE, days(2));

  private static Ages days(int days) {
    return new Ages(Duration.ofDays(days), Map.of());
  }

  private static IndexInfo index(String name, String created) {
    return new IndexInfo(name, "green", true, 1, 2, 1, 1, 1, Instant.parse(created), true);
  }

  private static IndexInfo index(String name) {
    return index(name, "2020-01-01T00:00:00Z"); // a restored index, for example
  }

  private static List<Step> plan(String pattern, Map<Action, Ages> rules, IndexInfo... indices) {
    return new RetentionPlan(new EventIndices(IndexPattern.parse(pattern), Set.of()), rules)
        .of(List.of(indices), NOW);
  }

  @Test
  void theAgeOfADatedIndexIsThatOfTheEndOfItsPeriod() {
    List<Step> steps =
        plan(
            "e-{eventType}-{yyyy.MM.dd}",
            DELETE_AFTER_TWO_DAYS,
            index("e-a-2026.11.28"),
            index("e-a-2026.11.26"),
            index("e-a-2026.11.25"));

    assertThat(steps)
        .extracting(Step::index, Step::due)
        .containsExactly(
            tuple("e-a-2026.11.25", Instant.parse("2026-11-28T00:00:00Z")),
            tuple("e-a-2026.11.26", Instant.parse("2026-11-29T00:00:00Z")));
  }

  @Test
  void theNewestIndexOfATypeStaysHoweverOldItIs() {
    List<Step> steps =
        plan(
            "e-{eventType}-{yyyy}",
            DELETE_AFTER_TWO_DAYS,
            index("e-a-2019"),
            index("e-a-2020-000002"),
            index("e-a-2020-000001"),
            index("e-b-2018"));

    assertThat(steps).extracting(Step::index).containsExactly("e-a-2019", "e-a-2020-000001");
  }

  @Test
  void theAgeOfAGenerationIsThatOfTheNextOne() {
    List<Step> steps =
        plan(
            "e-{eventType}",
            DELETE_AFTER_TWO_DAYS,
            index("e-a-000001", "2020-01-01T00:00:00Z"),
            index("e-a-000002", "2026-11-01T00:00:00Z"),
            index("e-a-000010", "2026-11-27T00:00:00Z"));

    assertThat(steps)
        .extracting(Step::lastEvent)
        .containsExactly(
            Instant.parse("2026-11-01T00:00:00Z"), Instant.parse("2026-11-27T00:00:00Z"));
  }

  @Test
  void anIndexWithoutDateAndGenerationStays() {
    assertThat(plan("e-{eventType}", DELETE_AFTER_TWO_DAYS, index("e-a"), index("e-b"))).isEmpty();
  }

  @Test
  void onlyMarkedIndicesThatThePatternMakesAreTouched() {
    IndexInfo unmarked =
        new IndexInfo("e-2025", "green", true, 1, 2, 1, 1, 1, Instant.EPOCH, false);

    List<Step> steps =
        plan(
            "e-{yyyy}",
            DELETE_AFTER_TWO_DAYS,
            unmarked,
            index("e-2026"),
            index("e-2024x"),
            index("e-2024.01"),
            index("other-2024"),
            index("e-2024"));

    assertThat(steps).extracting(Step::index).containsExactly("e-2024");
  }

  @Test
  void aTypeCanHaveAnAgeOfItsOwn() {
    Ages ages = new Ages(Duration.ofDays(400), Map.of("a", Duration.ofDays(1)));

    List<Step> steps =
        plan(
            "e-{eventType}-{yyyy}",
            Map.of(Action.DELETE, ages),
            index("e-a-2025"),
            index("e-a-2026"),
            index("e-b-2025"),
            index("e-b-2026"));

    assertThat(steps).extracting(Step::index).containsExactly("e-a-2025", "e-b-2025");
    assertThat(steps.get(0).age()).isEqualTo(Duration.ofDays(1));
    assertThat(steps.get(1).due()).isAfter(NOW);
  }

  @Test
  void theStrongestStepThatIsDueIsNext() {
    Map<Action, Ages> rules =
        Map.of(Action.REMOVE_REPLICAS, days(1), Action.CLOSE, days(2), Action.DELETE, days(30));

    List<Step> steps =
        plan(
            "e-{yyyy.MM.dd}",
            rules,
            index("e-2026.11.28"),
            index("e-2026.11.27"),
            index("e-2026.11.26"),
            index("e-2026.11.20"),
            index("e-2026.09.20"));

    assertThat(steps)
        .extracting(Step::index, Step::action)
        .containsExactlyInAnyOrder(
            tuple("e-2026.11.27", Action.REMOVE_REPLICAS),
            tuple("e-2026.11.26", Action.REMOVE_REPLICAS),
            tuple("e-2026.11.20", Action.CLOSE),
            tuple("e-2026.09.20", Action.DELETE));
  }

  @Test
  void aStepThatIsDoneIsNotRepeated() {
    IndexInfo closed = new IndexInfo("e-2026.11.20", "", false, 0, 0, 0, 1, 1, Instant.EPOCH, true);

    List<Step> steps =
        plan(
            "e-{yyyy.MM.dd}",
            Map.of(Action.REMOVE_REPLICAS, days(1), Action.CLOSE, days(2)),
            closed,
            index("e-2026.11.28"));

    assertThat(steps).isEmpty();
  }
}
