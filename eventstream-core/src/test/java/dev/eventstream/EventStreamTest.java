package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Rejection;
import dev.eventstream.spi.SinkResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EventStreamTest {
  /** Writes immediately, or holds its answers back. */
  private static final class HeldSink implements EventSink {
    final AtomicInteger documents = new AtomicInteger();
    final AtomicBoolean closed = new AtomicBoolean();
    final Queue<Runnable> held = new ConcurrentLinkedQueue<>();
    volatile boolean hold;

    @Override
    public CompletionStage<SinkResult> write(DocumentBatch batch) {
      documents.addAndGet(batch.size());
      SinkResult written = SinkResult.all(batch.size(), ItemResult.WRITTEN);
      if (!hold) {
        return CompletableFuture.completedFuture(written);
      }
      CompletableFuture<SinkResult> answer = new CompletableFuture<>();
      held.add(() -> answer.complete(written));
      return answer;
    }

    void letGo() {
      hold = false;
      for (Runnable answer = held.poll(); answer != null; answer = held.poll()) {
        answer.run();
      }
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  private final HeldSink sink = new HeldSink();

  private EventStreamBuilder builder() {
    return EventStream.builder().sink(sink).closeTimeout(Duration.ofSeconds(5));
  }

  @Test
  void anEventIsIndexedUnderItsTypeWithItsId() {
    IdResolver ids = IdResolver.of(Map.of("pageview", Map.of("homepage", "h")));
    try (EventStream stream = builder().idResolver(ids).build()) {
      Outcome outcome = stream.publish(Event.of("pageview", "homepage")).join();
      assertThat(outcome).isInstanceOf(Outcome.Indexed.class);
      Outcome.Indexed indexed = (Outcome.Indexed) outcome;
      assertThat(indexed.destination()).isEqualTo("pageview");
      assertThat(indexed.eventId()).isEqualTo("h");
      assertThat(indexed.documentId()).hasSize(36);
      assertThat(indexed.accepted()).isTrue();
    }
  }

  @Test
  void outcomesAreInOrderIncludingRejectedEvents() throws Exception {
    String json =
        "[{\"eventType\":\"a\",\"eventValue\":\"1\"},{bad},{\"eventType\":\"A\",\"eventValue\":\"2\"},"
            + "{\"eventType\":\"b\",\"eventValue\":\"3\"}]";
    try (EventStream stream = builder().build()) {
      List<Outcome> outcomes = stream.publishAll(EventReader.of(json.getBytes(UTF_8))).join();
      assertThat(outcomes).hasSize(4);
      assertThat(((Outcome.Indexed) outcomes.get(0)).destination()).isEqualTo("a");
      Outcome.Rejected broken = (Outcome.Rejected) outcomes.get(1);
      assertThat(broken.code()).isEqualTo(Rejection.MALFORMED_JSON);
      assertThat(broken.offset()).isEqualTo(json.indexOf("bad"));
      assertThat(((Outcome.Rejected) outcomes.get(2)).code())
          .isEqualTo(Rejection.INVALID_EVENT_TYPE);
      assertThat(((Outcome.Indexed) outcomes.get(3)).destination()).isEqualTo("b");
    }
  }

  @Test
  void aFailingTransformerAffectsOnlyThatEvent() {
    EventTransformer failing =
        (event, documents) -> {
          switch (event.eventValue()) {
            case "throws" -> throw new IllegalStateException("failed");
            case "none" -> {}
            case "two" -> {
              documents.add(new Document("x", "1", null, event.toJson()));
              documents.add(new Document("x", "2", null, event.toJson()));
            }
            default -> documents.add(new Document("x", event.eventValue(), null, event.toJson()));
          }
        };
    try (EventStream stream = builder().transformer(failing).build()) {
      List<Event> events =
          List.of(
              Event.of("a", "good"),
              Event.of("a", "throws"),
              Event.of("a", "none"),
              Event.of("a", "two"),
              Event.of("a", "better"));
      List<Outcome> outcomes = stream.publishAll(events).join();
      assertThat(outcomes.get(0)).isEqualTo(new Outcome.Indexed("x", "good", null));
      for (int i = 1; i <= 3; i++) {
        assertThat(((Outcome.Rejected) outcomes.get(i)).code())
            .isEqualTo(Rejection.TRANSFORM_FAILED);
      }
      assertThat(outcomes.get(4)).isEqualTo(new Outcome.Indexed("x", "better", null));
    }
    assertThat(sink.documents).hasValue(2);
  }

  @Test
  void refusesEventsBeyondTheBytesInFlightUntilThereIsRoom() {
    sink.hold = true;
    try (EventStream stream = builder().maxInFlightBytes(1_000).build()) {
      List<Event> large =
          List.of(Event.of("a", "x".repeat(2_000))); // larger than the limit, but alone
      CompletableFuture<List<Outcome>> first = stream.publishAll(large);
      Outcome refused = stream.publish(Event.of("a", "b")).join();
      assertThat(refused).isInstanceOf(Outcome.Refused.class);
      assertThat(refused.accepted()).isFalse();
      sink.letGo();
      assertThat(first.join().get(0)).isInstanceOf(Outcome.Indexed.class);
      assertThat(stream.publish(Event.of("a", "b")).join()).isInstanceOf(Outcome.Indexed.class);
    }
  }

  @Test
  void tooManyEventsPublishNoneAndReleaseTheirBytes() throws Exception {
    byte[] two =
        "[{\"eventType\":\"a\",\"eventValue\":\"1\"},{\"eventType\":\"a\",\"eventValue\":\"2\"}]"
            .getBytes(UTF_8);
    try (EventStream stream = builder().maxInFlightBytes(500).build()) {
      for (int i = 0; i < 100; i++) {
        assertThatThrownBy(() -> stream.publishAll(EventReader.of(two).maxEvents(1)))
            .isInstanceOf(TooManyEventsException.class);
      }
      assertThat(sink.documents).hasValue(0);
      assertThat(stream.publishAll(EventReader.of(two)).join())
          .hasOnlyElementsOfType(Outcome.Indexed.class);
    }
  }

  @Test
  void closingSendsLingeringEventsAndRefusesUnansweredOnes() {
    sink.hold = true;
    EventStream stream = builder().closeTimeout(Duration.ofMillis(50)).build();
    CompletableFuture<Outcome> stuck = stream.publish(Event.of("a", "b"));
    stream.close();
    assertThat(stuck.join()).isInstanceOf(Outcome.Refused.class);
    assertThat(sink.closed).isTrue();
    assertThat(stream.publish(Event.of("a", "b")).join()).isInstanceOf(Outcome.Refused.class);
    assertThat(
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("eventstream-timer")))
        .isEmpty();
  }

  @Test
  void eventsPublishedDuringClosingGetAnOutcome() {
    for (int round = 0; round < 20; round++) {
      EventStream stream = builder().build();
      List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
      AtomicBoolean started = new AtomicBoolean();
      Thread publisher =
          new Thread(
              () -> {
                for (int i = 0; i < 200; i++) {
                  CompletableFuture<Outcome> outcome = stream.publish(Event.of("a", "b"));
                  synchronized (outcomes) {
                    outcomes.add(outcome);
                  }
                  started.set(true);
                }
              });
      publisher.start();
      await().until(started::get);
      stream.close();
      await().until(() -> !publisher.isAlive());
      synchronized (outcomes) {
        assertThat(outcomes).hasSize(200).allMatch(CompletableFuture::isDone);
      }
    }
  }

  @Test
  void aSynchronousSinkDoesNotDeepenTheStack() {
    sink.hold = true;
    try (EventStream stream =
        builder().maxInFlightRequests(1).maxBatchEvents(1).maxInFlightBytes(1L << 30).build()) {
      List<CompletableFuture<Outcome>> outcomes =
          IntStream.range(0, 50_000).mapToObj(i -> stream.publish(Event.of("a", "b"))).toList();
      sink.letGo();
      assertThat(outcomes)
          .allSatisfy(o -> assertThat(o.join()).isInstanceOf(Outcome.Indexed.class));
    }
  }

  @Test
  void reportsInvalidSettingsWithTheirValues() {
    assertThatThrownBy(() -> EventStream.builder().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("sink");
    assertThatThrownBy(() -> EventStream.builder().sink("kafka://x").build())
        .hasMessageContaining("kafka://x has the unknown scheme \"kafka\"");
    assertThatThrownBy(() -> EventStream.builder().sink("localhost"))
        .hasMessageContaining("\"localhost\"");
    assertThatThrownBy(() -> builder().maxBatchEvents(0))
        .hasMessageContaining("maxBatchEvents is 0");
    assertThatThrownBy(() -> builder().deliveryTimeout(Duration.ZERO))
        .hasMessageContaining("deliveryTimeout");
  }
}
