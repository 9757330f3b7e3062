package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.Document;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DeadLetterLogTest {
  private final ManualTimer timer = new ManualTimer();
  private final List<String> lines = new ArrayList<>();
  private final DeadLetterLog log = new DeadLetterLog(timer, lines::add);

  private void add(String index, String reason, int count) {
    Document document = new Document(index, "id", null, "{}".getBytes(UTF_8));
    log.added(
        Collections.nCopies(count, new DeadLetter(document, reason, Instant.EPOCH, Instant.EPOCH)));
  }

  @Test
  void aNewKindIsLoggedAtOnceAndFurtherLettersOnceAMinute() {
    add("click", "400 mapper_parsing_exception: failed to parse [secret]", 1);
    add("click", "400 mapper_parsing_exception: other", 10);
    timer.advanceMillis(59_999);
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0))
        .startsWith("A document for click became a dead letter: 400 mapper_parsing_exception. ")
        .contains("dead-letters")
        .doesNotContain("secret");

    timer.advanceMillis(1);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(1)).startsWith("10 more documents for click became dead letters: 400 ");
    timer.advanceMillis(300_000);
    assertThat(lines).hasSize(2);

    add("click", "400 mapper_parsing_exception: again", 1);
    assertThat(lines).hasSize(3);
  }

  @Test
  void eachIndexAndKindOfReasonHasItsOwnLine() {
    add("click", "400 mapper_parsing_exception: x", 2);
    add("view", "400 mapper_parsing_exception: x", 2);
    add("click", "413 too large", 1);

    assertThat(lines).hasSize(3);
  }

  @Test
  void theNumberOfLinesIsLimited() {
    for (int i = 0; i < 1_000; i++) {
      add("index-" + i, "why", 1);
    }
    assertThat(lines).hasSize(101);
    timer.advanceMillis(60_000);
    assertThat(lines).hasSize(102);
    assertThat(lines.get(101)).startsWith("899 more documents for other indices became");
    timer.advanceMillis(60_000);
    add("index-1", "why", 1);
    assertThat(lines).hasSize(103);
  }
}
