package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** When the documents are no longer read, according to {@code isWrittenAtOnce}. */
final class PublicationTest {
  private final Publication publication =
      new Publication(
          DocumentBatch.of(
              new Document("i", "1", null, "{}".getBytes(UTF_8)),
              new Document("i", "2", null, "{}".getBytes(UTF_8))),
          0,
          Instant.EPOCH);

  private final Bulk bulk = Bulk.replay(publication);

  private Bulk live(int attempt) {
    return new Bulk(bulk.documents(), bulk.spans(), attempt, false);
  }

  @Test
  void isWrittenAtOnceWhenTheFirstAttemptWroteAllDocuments() {
    live(0).allWritten();

    assertThat(publication.isWrittenAtOnce()).isTrue();
    assertThat(publication.done()).isCompletedWithValueMatching(all -> all.size() == 2);
  }

  @Test
  void isNotWrittenAtOnceAfterAnEarlierAttempt() {
    live(1).allWritten();

    assertThat(publication.done()).isDone();
    assertThat(publication.isWrittenAtOnce()).isFalse();
  }

  @Test
  void isNotWrittenAtOnceWhileTheSpoolMayRead() {
    publication.takeOpen(0, 2);
    live(0).allWritten();

    assertThat(publication.done()).isDone();
    assertThat(publication.isWrittenAtOnce()).isFalse();
  }

  @Test
  void isNotWrittenAtOnceAfterTheTimeout() {
    publication.settleAllOpen(Fate.SPOOLED);
    live(0).allWritten();

    assertThat(publication.isWrittenAtOnce()).isFalse();
  }

  @Test
  void isNotWrittenAtOnceWhenSettledInParts() {
    publication.written(0, 1);
    publication.written(1, 1);

    assertThat(publication.done()).isDone();
    assertThat(publication.isWrittenAtOnce()).isFalse();
  }

  @Test
  void isNotWrittenAtOnceInTheReplay() {
    bulk.allWritten();

    assertThat(publication.isWrittenAtOnce()).isFalse();
  }
}
