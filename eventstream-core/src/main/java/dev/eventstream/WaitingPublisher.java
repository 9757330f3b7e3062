package dev.eventstream;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Publishes through a stream and waits instead of refusing events, for producers that are faster
 * than the cluster:
 *
 * <pre>{@code
 * WaitingPublisher publisher = stream.waiting(Duration.ofMinutes(5));
 * PublishReport report =
 *     publisher.onFailure(failed -> log.warn(failed.reason())).publishEach(events);
 * }</pre>
 *
 * <p>A call waits as long as too many bytes are in flight. Documents that the spool or, without a
 * spool, the cluster does not accept are submitted again under their IDs, and remain in memory and
 * in flight until then; so a loop of calls is slowed down to the pace of the cluster. An event is
 * {@link Outcome.Refused} when its time is over, or when the stream is closed.
 *
 * <p>Immutable and thread-safe. Threads wait without occupying the carrier of a virtual thread.
 */
public final class WaitingPublisher {
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private final EventStream stream;
  private final Intake intake;
  private final Duration maxWait;
  private final Acknowledgement acknowledgement;
  private final Consumer<? super FailedEvent> onFailure;
  private final Consumer<? super Outcome.Refused> onWait;

  WaitingPublisher(
      EventStream stream, Intake intake, Duration maxWait, Acknowledgement acknowledgement) {
    this(stream, intake, checked(maxWait), acknowledgement, failed -> {}, refused -> {});
  }

  private WaitingPublisher(
      EventStream stream,
      Intake intake,
      Duration maxWait,
      Acknowledgement acknowledgement,
      Consumer<? super FailedEvent> onFailure,
      Consumer<? super Outcome.Refused> onWait) {
    this.stream = stream;
    this.intake = intake;
    this.maxWait = maxWait;
    this.acknowledgement = acknowledgement;
    this.onFailure = onFailure;
    this.onWait = onWait;
  }

  private static Duration checked(Duration maxWait) {
    if (maxWait.isNegative()) {
      throw new IllegalArgumentException("maxWait is " + maxWait + "; it must be zero or more");
    }
    return maxWait.compareTo(LONGEST) > 0 ? LONGEST : maxWait;
  }

  /**
   * Returns a publisher whose events are acknowledged at the given time.
   *
   * @throws IllegalStateException if {@code when} requires a spool and the stream has none
   */
  public WaitingPublisher acknowledge(Acknowledgement when) {
    stream.checkPossible(when);
    return new WaitingPublisher(stream, intake, maxWait, when, onFailure, onWait);
  }

  /**
   * Returns a publisher that reports each event that was not accepted.
   *
   * @param listener called by {@code publishEach} on the publishing thread; what it throws ends the
   *     call
   */
  public WaitingPublisher onFailure(Consumer<? super FailedEvent> listener) {
    requireNonNull(listener, "listener");
    return new WaitingPublisher(stream, intake, maxWait, acknowledgement, listener, onWait);
  }

  /**
   * Returns a publisher that reports why it waits.
   *
   * @param listener called by {@code publishEach} on the publishing thread when events were refused
   *     and will be submitted again; what it throws ends the call
   */
  public WaitingPublisher onWait(Consumer<? super Outcome.Refused> listener) {
    requireNonNull(listener, "listener");
    return new WaitingPublisher(stream, intake, maxWait, acknowledgement, onFailure, listener);
  }

  /**
   * Publishes one event: waits until there is room for it, and returns without waiting for its
   * outcome.
   *
   * @return the outcome; never fails
   * @throws InterruptedException if the thread is interrupted before there is room; the event was
   *     not published
   */
  public CompletableFuture<Outcome> publish(Event event) throws InterruptedException {
    return publishAll(List.of(requireNonNull(event, "event")))
        .thenApply(outcomes -> outcomes.get(0));
  }

  /**
   * Publishes a batch: waits until there is room for all of it, and returns without waiting for its
   * outcomes.
   *
   * @param events as for {@link EventStream#publishAll(List)}
   * @return the outcomes in the same order; the future never fails
   * @throws InterruptedException if the thread is interrupted before there is room; nothing was
   *     published
   */
  public CompletableFuture<List<Outcome>> publishAll(List<? extends ReadEvent> events)
      throws InterruptedException {
    return publish(requireNonNull(events, "events"), refused -> true);
  }

  private CompletableFuture<List<Outcome>> publish(
      List<? extends ReadEvent> events, Predicate<Outcome.Refused> goesOn)
      throws InterruptedException {
    return intake.publish(events, acknowledgement, maxWait.toNanos(), goesOn);
  }

  /**
   * Publishes the elements of an iterator and waits for their outcomes. They are read and published
   * in batches of up to 1,000, of which a few are in memory; use {@link #publish} for elements that
   * arrive slowly.
   *
   * <p>Ends early when an event is refused although it has waited: the rest would be refused, too.
   * Elements that were read are settled; the others stay in the iterator.
   *
   * @return the number of events by outcome, and the first failures
   * @throws InterruptedException if the thread is interrupted. Events that were submitted may be
   *     accepted nevertheless, but are not submitted again
   */
  public PublishReport publishEach(Iterator<? extends ReadEvent> events)
      throws InterruptedException {
    requireNonNull(events, "events");
    return runWithoutInput(new Elements(events));
  }

  /** Publishes the elements of a collection as {@link #publishEach(Iterator)} does. */
  public PublishReport publishEach(Iterable<? extends ReadEvent> events)
      throws InterruptedException {
    return publishEach(requireNonNull(events, "events").iterator());
  }

  /**
   * Publishes the elements of a stream as {@link #publishEach(Iterator)} does.
   *
   * @param events closed by the caller
   */
  public PublishReport publishEach(Stream<? extends ReadEvent> events) throws InterruptedException {
    return publishEach(requireNonNull(events, "events").iterator());
  }

  /**
   * Publishes the events of a reader as {@link #publishEach(Iterator)} does. Broken events are
   * rejected.
   *
   * @throws IOException if the input cannot be read or has too many events; those before that are
   *     published
   */
  public PublishReport publishEach(EventReader events) throws IOException, InterruptedException {
    return run(new Elements(requireNonNull(events, "events")));
  }

  /**
   * Publishes the items of a publisher and waits for their outcomes. Requests a few items at a
   * time; an item that arrives alone is published immediately.
   *
   * <p>Ends early, and cancels the subscription, as {@link #publishEach(Iterator)} does. Items that
   * were requested and not read are lost.
   *
   * @return the number of events by outcome, and the first failures
   * @throws InterruptedException as {@link #publishEach(Iterator)} does
   * @throws CompletionException if the publisher fails, with its failure as the cause; the events
   *     before that are published
   */
  public PublishReport publishEach(Flow.Publisher<? extends ReadEvent> events)
      throws InterruptedException {
    try (Items items = new Items()) {
      requireNonNull(events, "events").subscribe(items);
      return runWithoutInput(items);
    }
  }

  private PublishReport runWithoutInput(PublishRun.Source source) throws InterruptedException {
    try {
      return run(source);
    } catch (IOException e) {
      throw new IllegalStateException("only a reader throws this", e);
    }
  }

  private PublishReport run(PublishRun.Source source) throws IOException, InterruptedException {
    return new PublishRun(source, this::publish, intake.maxBytesOfOneOfSeveral(), onFailure, onWait)
        .run();
  }
}
