package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Which documents a bulk contains, and when it is sent. */
final class BatcherTest {
  private static final long MILLI = 1_000_000;
  private static final int RECORD = 10 + "index".length() + 4; // with an ID of four characters

  private final ManualTimer timer = new ManualTimer();
  private final ScriptedSink sink = new ScriptedSink();

  private Batcher batcher(int maxDocuments, long maxBytes, long lingerMillis, int requests) {
    Backoff backoff = new Backoff(MILLI, MILLI, new Random(1));
    Delivery delivery = Deliveries.withoutSpool(sink, requests, backoff, timer);
    return new Batcher(maxDocuments, maxBytes, lingerMillis * MILLI, delivery, timer);
  }

  private static Document document(String id, int sourceBytes) {
    return new Document("index", id, null, "x".repeat(sourceBytes).getBytes(UTF_8));
  }

  private Publication publication(Document... documents) {
    return new Publication(DocumentBatch.of(documents), timer.nanoTime(), Instant.EPOCH);
  }

  private Publication submit(Batcher batcher, String... ids) {
    Document[] documents = new Document[ids.length];
    for (int i = 0; i < ids.length; i++) {
      documents[i] = document(ids[i], 0);
    }
    Publication publication = publication(documents);
    batcher.submit(publication);
    return publication;
  }

  private List<List<String>> bulks() {
    return sink.attempts.stream().map(ScriptedSink.Attempt::ids).toList();
  }

  @Test
  void limitsABulkByItsBytes() {
    Batcher batcher = batcher(1_000, 3L * RECORD, 5, 4);
    submit(batcher, "id-0");
    submit(batcher, "id-1");
    submit(batcher, "id-2", "id-3");
    assertThat(bulks()).hasSize(2);
    submit(batcher, "id-4");
    submit(batcher, "id-5");
    timer.advanceMillis(5);

    assertThat(bulks())
        .containsExactly(List.of("id-0"), List.of("id-1", "id-2", "id-3"), List.of("id-4", "id-5"));
  }

  @Test
  void doesNotSplitAPublicationThatExceedsTheRemainingBytes() {
    Batcher batcher = batcher(1_000, 3L * RECORD, 5, 4);
    submit(batcher, "id-0");
    submit(batcher, "id-1", "id-2");
    submit(batcher, "id-3", "id-4");
    timer.advanceMillis(5);

    assertThat(bulks())
        .containsExactly(List.of("id-0"), List.of("id-1", "id-2"), List.of("id-3", "id-4"));
  }

  @Test
  void splitsAPublicationLargerThanABulkAndSendsALargerDocumentAlone() {
    Batcher batcher = batcher(1_000, 3L * RECORD, 0, 10);
    batcher.submit(
        publication(
            document("id-0", 0),
            document("id-1", 0),
            document("id-2", 1_000),
            document("id-3", 0),
            document("id-4", 0)));

    assertThat(bulks().stream().flatMap(List::stream))
        .containsExactly("id-0", "id-1", "id-2", "id-3", "id-4");
    assertThat(bulks()).contains(List.of("id-2"));
    assertThat(bulks()).filteredOn(ids -> !ids.contains("id-2")).allMatch(ids -> ids.size() <= 3);
  }

  @Test
  void fillsABulkWithTheRestOfASplitPublicationAndTheNext() {
    Batcher batcher = batcher(4, 1_000_000, 0, 10);
    submit(batcher, "id-0", "id-1", "id-2", "id-3", "id-4");
    assertThat(bulks()).containsExactly(List.of("id-0", "id-1", "id-2", "id-3"), List.of("id-4"));
    sink.attempts.clear();

    Batcher busy = batcher(4, 1_000_000, 5, 1);
    submit(busy, "id-0");
    submit(busy, "id-1", "id-2", "id-3", "id-4", "id-5", "id-6");
    submit(busy, "id-7");
    submit(busy, "id-8", "id-9");
    for (int i = 0; i < sink.attempts.size(); i++) {
      sink.attempts.get(i).written();
    }

    assertThat(bulks())
        .containsExactly(
            List.of("id-0"),
            List.of("id-1", "id-2", "id-3", "id-4"),
            List.of("id-5", "id-6", "id-7"),
            List.of("id-8", "id-9"));
  }

  @Test
  void withoutLingerSendsWhilePermitsAreFree() {
    Batcher batcher = batcher(10, 1_000_000, 0, 2);
    submit(batcher, "id-0");
    submit(batcher, "id-1");
    submit(batcher, "id-2");
    submit(batcher, "id-3");
    assertThat(bulks()).containsExactly(List.of("id-0"), List.of("id-1"));
    sink.attempts.get(1).written();

    assertThat(bulks()).last().isEqualTo(List.of("id-2", "id-3"));
  }

  @Test
  void theLingerTimeStartsWithTheFirstWaitingDocument() {
    Batcher batcher = batcher(10, 1_000_000, 10, 4);
    submit(batcher, "id-0");
    submit(batcher, "id-1");
    timer.advanceMillis(6);
    submit(batcher, "id-2");
    timer.advanceMillis(3);
    assertThat(bulks()).hasSize(1);
    timer.advanceMillis(1);
    assertThat(bulks()).last().isEqualTo(List.of("id-1", "id-2"));

    submit(batcher, "id-3");
    timer.advanceMillis(9);
    assertThat(bulks()).hasSize(2);
    timer.advanceMillis(1);
    assertThat(bulks()).last().isEqualTo(List.of("id-3"));
  }

  @Test
  void theLingerTimerOfASentBulkDoesNotShortenTheNext() {
    Batcher batcher = batcher(2, 1_000_000, 10, 4);
    submit(batcher, "id-0");
    submit(batcher, "id-1"); // starts the timer
    timer.advanceMillis(5);
    submit(batcher, "id-2"); // full: sent before the timer
    assertThat(bulks()).hasSize(2);
    submit(batcher, "id-3");
    timer.advanceMillis(9);
    assertThat(bulks()).hasSize(2);
    timer.advanceMillis(1);

    assertThat(bulks()).last().isEqualTo(List.of("id-3"));
  }

  @Test
  void nothingLingersAfterFlush() {
    Batcher batcher = batcher(10, 1_000_000, 1_000, 4);
    submit(batcher, "id-0");
    submit(batcher, "id-1");
    batcher.flush();
    submit(batcher, "id-2");

    assertThat(bulks()).containsExactly(List.of("id-0"), List.of("id-1"), List.of("id-2"));
  }

  @Test
  void expiredDocumentsDoNotCountTowardsAFullBulk() {
    Batcher batcher = batcher(4, 1_000_000, 10, 1);
    submit(batcher, "id-0");
    Publication large = submit(batcher, "id-1", "id-2", "id-3", "id-4", "id-5");
    sink.attempts.get(0).written(); // the first four of them are sent
    assertThat(bulks()).last().isEqualTo(List.of("id-1", "id-2", "id-3", "id-4"));
    large.settleAllOpen(Fate.DUPLICATE);
    sink.attempts.get(1).written();
    assertThat(bulks()).hasSize(2);

    submit(batcher, "id-6");
    submit(batcher, "id-7");
    submit(batcher, "id-8");
    submit(batcher, "id-9");
    timer.advanceMillis(9);
    sink.attempts.get(2).written();

    assertThat(bulks().subList(2, bulks().size()))
        .containsExactly(List.of("id-6"), List.of("id-7", "id-8", "id-9"));
  }

  @Test
  void aSynchronousSinkDoesNotDeepenTheStackWithAnyQueue() {
    int[] depth = new int[1];
    int[] written = new int[1];
    List<CompletableFuture<SinkResult>> held = new ArrayList<>();
    EventSink synchronous =
        new EventSink() {
          @Override
          public CompletionStage<SinkResult> write(DocumentBatch documents) {
            if (written[0] % 1_000 < 2) {
              depth[0] = Math.max(depth[0], new Throwable().getStackTrace().length);
            }
            written[0] += documents.size();
            if (held.isEmpty()) {
              held.add(new CompletableFuture<>());
              return held.get(0);
            }
            return CompletableFuture.completedFuture(
                SinkResult.all(documents.size(), ItemResult.WRITTEN));
          }

          @Override
          public void close() {}
        };
    Backoff backoff = new Backoff(MILLI, MILLI, new Random(1));
    Delivery delivery = Deliveries.withoutSpool(synchronous, 1, backoff, timer);
    Batcher batcher = new Batcher(1, 1_000_000, 0, delivery, timer);
    List<Publication> all = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      all.add(submit(batcher, "id"));
    }
    int before = depth[0];
    held.get(0).complete(SinkResult.all(1, ItemResult.WRITTEN));

    assertThat(written[0]).isEqualTo(100_000);
    assertThat(depth[0]).isLessThan(before + 30);
    assertThat(all).allSatisfy(p -> assertThat(p.done()).isDone());
  }

  @Test
  void keepsTheOrderOfPublicationsAndTheLimitsOfBulks() {
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      sink.attempts.clear();
      int maxDocuments = 1 + random.nextInt(6);
      long maxBytes = (long) RECORD + random.nextInt(10 * RECORD);
      Batcher batcher = batcher(maxDocuments, maxBytes, random.nextInt(3), 1 + random.nextInt(2));
      List<String> expected = new ArrayList<>();
      List<Publication> all = new ArrayList<>();
      int answered = 0;
      for (int i = 0; i < 30; i++) {
        Document[] documents = new Document[1 + random.nextInt(8)];
        for (int k = 0; k < documents.length; k++) {
          String id = String.valueOf(1_000 + expected.size());
          expected.add(id);
          documents[k] = document(id, random.nextInt(3) == 0 ? random.nextInt(200) : 0);
        }
        all.add(publication(documents));
        batcher.submit(all.get(i));
        if (random.nextBoolean() && answered < sink.attempts.size()) {
          sink.attempts.get(answered++).written();
        }
        timer.advanceMillis(random.nextInt(3));
      }
      for (; answered < sink.attempts.size(); answered++) {
        sink.attempts.get(answered).written();
        timer.advanceMillis(3);
      }

      assertThat(bulks().stream().flatMap(List::stream)).as("seed %d", seed).isEqualTo(expected);
      assertThat(bulks()).allMatch(ids -> ids.size() <= maxDocuments);
      assertThat(all).as("seed %d", seed).allSatisfy(p -> assertThat(p.done()).isDone());
    }
  }
}
