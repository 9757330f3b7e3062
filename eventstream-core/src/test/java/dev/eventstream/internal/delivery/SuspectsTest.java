package dev.eventstream.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.internal.delivery.Suspects.Suspect;
import org.junit.jupiter.api.Test;

final class SuspectsTest {
  private final ManualTimer timer = new ManualTimer();
  private final Suspects suspects = new Suspects(timer);

  private Suspect get(String id) {
    Suspect suspect = suspects.get("index", id);
    assertThat(suspect).isNotNull();
    return suspect;
  }

  @Test
  void identifiesADocumentByItsDestinationAndId() {
    assertThat(suspects.none()).isTrue();
    suspects.failed("index", "a", "500");

    assertThat(suspects.none()).isFalse();
    assertThat(get("a").reason()).isEqualTo("500");
    assertThat(suspects.get("other", "a")).isNull();
    assertThat(suspects.get("index", "b")).isNull();
  }

  @Test
  void isDueAfterPausesThatGrowUpToTenMinutes() {
    long seconds = 15;
    for (int i = 0; i < 10; i++) {
      suspects.failed("index", "a", "500");
      timer.advanceMillis(1_000 * seconds - 1);
      assertThat(get("a").isDue(timer.nanoTime())).as("after %d s", seconds).isFalse();
      timer.advanceMillis(1);
      assertThat(get("a").isDue(timer.nanoTime())).as("after %d s", seconds).isTrue();
      seconds = Math.min(600, 2 * seconds);
    }
    assertThat(get("a").since()).isZero();
  }

  @Test
  void isDueImmediatelyWhenItsDestinationRecovers() {
    suspects.failed("index", "a", "500");
    suspects.failed("other", "a", "500");
    suspects.retry("index");

    assertThat(get("a").isDue(timer.nanoTime())).isTrue();
    Suspect other = suspects.get("other", "a");
    assertThat(other != null && other.isDue(timer.nanoTime())).isFalse();
  }

  @Test
  void forgetsDocumentsThatHaveLeftTheSpool() {
    suspects.failed("index", "a", "500");
    suspects.left("index", "a");

    assertThat(suspects.none()).isTrue();
  }

  @Test
  void isBoundedAndForgetsTheOldestFirst() {
    for (int i = 0; i < 5_000; i++) {
      suspects.failed("index", "id-" + i, "500");
    }

    assertThat(suspects.get("index", "id-0")).isNull();
    assertThat(suspects.get("index", "id-4999")).isNotNull();
  }
}
