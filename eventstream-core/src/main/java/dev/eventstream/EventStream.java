package dev.eventstream;

import dev.eventstream.internal.delivery.Environment;
import dev.eventstream.internal.delivery.Fate;
import dev.eventstream.internal.delivery.InFlight;
import dev.eventstream.internal.delivery.Pipeline;
import dev.eventstream.internal.delivery.Publication;
import dev.eventstream.internal.delivery.ThreadTimer;
import dev.eventstream.internal.delivery.Timer;
import dev.eventstream.internal.delivery.WorkThread;
import dev.eventstream.observe.Backlog;
import dev.eventstream.observe.StreamState;
import dev.eventstream.spi.BatchBuffers;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Spool;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Takes events and sees to it that each becomes a document. Where to start:
 *
 * <pre>{@code
 * try (EventStream stream = EventStream.builder().sink("http://localhost:9200").build()) {
 *   Outcome outcome = stream.publish(Event.of("pageview", "homepage")).join();
 * }
 * }</pre>
 *
 * <p>Publishing transforms on the caller's thread and does not wait for the sink. Documents of many
 * callers share bulk requests; each caller learns what became of its own. The returned futures are
 * completed by the thread that got the answer: whatever is slow belongs into an {@code …Async}
 * continuation.
 *
 * <p>Memory is bounded by the bytes in flight: beyond, events are {@link Outcome.Refused} at once.
 * A document that cannot be written is tried again, with exponential backoff and full jitter, until
 * the delivery time-out. Then it goes to the {@link Spool}, from where it is written later; without
 * a spool it is refused.
 *
 * <p>Thread-safe; one stream serves a whole application. Owns two threads besides those of its
 * sink, spool and resolver, and ends all of them in {@link #close()}.
 */
public final class EventStream implements AutoCloseable {
  private static final Duration RETRY_AFTER_TIMEOUT = Duration.ofSeconds(5);

  /** How long the spool may take for what is open when the stream is closed. */
  private static final Duration SPOOL_TIMEOUT = Duration.ofSeconds(10);

  private final EventTransformer transformer;
  private final EventSink sink;
  private final @Nullable Spool spool;
  private final Clock clock = Clock.systemUTC();
  private final Timer timer;
  private final WorkThread replay;
  private final InFlight inFlight;
  private final Intake intake;
  private final Pipeline pipeline;
  private final Acknowledgement acknowledgement;
  private final Duration closeTimeout;
  private boolean closed; // guarded by this

  EventStream(EventStreamBuilder builder, EventSink sink) {
    this.sink = sink;
    this.spool = builder.spool;
    this.transformer = builder.buildTransformer();
    this.acknowledgement = builder.acknowledgement;
    this.closeTimeout = builder.closeTimeout;
    this.timer = new ThreadTimer();
    this.replay = new WorkThread("eventstream-replay");
    this.inFlight = new InFlight(builder.maxInFlightBytes);
    this.pipeline =
        new Pipeline(
            sink,
            spool,
            builder.settings(),
            new Environment(
                timer, clock, () -> ThreadLocalRandom.current().nextLong(), builder.listener),
            replay);
    this.intake =
        new Intake(
            transformer,
            new BatchBuffers(builder.maxInFlightBytes / 8),
            inFlight,
            pipeline,
            timer,
            clock,
            builder.listener);
  }

  /**
   * Starts to build a stream.
   *
   * @return a builder with the defaults
   */
  public static EventStreamBuilder builder() {
    return new EventStreamBuilder();
  }

  /**
   * Publishes one event.
   *
   * @param event the event
   * @return its outcome; never fails
   */
  public CompletableFuture<Outcome> publish(Event event) {
    return publishAll(List.of(event)).thenApply(outcomes -> outcomes.get(0));
  }

  /**
   * Publishes a batch. Its events are independent: one that is broken or cannot be written does not
   * touch the others.
   *
   * @param events events, and broken ones in their places, which are rejected with their reasons
   * @return their outcomes, in the same order; never fails
   */
  public CompletableFuture<List<Outcome>> publishAll(List<? extends ReadEvent> events) {
    return publishAll(events, acknowledgement);
  }

  /**
   * Publishes a batch, and says for it alone when it is answered.
   *
   * @param events as for {@link #publishAll(List)}
   * @param when in place of the stream's own {@link EventStreamBuilder#acknowledge}
   * @return their outcomes, in the same order; never fails
   * @throws IllegalStateException when that needs a spool and the stream has none
   */
  public CompletableFuture<List<Outcome>> publishAll(
      List<? extends ReadEvent> events, Acknowledgement when) {
    checkPossible(when);
    return intake.publish(events, when);
  }

  /**
   * Publishes all that a reader finds, as one batch.
   *
   * @param events the reader; read to its end
   * @return the outcomes, in order, broken events included; never fails
   * @throws IOException when the input cannot be read or has too many events; nothing was published
   *     then
   */
  public CompletableFuture<List<Outcome>> publishAll(EventReader events) throws IOException {
    return publishAll(events, acknowledgement);
  }

  /**
   * Publishes all that a reader finds, as one batch, and says for it alone when it is answered.
   *
   * @param events the reader; read to its end
   * @param when in place of the stream's own {@link EventStreamBuilder#acknowledge}
   * @return the outcomes, in order, broken events included; never fails
   * @throws IOException when the input cannot be read or has too many events; nothing was published
   *     then
   * @throws IllegalStateException when that needs a spool and the stream has none
   */
  public CompletableFuture<List<Outcome>> publishAll(EventReader events, Acknowledgement when)
      throws IOException {
    checkPossible(when);
    return intake.publish(events, when);
  }

  private void checkPossible(Acknowledgement when) {
    if (when == Acknowledgement.SPOOLED) {
      spool();
    }
  }

  /**
   * Asks whether events would be taken now: because the spool has room, or else because the sink
   * would take documents.
   *
   * @return done when they would; failed, with what is wrong, when not
   */
  public CompletionStage<Void> check() {
    return spool != null && spool.state().refusal() == null
        ? CompletableFuture.completedFuture(null)
        : sink.check();
  }

  /**
   * Asks the sink whether it would take documents now, whatever the spool could take.
   *
   * @return done when it would; failed, with what is wrong, when not
   */
  public CompletionStage<Void> checkSink() {
    return sink.check();
  }

  /**
   * How the stream is doing. Cheap enough to be asked many times a second; does not wait for the
   * cluster.
   *
   * @return the state now
   */
  public StreamState state() {
    return new StreamState(
        inFlight.bytes(),
        inFlight.maxBytes(),
        pipeline.requestsInFlight(),
        pipeline.queuedDocuments(),
        pipeline.clusterTakes(),
        pipeline.clusterFailure(),
        pipeline.stuckDestinations(),
        spool == null ? null : backlog(),
        spool == null ? 0 : spool.deadLetters().count(),
        spool == null ? 0 : spool.deadLetters().diskBytes());
  }

  /**
   * How much waits in the spool, and how fast it leaves.
   *
   * @return the backlog now
   * @throws IllegalStateException when the stream has no spool
   */
  public Backlog backlog() {
    return new Backlog(
        spool().state(), pipeline.replayedPerSecond(), pipeline.clusterTakes(), clock.instant());
  }

  /**
   * The documents that no index can take.
   *
   * @return the dead letters of the spool
   * @throws IllegalStateException when the stream has no spool
   */
  public DeadLetters deadLetters() {
    return spool().deadLetters();
  }

  /**
   * Tries dead letters again, for example after a mapping was mended: those that arrive, or are
   * spooled, are dead letters no more. What arrived before, and was not removed because the process
   * ended, is found there and removed. Waits for the cluster; other events are delivered meanwhile.
   *
   * @param filter which ones, see {@link DeadLetter}
   * @return what became of them
   * @throws IOException when the disk fails; those that arrived may be tried again
   * @throws IllegalStateException when the stream has no spool
   */
  public Redriven redrive(Predicate<? super DeadLetter> filter) throws IOException {
    Redrive redrive = new Redrive(spool().deadLetters(), this::deliverAgain);
    return redrive.run(filter);
  }

  private CompletableFuture<List<Fate>> deliverAgain(DocumentBatch documents) {
    Publication publication = new Publication(documents, timer.nanoTime(), clock.instant());
    pipeline.submitToCluster(publication);
    return publication.done();
  }

  private Spool spool() {
    if (spool == null) {
      throw new IllegalStateException("the stream has no spool; give it one with spool(...)");
    }
    return spool;
  }

  /**
   * Takes no more events, waits until those taken are settled or the close time-out is over, spools
   * or else refuses the rest, and closes sink, spool, transformer and resolver. Joins every thread
   * that the stream started.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    Fate.Refused late =
        new Fate.Refused(
            Refusal.CLOSED, "the stream was closed before it was written", RETRY_AFTER_TIMEOUT);
    intake.close();
    pipeline.drain();
    inFlight.awaitNone(closeTimeout.toNanos());
    pipeline.stopWaiting(late);
    inFlight.awaitNone(SPOOL_TIMEOUT.toNanos());
    pipeline.refuseRest(late);
    timer.stop();
    replay.stop();
    try {
      sink.close();
    } finally {
      try {
        if (spool != null) {
          spool.close();
        }
      } finally {
        transformer.close();
      }
    }
  }
}
