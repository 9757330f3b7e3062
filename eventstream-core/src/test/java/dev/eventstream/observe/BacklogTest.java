package dev.eventstream.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.SpoolState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class BacklogTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private static Backlog backlog(long documents, @Nullable Instant oldest, double perSecond) {
    SpoolState state = new SpoolState(documents, 0, 0, 0, oldest, null, List.of());
    return new Backlog(state, perSecond, true, NOW);
  }

  @Test
  void hasTheAgeOfItsOldestDocument() {
    assertThat(backlog(1, NOW.minusSeconds(90), 0).oldestAge()).isEqualTo(Duration.ofSeconds(90));
    assertThat(backlog(0, null, 0).oldestAge()).isZero();
    assertThat(backlog(1, NOW.plusSeconds(1), 0).oldestAge()).isZero();
  }

  @Test
  void computesTheTimeLeftFromTheRate() {
    assertThat(backlog(3_000, NOW, 100).timeLeft()).isEqualTo(Duration.ofSeconds(30));
    assertThat(backlog(0, null, 0).timeLeft()).isZero();
  }

  @Test
  void theTimeLeftIsUnknownWhenNothingMoves() {
    assertThat(backlog(1, NOW, 0).timeLeft()).isNull();
    assertThat(backlog(1, NOW, 0.001).timeLeft()).isNull();
  }

  @Test
  void theSpoolStateCopiesItsList() {
    List<String> damaged = new ArrayList<>(List.of("file"));
    SpoolState state = new SpoolState(0, 0, 0, 0, null, null, damaged);
    damaged.clear();

    assertThat(state.damaged()).containsExactly("file");
  }
}
