package dev.eventstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import dev.eventstream.spi.SinkResult;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.time.Duration;
import java.util.AbstractList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Admission, and that admitted bytes are released whatever happens. */
final class EventStreamAdmissionTest {
  /** Bytes counted for a document in addition to its event. */
  private static final int DOCUMENT_OVERHEAD = 192;

  private static final int OVERHEAD = 1024 + DOCUMENT_OVERHEAD; // of a call with one document

  private static final long BOUND = 100_000;
  private static final int OK_WITHOUT_VALUE = "{\"eventType\":\"a\",\"eventValue\":\"\"}".length();

  /** Answers when the test says so. */
  private static final class HoldingSink implements EventSink {
    final CompletableFuture<Void> go = new CompletableFuture<>();

    @Override
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      return go.thenApply(unused -> SinkResult.all(documents.size(), ItemResult.WRITTEN));
    }

    @Override
    public void close() {}
  }

  private final HoldingSink sink = new HoldingSink();
  private final EventTransformer transformer =
      (event, documents) -> {
        switch (event.eventValue()) {
          case "reject" -> throw new InvalidEventException(Rejection.INVALID_EVENT_TYPE, "no");
          case "error" -> throw new StackOverflowError("deep");
          default -> documents.add(new Document("x", "id", null, new byte[0]));
        }
      };
  private final EventStream stream =
      EventStream.builder()
          .sink(sink)
          .transformer(transformer)
          .maxInFlightBytes(BOUND)
          .closeTimeout(Duration.ZERO)
          .build();

  @AfterEach
  void close() {
    stream.close();
  }

  /**
   * Publishes a batch that fills the limit to its last byte and would be refused if anything were
   * in flight.
   */
  private void assertNothingIsInFlight() {
    Event event = Event.of("a", "b".repeat((int) BOUND - OVERHEAD - OK_WITHOUT_VALUE));
    assertThat(OVERHEAD + event.size()).isEqualTo((int) BOUND);
    CompletableFuture<Outcome> last = stream.publish(event);
    assertThat(stream.publish(Event.of("a", "b")).join())
        .isEqualTo(
            new Outcome.Refused(
                Refusal.IN_FLIGHT, "too many bytes are in flight", Duration.ofSeconds(1)));
    sink.go.complete(null);
    assertThat(last.join()).isInstanceOf(Outcome.Indexed.class);
  }

  @Test
  void releasesBytesWhenEventsAreRejected() {
    List<Outcome> outcomes =
        stream
            .publishAll(
                List.of(
                    Event.of("a", "reject"),
                    new BrokenEvent(1, Rejection.MALFORMED_JSON, "broken", 17)))
            .join();

    assertThat(outcomes)
        .containsExactly(
            new Outcome.Rejected(Rejection.INVALID_EVENT_TYPE, "no", -1),
            new Outcome.Rejected(Rejection.MALFORMED_JSON, "broken", 17));
    assertNothingIsInFlight();
  }

  @Test
  void releasesBytesWhenTheTransformerThrowsAnError() {
    assertThatThrownBy(() -> stream.publish(Event.of("a", "error")))
        .isInstanceOf(StackOverflowError.class);
    assertThatThrownBy(
            () ->
                stream.publishAll(EventReader.of(Reading.utf8(Event.of("a", "error").toString()))))
        .isInstanceOf(StackOverflowError.class);
    assertNothingIsInFlight();
  }

  @Test
  void releasesBytesWhenTheListOfEventsThrows() {
    List<Event> failing =
        new AbstractList<>() {
          private int reads;

          @Override
          public Event get(int index) {
            if (reads++ == 3) {
              throw new IllegalStateException("changed meanwhile");
            }
            return Event.of("a", "b");
          }

          @Override
          public int size() {
            return 2;
          }
        };
    assertThatThrownBy(() -> stream.publishAll(failing)).isInstanceOf(IllegalStateException.class);
    assertNothingIsInFlight();
  }

  @Test
  void releasesBytesWhenTheReaderThrows() throws IOException {
    InputStream broken = InputStream.nullInputStream();
    InputStream cut =
        new SequenceInputStream(
            new ByteArrayInputStream(Reading.utf8(Reading.OK + Reading.OK)), broken);
    broken.close();
    assertThatThrownBy(() -> stream.publishAll(EventReader.of(cut)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(
            () ->
                stream.publishAll(
                    EventReader.of(Reading.utf8(Reading.OK + Reading.OK)).maxEvents(1)))
        .isInstanceOf(TooManyEventsException.class);
    assertNothingIsInFlight();
  }

  @Test
  void releasesBytesWhenDocumentsAreWritten() throws IOException {
    sink.go.complete(null);
    stream.publish(Event.of("a", "b")).join();
    stream.publishAll(List.of(Event.of("a", "b"), Event.of("a", "reject"))).join();
    stream.publishAll(EventReader.of(Reading.utf8("[" + Reading.OK + ",{}]"))).join();
    stream
        .publishAll(EventReader.of(new ByteArrayInputStream(Reading.utf8(Reading.OK.repeat(50)))))
        .join();

    Event event = Event.of("a", "b".repeat((int) BOUND - OVERHEAD - OK_WITHOUT_VALUE));
    assertThat(stream.publish(event).join()).isInstanceOf(Outcome.Indexed.class);
  }

  @Test
  void refusesABatchThatDoesNotFitAndAcceptsASmallerOne() throws IOException {
    CompletableFuture<Outcome> first = stream.publish(Event.of("a", "b".repeat(60_000)));
    byte[] large =
        Reading.utf8("[" + Event.of("a", "c".repeat(50_000)) + ",{}," + Reading.OK + "]");
    Outcome refused =
        new Outcome.Refused(
            Refusal.IN_FLIGHT, "too many bytes are in flight", Duration.ofSeconds(1));

    assertThat(stream.publishAll(EventReader.of(large)).join())
        .containsExactly(refused, refused, refused);
    assertThat(
            stream
                .publishAll(List.of(Event.of("a", "c".repeat(50_000)), Event.of("a", "b")))
                .join())
        .containsExactly(refused, refused);
    CompletableFuture<Outcome> small = stream.publish(Event.of("a", "b"));
    sink.go.complete(null);
    assertThat(first.join()).isInstanceOf(Outcome.Indexed.class);
    assertThat(small.join()).isInstanceOf(Outcome.Indexed.class);
  }

  private CompletableFuture<List<Outcome>> publishStreamOf(int events, String event)
      throws IOException {
    InputStream bytes = new ByteArrayInputStream(Reading.utf8(event.repeat(events)));
    return stream.publishAll(EventReader.of(bytes));
  }

  @Test
  void refusesAStreamThatExceedsTheBytesInFlight() throws IOException {
    int tooMany = (int) BOUND; // each document takes more than a byte
    List<Outcome> outcomes = publishStreamOf(tooMany, Reading.OK).join();

    assertThat(outcomes).hasSize(tooMany);
    assertThat(Set.copyOf(outcomes))
        .singleElement()
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> {
              assertThat(refused.code()).isEqualTo(Refusal.IN_FLIGHT);
              assertThat(refused.reason()).contains("smaller batches", "maxInFlightBytes");
            });
    assertNothingIsInFlight();
  }

  @Test
  void limitsTheMemoryOfAStreamOfBrokenEvents() throws IOException {
    List<Outcome> outcomes = publishStreamOf((int) BOUND, "{}").join();

    assertThat(Set.copyOf(outcomes)).hasOnlyElementsOfType(Outcome.Refused.class);
    assertNothingIsInFlight();
  }

  @Test
  void refusesAStreamWhenOthersUseTheBytesInFlight() throws IOException {
    CompletableFuture<List<Outcome>> first = publishStreamOf(2_000, Reading.OK);
    assertThat(first).isNotDone();
    assertThat(Set.copyOf(publishStreamOf(5_000, Reading.OK).join()))
        .hasOnlyElementsOfType(Outcome.Refused.class);
    sink.go.complete(null);

    assertThat(Set.copyOf(first.join())).hasOnlyElementsOfType(Outcome.Indexed.class);
    assertThat(stream.state().inFlightBytes()).isZero();
  }

  @Test
  void countsTheMemoryOfEachCall() {
    for (int i = 0; i < 3; i++) {
      var unused = stream.publish(Event.of("a", "b"));
    }

    assertThat(stream.state().inFlightBytes())
        .isEqualTo(3L * (OVERHEAD + OK_WITHOUT_VALUE + "b".length()));
  }

  @Test
  void submitsNoBatchForNoEvents() throws IOException {
    assertThat(stream.publishAll(List.of()).join()).isEmpty();
    assertThat(stream.publishAll(EventReader.of(new byte[0])).join()).isEmpty();
    assertNothingIsInFlight();
  }

  @Test
  void countsBrokenEventsToo() {
    List<BrokenEvent> broken =
        Collections.nCopies(
            (int) BOUND / DOCUMENT_OVERHEAD + 1,
            new BrokenEvent(0, Rejection.MALFORMED_JSON, "broken", 0));
    CompletableFuture<Outcome> held = stream.publish(Event.of("a", "b"));

    assertThat(stream.publishAll(broken).join()).allMatch(Outcome.Refused.class::isInstance);
    sink.go.complete(null);
    held.join();
  }
}
