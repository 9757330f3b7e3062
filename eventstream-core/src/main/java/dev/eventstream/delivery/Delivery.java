package dev.eventstream.delivery;

import dev.eventstream.BulkAttempt;
import dev.eventstream.DeadLetter;
import dev.eventstream.DeadLetters;
import dev.eventstream.EventSink;
import dev.eventstream.FailureClass;
import dev.eventstream.ItemResult;
import dev.eventstream.Refusal;
import dev.eventstream.Rejection;
import dev.eventstream.SinkResult;
import dev.eventstream.StreamListener;
import dev.eventstream.delivery.Bulk.Span;
import dev.eventstream.delivery.Places.Place;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes attempts and decides, document by document, what the sink's answer means. What is written
 * is settled at once, whatever happens to its neighbours; what failed for now waits its backoff
 * without holding a place, so that one stuck index does not keep the others waiting. Thread-safe.
 */
public final class Delivery {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

  /** What a caller is told to wait where an operator has to mend something first. */
  private static final Duration RETRY_AFTER_BLOCKED = Duration.ofSeconds(30);

  /** How often a document of the spool is tried, before others of the spool have their turn. */
  private static final int REPLAY_ATTEMPTS = 3;

  /**
   * When a request is held for lost, and its place is free again, if it was not answered at all:
   * later than sinks give up.
   */
  private static final Duration LOST = Duration.ofSeconds(30);

  /** Where documents go that the cluster does not take, and what keeps them from it meanwhile. */
  record LastResort(Overflow overflow, DeadLetters deadLetters, Breaker breaker) {}

  /** A bulk and its place. */
  record Ready(Bulk bulk, Place place) {}

  private final EventSink sink;
  private final Places places;
  private final Backoff backoff;
  private final Timer timer;
  private final Clock clock;
  private final ConcurrentLinkedQueue<Bulk> retries = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean watching = new AtomicBoolean();
  private final StateLog stateLog = new StateLog(LOG);
  private volatile @Nullable String failure; // of the last request, when it failed as a whole

  // set once, before the first bulk
  private @Nullable LastResort lastResort;
  private StreamListener listener = StreamListener.NONE;
  private Runnable liveGoesOn = () -> {};
  private Runnable replayGoesOn = () -> {};

  public Delivery(EventSink sink, int maxInFlight, Backoff backoff, Timer timer, Clock clock) {
    this.sink = sink;
    this.places = new Places(maxInFlight);
    this.backoff = backoff;
    this.timer = timer;
    this.clock = clock;
  }

  void whenThereIsRoom(Runnable task) {
    liveGoesOn = task;
  }

  void whenThereIsRoomForReplay(Runnable task) {
    replayGoesOn = task;
  }

  void setListener(StreamListener newListener) {
    listener = newListener;
  }

  void setLastResort(LastResort newLastResort) {
    lastResort = newLastResort;
  }

  /** How many requests are in flight. */
  int requests() {
    return places.taken();
  }

  /** Why the last request failed as a whole; null when it did not. */
  @Nullable String failure() {
    return failure;
  }

  boolean isIdle() {
    return places.areFree();
  }

  /** Takes a place for a request in flight; null when there is none, or the breaker is open. */
  @Nullable Place tryAcquire(boolean replay) {
    LastResort resort = lastResort;
    if (resort == null || resort.breaker.isClosed()) {
      return places.tryAcquire(replay, timer.nanoTime());
    }
    return replay && resort.breaker.tryTrial() ? places.acquireForTrial(timer.nanoTime()) : null;
  }

  /** Gives back a place that was not needed. */
  void release(Place place) {
    places.release(place);
    LastResort resort = lastResort;
    if (resort != null) {
      resort.breaker.giveBackTrial();
    }
  }

  /** The replay does not wait for a place any more; live traffic may have it. */
  void replayNeedsNone() {
    places.replayNeedsNone();
  }

  /** Nothing that is in flight counts any more. */
  void giveUpPlaces() {
    places.giveUpAll();
  }

  /** A bulk whose backoff is over, with its place taken; null when there is none, or no place. */
  @Nullable Ready takeRetry() {
    Bulk first = retries.peek();
    while (first != null && first.stillOpen() == null) {
      retries.remove(first); // also while there is no place: nobody waits for it any more
      first = retries.peek();
    }
    while (!retries.isEmpty()) {
      Place place = tryAcquire(false);
      if (place == null) {
        return null;
      }
      Bulk bulk = retries.poll();
      Bulk open = bulk == null ? null : bulk.stillOpen();
      if (open != null) {
        return new Ready(open, place);
      }
      places.release(place);
      replayGoesOn.run();
    }
    return null;
  }

  /**
   * Makes an attempt in a place that was taken.
   *
   * @param callerGoesOn whether the caller looks for live traffic when this returns
   */
  void send(Ready ready, boolean callerGoesOn) {
    Bulk bulk = ready.bulk;
    Place place = ready.place;
    watch();
    int bytes = bulk.documents().byteSize(); // now: the buffer may be used again afterwards
    long sentAt = timer.nanoTime();
    CompletionStage<SinkResult> answer = Stages.of(() -> sink.write(bulk.documents()));
    Thread caller = Thread.currentThread();
    boolean[] returned = new boolean[1]; // only looked at by the caller's own thread
    var unused =
        answer.whenComplete(
            (result, error) -> {
              try {
                SinkResult complete = complete(bulk, result, error);
                tell(bulk, bytes, complete, timer.nanoTime() - sentAt);
                settle(ready, complete);
              } finally {
                places.release(place);
              }
              boolean withinCall = Thread.currentThread() == caller && !returned[0];
              if (!callerGoesOn || !withinCall) {
                liveGoesOn.run();
              }
              replayGoesOn.run();
            });
    returned[0] = true;
  }

  private void tell(Bulk bulk, int bytes, SinkResult answer, long nanos) {
    BulkAttempt.Result result = BulkAttempt.Result.of(answer);
    listener.attempted(
        new BulkAttempt(
            bulk.size(), bytes, bulk.attempt(), bulk.replay(), result, nanos, bulk.origins()));
  }

  /** As long as there are requests in flight, looks from time to time which of them are lost. */
  private void watch() {
    if (!watching.get() && watching.compareAndSet(false, true)) {
      timer.schedule(this::giveUpLost, LOST.toNanos() / 3);
    }
  }

  private void giveUpLost() {
    watching.set(false);
    boolean some = places.giveUpTakenUntil(timer.nanoTime() - LOST.toNanos());
    if (!places.areFree()) {
      watch();
    }
    if (some) {
      liveGoesOn.run();
      replayGoesOn.run();
    }
  }

  private static SinkResult complete(
      Bulk bulk, @Nullable SinkResult result, @Nullable Throwable error) {
    String reason;
    if (result == null) {
      reason = "the sink failed: " + cause(error);
    } else if (result.size() != bulk.size()) {
      reason = "the sink spoke of " + result.size() + " of " + bulk.size() + " documents";
    } else {
      return result;
    }
    return SinkResult.all(bulk.size(), new ItemResult.Failed(FailureClass.RETRY, reason));
  }

  private void settle(Ready ready, SinkResult result) {
    Bulk bulk = ready.bulk;
    // First of all: what is settled below asks the breaker where to go.
    if (result.requestFailed()) {
      requestFailed(result.get(0));
    } else {
      clusterAnswered();
    }
    if (result.allWritten()) {
      places.answered(ready.place, bulk.size(), timer.nanoTime());
      bulk.allWritten();
      stateLog.wellAgain();
      return;
    }
    Sorted sorted = new Sorted(bulk, result);
    sorted.deadLetters();
    if (isBusy(bulk, result, sorted.agains)) {
      places.turnedAway(ready.place, timer.nanoTime());
    } else {
      places.answered(ready.place, bulk.size(), timer.nanoTime());
    }
    if (sorted.agains > 0) {
      String reason = reason(result, sorted.again[0]);
      Bulk rest = sorted.agains == bulk.size() ? bulk : bulk.select(sorted.again, sorted.agains);
      if (givesUp(bulk, result)) {
        rest.settleAll(new Fate.Refused(Refusal.CLUSTER, reason, RETRY_AFTER_BLOCKED));
      } else {
        retry(rest);
      }
      stateLog.failing("retrying", loggable(result, reason));
    }
    if (sorted.halves == 1) {
      retries.add(bulk.select(sorted.halve, sorted.halves).again());
    } else if (sorted.halves > 1) {
      bulk.select(sorted.halve, sorted.halves).halves().forEach(half -> retries.add(half.again()));
    }
  }

  /**
   * Whether documents of the spool go back there. There is time for another attempt later, but not
   * the memory to keep all of them meanwhile whose index is stuck.
   */
  private boolean givesUp(Bulk bulk, SinkResult result) {
    LastResort resort = lastResort;
    return bulk.replay()
        && resort != null
        && (result.requestFailed()
            ? !resort.breaker.isClosed()
            : bulk.attempt() + 1 >= REPLAY_ATTEMPTS);
  }

  /** Whether the cluster wants less, rather than one index being stuck. */
  private static boolean isBusy(Bulk bulk, SinkResult result, int agains) {
    return agains > 0
        && (result.requestFailed() || (bulk.attempt() == 0 && 2 * agains >= bulk.size()));
  }

  private void clusterAnswered() {
    if (failure != null) {
      failure = null;
    }
    LastResort resort = lastResort;
    if (resort != null) {
      resort.breaker.succeeded();
    }
  }

  private void requestFailed(ItemResult item) {
    if (!(item instanceof ItemResult.Failed failed)) {
      return;
    }
    failure = failed.reason();
    LastResort resort = lastResort;
    if (resort == null) {
      return;
    }
    switch (failed.failureClass()) {
      case RETRY -> resort.breaker.failed(false, failed.reason());
      case BLOCKED -> resort.breaker.failed(true, failed.reason());
      case TOO_LARGE, NEVER -> resort.breaker.succeeded(); // it is there, and has looked at it
    }
  }

  /** What an answer means for each document of a bulk. */
  private final class Sorted {
    private final Bulk bulk;
    final int[] again;
    final int[] halve;
    int agains;
    int halves;
    private final List<DeadLetter> letters = new ArrayList<>(0);
    private final List<Span> owners = new ArrayList<>(0); // of the letters: one document each

    Sorted(Bulk bulk, SinkResult result) {
      this.bulk = bulk;
      this.again = new int[bulk.size()];
      this.halve = new int[bulk.size()];
      int position = 0;
      for (Span span : bulk.spans()) {
        int blocked = 0; // documents in a row
        for (int i = span.first(); i < span.first() + span.count(); i++) {
          ItemResult item = result.get(position);
          boolean isBlocked = isFailure(item, FailureClass.BLOCKED);
          if (isBlocked) {
            blocked++;
          } else {
            blocked(span.publication(), i - blocked, blocked, result, position - 1);
            blocked = 0;
            sort(span.publication(), i, item, position);
          }
          position++;
        }
        int end = span.first() + span.count();
        blocked(span.publication(), end - blocked, blocked, result, position - 1);
      }
    }

    private void sort(Publication publication, int index, ItemResult item, int position) {
      if (isFailure(item, FailureClass.RETRY)) {
        again[agains++] = position;
      } else if (isFailure(item, FailureClass.TOO_LARGE) && bulk.size() > 1) {
        halve[halves++] = position;
      } else if (item instanceof ItemResult.Failed failed) {
        never(publication, index, failed);
      } else {
        // On a later attempt the document that is there is the one an earlier attempt wrote, whose
        // acknowledgement got lost.
        boolean duplicate = item instanceof ItemResult.Duplicate && bulk.attempt() == 0;
        publication.settle(index, duplicate ? Fate.DUPLICATE : Fate.INDEXED);
      }
    }

    private void blocked(
        Publication publication, int first, int count, SinkResult result, int position) {
      if (count == 0) {
        return;
      }
      String reason = reason(result, position);
      stateLog.failing("blocked", loggable(result, reason));
      LastResort resort = lastResort;
      if (resort == null || bulk.replay()) {
        publication.settle(
            first, count, new Fate.Refused(Refusal.CLUSTER, reason, RETRY_AFTER_BLOCKED));
      } else {
        resort.overflow.accept(publication, first, count);
      }
    }

    private void never(Publication publication, int index, ItemResult.Failed failed) {
      if (lastResort == null) {
        publication.settle(index, rejected(failed));
        return;
      }
      if (!publication.isOpen(index)) {
        return;
      }
      letters.add(
          new DeadLetter(
              publication.documents().get(index),
              failed.reason(),
              publication.acceptedTime(),
              Instant.ofEpochMilli(clock.millis())));
      owners.add(new Span(publication, index, 1));
    }

    /** Keeps those that can never be written, and then answers for them. */
    void deadLetters() {
      LastResort resort = lastResort;
      if (resort == null || letters.isEmpty()) {
        return;
      }
      boolean replay = bulk.replay();
      var unused =
          Stages.of(() -> resort.deadLetters.add(letters))
              .whenComplete(
                  (nothing, failure) -> {
                    if (failure == null) {
                      listener.deadLettered(letters.size());
                    }
                    for (int i = 0; i < letters.size(); i++) {
                      Span owner = owners.get(i);
                      owner
                          .publication()
                          .settle(owner.first(), fate(letters.get(i), failure, replay));
                    }
                  });
    }
  }

  /** Without room for dead letters what was accepted is kept, and what is new is not accepted. */
  private static Fate fate(DeadLetter letter, @Nullable Throwable failure, boolean replay) {
    if (failure == null) {
      return new Fate.DeadLettered(letter.reason());
    }
    String reason = letter.reason() + "; " + cause(failure);
    return replay
        ? new Fate.Refused(Refusal.CLUSTER, reason, RETRY_AFTER_BLOCKED)
        : new Fate.Rejected(Rejection.DOCUMENT_REFUSED, reason);
  }

  private static Fate rejected(ItemResult.Failed failed) {
    boolean tooLarge = failed.failureClass() == FailureClass.TOO_LARGE;
    return new Fate.Rejected(
        tooLarge ? Rejection.TOO_LARGE : Rejection.DOCUMENT_REFUSED, failed.reason());
  }

  private void retry(Bulk bulk) {
    timer.schedule(
        () -> {
          retries.add(bulk.again());
          liveGoesOn.run();
        },
        backoff.nanos(bulk.attempt()));
  }

  private static boolean isFailure(ItemResult item, FailureClass failureClass) {
    return item instanceof ItemResult.Failed failed && failed.failureClass() == failureClass;
  }

  private static String reason(SinkResult result, int position) {
    return result.get(position) instanceof ItemResult.Failed failed ? failed.reason() : "";
  }

  /**
   * What a log may hold of a reason. What an engine says of a single document may quote it, so only
   * the kind of the error remains, which comes first.
   */
  private static String loggable(SinkResult result, String reason) {
    int kindEnd = reason.indexOf(": ");
    return result.requestFailed() || kindEnd < 0
        ? reason
        : reason.substring(0, kindEnd) + ", for single documents";
  }

  private static String cause(@Nullable Throwable error) {
    Throwable cause = error;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause);
  }
}
