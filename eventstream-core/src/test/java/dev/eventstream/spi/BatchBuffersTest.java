package dev.eventstream.spi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.Event;
import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

final class BatchBuffersTest {
  private static final int BATCH = 500; // events; large enough for its buffer to be reused

  private static byte[] array(String mark) {
    StringBuilder json = new StringBuilder("[");
    for (int i = 0; i < BATCH; i++) {
      json.append(i == 0 ? "" : ",")
          .append("{\"eventType\":\"pageview\",\"eventValue\":\"home\",\"mark\":\"")
          .append(mark)
          .append("\",\"number\":")
          .append(i)
          .append('}');
    }
    return json.append(']').toString().getBytes(UTF_8);
  }

  private static EventSink sink(Function<DocumentBatch, CompletionStage<SinkResult>> write) {
    return new EventSink() {
      @Override
      public CompletionStage<SinkResult> write(DocumentBatch documents) {
        return write.apply(documents);
      }

      @Override
      public void close() {}
    };
  }

  private static EventStream stream(
      Function<DocumentBatch, CompletionStage<SinkResult>> write, Duration deliveryTimeout) {
    return EventStream.builder()
        .sink(sink(write))
        .deliveryTimeout(deliveryTimeout)
        .closeTimeout(Duration.ofMillis(100))
        .build();
  }

  private static CompletionStage<SinkResult> written(DocumentBatch documents) {
    return CompletableFuture.completedFuture(SinkResult.all(documents.size(), ItemResult.WRITTEN));
  }

  private static List<Outcome> publish(EventStream stream, String mark) throws Exception {
    return stream.publishAll(EventReader.of(array(mark))).join();
  }

  private static List<Document> documents(DocumentBatch batch) {
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      documents.add(batch.get(i));
    }
    return documents;
  }

  @Test
  void outcomesKeepTheirIdsWhenTheBufferIsReused() throws Exception {
    List<List<Document>> seen = new ArrayList<>();
    try (EventStream stream =
        stream(
            batch -> {
              seen.add(documents(batch));
              return written(batch);
            },
            Duration.ofSeconds(10))) {
      List<Outcome> first = publish(stream, "first");
      List<Outcome> second = publish(stream, "second");

      assertThat(ids(first)).isEqualTo(seen.get(0).stream().map(Document::id).toList());
      assertThat(ids(second)).isEqualTo(seen.get(1).stream().map(Document::id).toList());
      assertThat(ids(first)).doesNotContainAnyElementsOf(ids(second));
    }
  }

  private static List<String> ids(List<Outcome> outcomes) {
    return outcomes.stream().map(outcome -> ((Outcome.Indexed) outcome).documentId()).toList();
  }

  @Test
  void readingABatchAfterItWasWrittenThrows() throws Exception {
    List<DocumentBatch> kept = new ArrayList<>();
    try (EventStream stream =
        stream(
            batch -> {
              kept.add(batch);
              return written(batch);
            },
            Duration.ofSeconds(10))) {
      publish(stream, "first");

      assertThatThrownBy(() -> kept.get(0).cursor())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("copy the data to keep it");
      assertThatThrownBy(() -> kept.get(0).slice(0, 1).byteSize())
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aBufferThatASinkMayStillReadIsNotReused() throws Exception {
    List<DocumentBatch> slow = new ArrayList<>();
    try (EventStream stream =
        stream(
            batch -> {
              if (slow.isEmpty()) {
                slow.add(batch);
                return new CompletableFuture<>(); // never answers
              }
              return written(batch);
            },
            Duration.ofSeconds(1))) { // long enough to get to the sink
      List<Outcome> refused = publish(stream, "slow");
      publish(stream, "second");
      publish(stream, "third");

      assertThat(refused).hasOnlyElementsOfType(Outcome.Refused.class);
      assertThat(documents(slow.get(0)))
          .hasSize(BATCH)
          .allSatisfy(
              document -> assertThat(new String(document.source(), UTF_8)).contains("\"slow\""));
    }
  }

  @Test
  void documentsOfManyThreadsAreNeverMixed() throws Exception {
    int threads = 4;
    int batches = 50;
    Map<String, Integer> seen = new ConcurrentHashMap<>();
    List<String> strangers = Collections.synchronizedList(new ArrayList<>());
    ExecutorService io = Executors.newFixedThreadPool(2);
    ExecutorService callers = Executors.newFixedThreadPool(threads);
    try (EventStream stream =
        stream(
            batch ->
                CompletableFuture.supplyAsync(
                    () -> {
                      for (Document document : documents(batch)) {
                        String source = new String(document.source(), UTF_8);
                        String mark = source.replaceAll(".*\"mark\":\"([^\"]*)\".*", "$1");
                        String number = source.replaceAll(".*\"number\":([0-9]+).*", "$1");
                        if (seen.merge(mark + '/' + number, 1, Integer::sum) > 1) {
                          strangers.add(source);
                        }
                      }
                      return SinkResult.all(batch.size(), ItemResult.WRITTEN);
                    },
                    io),
            Duration.ofSeconds(30))) {
      List<Future<?>> running = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int caller = thread;
        running.add(
            callers.submit(
                () -> {
                  for (int i = 0; i < batches; i++) {
                    List<Outcome> outcomes = publish(stream, caller + "-" + i);
                    assertThat(outcomes).hasOnlyElementsOfType(Outcome.Indexed.class);
                  }
                  return null;
                }));
      }
      for (Future<?> caller : running) {
        caller.get();
      }
    } finally {
      callers.shutdownNow();
      io.shutdownNow();
    }

    assertThat(strangers).isEmpty();
    assertThat(seen).hasSize(threads * batches * BATCH);
  }

  @Test
  void keepsNoMoreThanTheMaximumBytes() throws Exception {
    Map<Integer, byte[]> buffers = new HashMap<>();
    BatchBuffers pool = new BatchBuffers(100_000);
    for (int i = 0; i < 3; i++) {
      DocumentBatchBuilder builder = pool.builder(60_000, 1);
      buffers.put(i, builder.buffer());
    }
    for (byte[] buffer : buffers.values()) {
      DocumentBatchBuilder builder = new DocumentBatchBuilder(buffer.length, 1);
      builder.add(new Document("i", "d", null, new byte[30_000]));
      pool.recycle(builder.build());
    }

    byte[] first = pool.builder(60_000, 1).buffer();
    byte[] second = pool.builder(60_000, 1).buffer();
    assertThat(first).hasSize(60_000);
    assertThat(second).isNotSameAs(first);
  }

  @Test
  void customTransformersMayKeepEvents() throws Exception {
    List<Event> kept = new ArrayList<>();
    try (EventStream stream =
        EventStream.builder()
            .sink(sink(BatchBuffersTest::written))
            .transformer(
                (event, documents) -> {
                  kept.add(event);
                  documents.add(new Document("i", "id-" + kept.size(), null, event.toJson()));
                })
            .build()) {
      publish(stream, "first");
    }

    assertThat(kept.get(0).toString()).endsWith("\"number\":0}");
    assertThat(kept.get(BATCH - 1).toString()).endsWith("\"number\":" + (BATCH - 1) + "}");
  }
}
