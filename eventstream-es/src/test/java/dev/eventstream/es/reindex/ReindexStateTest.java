package dev.eventstream.es.reindex;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.spi.ItemResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReindexStateTest {
  private static final Map<String, String> JOB = Map.of("source", "a*");
  private static final Map<String, String> SOURCES = Map.of("a1", "code1", "a2", "code2");

  @TempDir Path directory;

  @Test
  void continuesWhereTheEarlierRunWas() throws IOException {
    ReindexState state = ReindexState.begin(file(), JOB, SOURCES);
    ReindexTally portion = new ReindexTally();
    portion.read();
    portion.settled("target", ItemResult.Kind.WRITTEN);
    state.portionDone(portion, 50, 0);
    state.sourceDone();
    state.portionDone(portion, 70, 12);

    ReindexState again = requireNonNull(ReindexState.read(file(), JOB));

    assertThat(again.current()).isEqualTo("a2");
    assertThat(again.position()).isEqualTo(70);
    assertThat(again.rejectedBytes()).isEqualTo(12);
    assertThat(again.readFrom("a1")).isEqualTo(1);
    assertThat(again.tally.report(0, List.of()).targets()).containsEntry("target", 2L);
    again.sourceDone();
    assertThat(requireNonNull(ReindexState.read(file(), JOB)).current()).isNull();
  }

  @Test
  void theProgressOfAnotherCopyIsRefusedOnlyIfThereIsAny() throws IOException {
    ReindexState state = ReindexState.begin(file(), JOB, SOURCES);
    assertThat(ReindexState.read(file(), Map.of("source", "b"))).isNull();
    state.portionDone(new ReindexTally(), 0, 0);

    assertThatThrownBy(() -> ReindexState.read(file(), Map.of("source", "b")))
        .hasMessageContaining("source \"a*\", not \"b\"; use another state file");
  }

  @Test
  void aSourceThatWasCreatedAgainIsRefused() throws IOException {
    ReindexState state = ReindexState.begin(file(), JOB, SOURCES);

    state.check(Map.of("a1", "code1", "a2", "code2", "a3", "code3"));
    assertThatThrownBy(() -> state.check(Map.of("a1", "code1", "a2", "other")))
        .hasMessageContaining("another index a2");
    assertThatThrownBy(() -> state.check(Map.of("a1", "code1"))).hasMessageContaining("a2");
  }

  @Test
  void anotherFileIsNotReplaced() throws IOException {
    for (String content : new String[] {"notes", "{\"format\":2,\"sources\":{}}", "[]"}) {
      Files.writeString(file(), content);
      assertThatThrownBy(() -> ReindexState.read(file(), JOB))
          .hasMessageContaining("does not hold the progress of a copy");
    }
  }

  private Path file() {
    return directory.resolve("state");
  }
}
