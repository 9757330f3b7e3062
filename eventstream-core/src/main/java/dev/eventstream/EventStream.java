package dev.eventstream;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
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
 * Publishes events and delivers them durably to a sink:
 *
 * <pre>{@code
 * try (EventStream stream = EventStream.builder().sink("http://localhost:9200").build()) {
 *   Outcome outcome = stream.publish(Event.of("pageview", "homepage")).join();
 * }
 * }</pre>
 *
 * <p>Publishing transforms events on the caller's thread and does not wait for the sink. Documents
 * of concurrent callers share bulk requests; each caller receives the outcomes of its own events.
 * The returned futures are completed by the thread that received the answer: use an {@code …Async}
 * continuation for slow work.
 *
 * <p>Memory is bounded by a limit of bytes in flight. Events beyond it are {@link Outcome.Refused}
 * immediately; a publisher from {@link #waiting} waits instead. A document that cannot be written
 * is retried with exponential backoff and full jitter until the delivery time-out. It then goes to
 * the {@link Spool}, from which it is written later; without a spool it is refused.
 *
 * <p>Thread-safe; one stream can serve a whole application. Owns two threads in addition to those
 * of its sink, spool and resolver, and ends all of them in {@link #close()}.
 */
public final class EventStream implements AutoCloseable {
  private static final Duration RETRY_AFTER_TIMEOUT = Duration.ofSeconds(5);

  /** How long {@link #close()} waits for the spool to store unsettled documents. */
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

  @GuardedBy("this") private boolean closed;

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

  /** Returns a builder with the default settings. */
  public static EventStreamBuilder builder() {
    return new EventStreamBuilder();
  }

  /** Publishes one event. The future never fails. */
  public CompletableFuture<Outcome> publish(Event event) {
    return publishAll(List.of(requireNonNull(event, "event")))
        .thenApply(outcomes -> outcomes.get(0));
  }

  /**
   * Publishes a batch. Its events are independent: an event that is broken or cannot be written
   * does not affect the others.
   *
   * @param events events, and broken ones at their positions, which are rejected with their reasons
   * @return the outcomes in the same order; the future never fails
   */
  public CompletableFuture<List<Outcome>> publishAll(List<? extends ReadEvent> events) {
    return publishAll(events, acknowledgement);
  }

  /**
   * Publishes a batch that is acknowledged at the given time.
   *
   * @param events as for {@link #publishAll(List)}
   * @param when overrides {@link EventStreamBuilder#acknowledge} for this batch
   * @return the outcomes in the same order; the future never fails
   * @throws IllegalStateException if {@code when} requires a spool and the stream has none
   */
  public CompletableFuture<List<Outcome>> publishAll(
      List<? extends ReadEvent> events, Acknowledgement when) {
    checkPossible(when);
    return intake.publish(requireNonNull(events, "events"), when);
  }

  /**
   * Publishes all events of a reader as one batch.
   *
   * @param events read to its end
   * @return the outcomes in order, broken events included; the future never fails
   * @throws IOException if the input cannot be read or has too many events; nothing was published
   *     in this case
   */
  public CompletableFuture<List<Outcome>> publishAll(EventReader events) throws IOException {
    return publishAll(events, acknowledgement);
  }

  /**
   * Publishes all events of a reader as one batch that is acknowledged at the given time.
   *
   * @param events read to its end
   * @param when overrides {@link EventStreamBuilder#acknowledge} for this batch
   * @return the outcomes in order, broken events included; the future never fails
   * @throws IOException if the input cannot be read or has too many events; nothing was published
   *     in this case
   * @throws IllegalStateException if {@code when} requires a spool and the stream has none
   */
  public CompletableFuture<List<Outcome>> publishAll(EventReader events, Acknowledgement when)
      throws IOException {
    checkPossible(when);
    return intake.publish(events, when);
  }

  /**
   * Returns a view of this stream that waits instead of refusing events: until there is room in
   * memory, in the spool, or until the cluster accepts them again.
   *
   * @param maxWait how long an event waits; zero or more. An attempt that has begun before may last
   *     for the delivery time-out in addition
   */
  public WaitingPublisher waiting(Duration maxWait) {
    return new WaitingPublisher(this, intake, maxWait, acknowledgement);
  }

  void checkPossible(Acknowledgement when) {
    if (when == Acknowledgement.SPOOLED) {
      spool();
    }
  }

  /**
   * Checks whether events would be accepted now: because the spool has room, or otherwise because
   * the sink accepts documents.
   *
   * @return completes normally if so, and exceptionally with the obstacle if not
   */
  public CompletionStage<Void> check() {
    return spool != null && spool.state().refusal() == null
        ? CompletableFuture.completedFuture(null)
        : sink.check();
  }

  /**
   * Checks whether the sink would accept documents now, regardless of the spool.
   *
   * @return completes normally if so, and exceptionally with the obstacle if not
   */
  public CompletionStage<Void> checkSink() {
    return sink.check();
  }

  /**
   * Returns the current state of the stream. Cheap enough to be called many times per second; does
   * not wait for the cluster.
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
   * Returns how much is waiting in the spool and how fast it is replayed.
   *
   * @throws IllegalStateException if the stream has no spool
   */
  public Backlog backlog() {
    return new Backlog(
        spool().state(), pipeline.replayedPerSecond(), pipeline.clusterTakes(), clock.instant());
  }

  /**
   * Returns the dead letters, that is, the documents that no index can accept.
   *
   * @throws IllegalStateException if the stream has no spool
   */
  public DeadLetters deadLetters() {
    return spool().deadLetters();
  }

  /**
   * Retries dead letters, for example after a mapping was fixed. Letters whose documents arrive, or
   * are spooled, are removed. A document that arrived earlier, but whose letter was not removed
   * because the process ended, is recognised as a duplicate and its letter is removed. Waits for
   * the cluster; other events are delivered meanwhile.
   *
   * @param filter selects the letters, see {@link DeadLetter}
   * @throws IOException if the disk fails; letters whose documents arrived may be retried again
   * @throws IllegalStateException if the stream has no spool
   */
  public Redriven redrive(Predicate<? super DeadLetter> filter) throws IOException {
    return redrive(filter, Long.MAX_VALUE, soFar -> true);
  }

  /**
   * Retries dead letters as {@link #redrive(Predicate)} does, in portions of up to 500 letters, one
   * after the other: it takes at most one of the requests in flight from other events.
   *
   * @param filter selects the letters, see {@link DeadLetter}
   * @param limit how many letters are retried at most, oldest first; at least 1
   * @param goOn gets the result so far after each portion, on the calling thread; no other portion
   *     follows when it returns false
   * @throws IOException if the disk fails; letters whose documents arrived may be retried again
   * @throws IllegalStateException if the stream has no spool
   */
  public Redriven redrive(
      Predicate<? super DeadLetter> filter, long limit, Predicate<Redriven> goOn)
      throws IOException {
    if (limit < 1) {
      throw new IllegalArgumentException("the limit is " + limit + "; it must be at least 1");
    }
    return new Redrive(spool().deadLetters(), this::deliverAgain, limit, goOn).run(filter);
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
   * Stops accepting events, waits until accepted ones are settled or the close time-out has
   * elapsed, spools or otherwise refuses the rest, and closes sink, spool, transformer and
   * resolver. Joins every thread that the stream started.
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
