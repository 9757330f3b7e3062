package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.SinkResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SpoolWriterTest {
  private static final Fate LATE =
      new Fate.Refused(Refusal.SPOOL, "the disk is late", Duration.ofSeconds(5));
  private static final ItemResult FULL = new ItemResult.Failed(FailureClass.RETRY, "full");
  private static final Fate REFUSED =
      new Fate.Refused(Refusal.SPOOL, "full", Duration.ofSeconds(10));

  private final ManualTimer timer = new ManualTimer();
  private final ScriptedSpool spool = new ScriptedSpool();
  private final SpoolWriter writer =
      new SpoolWriter(
          spool,
          new Deadlines(timer, 1_000_000_000, late -> late.settleAllOpen(LATE)),
          Deliveries.environment(timer, new Random(1)));

  private Publication publication(String... ids) {
    Document[] documents = new Document[ids.length];
    for (int i = 0; i < ids.length; i++) {
      documents[i] = new Document("index", ids[i], null, "{}".getBytes(UTF_8));
    }
    return new Publication(DocumentBatch.of(documents), timer.nanoTime(), Instant.EPOCH);
  }

  @Test
  void settlesOnlyAfterTheFsync() {
    Publication publication = publication("a", "b");
    writer.accept(publication, 0, publication.size());
    assertThat(spool.writes.last().ids()).containsExactly("a", "b");
    assertThat(publication.done()).isNotDone();
    spool.writes.last().written();

    assertThat(publication.done()).isCompletedWithValue(List.of(Fate.SPOOLED, Fate.SPOOLED));
  }

  @Test
  void writesOnlyUnsettledDocumentsAndEachOnce() {
    Publication publication = publication("a", "b", "c", "d");
    publication.settle(1, Fate.INDEXED);
    writer.accept(publication, 0, 2);
    assertThat(spool.writes.last().ids()).containsExactly("a");
    writer.accept(publication, 0, publication.size());
    assertThat(spool.writes.last().ids()).containsExactly("c", "d");
    writer.accept(publication, 0, publication.size());
    assertThat(spool.writes.attempts).hasSize(2);
    spool.writes.attempts.forEach(ScriptedSink.Attempt::written);

    assertThat(publication.done())
        .isCompletedWithValue(List.of(Fate.SPOOLED, Fate.INDEXED, Fate.SPOOLED, Fate.SPOOLED));
  }

  @Test
  void refusesDocumentsThatTheDiskHasNoRoomFor() {
    Publication publication = publication("a", "b");
    writer.accept(publication, 0, publication.size());
    spool.writes.last().each(ItemResult.WRITTEN, FULL);

    assertThat(publication.done()).isCompletedWithValue(List.of(Fate.SPOOLED, REFUSED));
  }

  @Test
  void refusesAllWhenTheSpoolFails() {
    Publication publication = publication("a");
    writer.accept(publication, 0, publication.size());
    spool.writes.last().answer().completeExceptionally(new IllegalStateException("I/O error"));

    assertThat(publication.done().join().get(0))
        .isEqualTo(
            new Fate.Refused(
                Refusal.SPOOL,
                "the spool failed: java.lang.IllegalStateException: I/O error",
                Duration.ofSeconds(10)));
  }

  @Test
  void refusesAllWhenTheSpoolThrowsInsteadOfAnswering() {
    Publication publication = publication("a");
    spool.thrown = new IllegalStateException("closed");
    writer.accept(publication, 0, publication.size());

    assertThat(publication.done().join().get(0)).isInstanceOf(Fate.Refused.class);
  }

  @Test
  void documentsAcknowledgedMeanwhileStayIndexed() {
    Publication publication = publication("a", "b");
    writer.accept(publication, 0, publication.size());
    publication.settle(0, Fate.INDEXED);
    spool.writes.last().written();

    assertThat(publication.done()).isCompletedWithValue(List.of(Fate.INDEXED, Fate.SPOOLED));
  }

  @Test
  void doesNotWaitForADiskThatDoesNotRespond() {
    Publication publication = publication("a");
    writer.accept(publication, 0, publication.size());
    timer.advanceMillis(1_100);
    assertThat(publication.done()).isCompletedWithValue(List.of(LATE));
    spool.writes.last().written();

    assertThat(publication.done()).isCompletedWithValue(List.of(LATE));
  }

  @Test
  void anyOtherResultIsDurableToo() {
    Publication publication = publication("a");
    writer.accept(publication, 0, publication.size());
    spool.writes.last().answer().complete(SinkResult.all(1, ItemResult.DUPLICATE));

    assertThat(publication.done()).isCompletedWithValue(List.of(Fate.SPOOLED));
  }
}
