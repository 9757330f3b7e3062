package dev.eventstream.internal.delivery;

import static dev.eventstream.spi.FailureClass.UNCLEAR;

import dev.eventstream.internal.delivery.Bulk.Span;
import dev.eventstream.internal.delivery.ConcurrencyLimit.Permit;
import dev.eventstream.internal.delivery.ConcurrencyLimit.Use;
import dev.eventstream.observe.BulkAttempt;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes attempts and decides, document by document, what the sink's answer means. What is written
 * is settled at once, whatever happens to its neighbours; what failed for now waits its backoff
 * without a permit. Documents for a destination that takes nothing do not share a request with
 * others, and where it is unclear which document of a request is at fault, its documents are halved
 * until that one is alone. Thread-safe.
 */
public final class Delivery {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

  /** How often a document of the spool is tried, before others of the spool have their turn. */
  private static final int REPLAY_ATTEMPTS = 3;

  /**
   * When a request is held for lost, and its permit is free again, if it was not answered at all:
   * later than sinks give up.
   */
  private static final Duration LOST = Duration.ofSeconds(30);

  private static final Fate.Refused STUCK =
      Settlement.refused("its destination takes no documents now");

  /** A bulk and its permit. */
  record Ready(Bulk bulk, Permit permit) {}

  private final EventSink sink;
  private final ConcurrencyLimit limit;
  private final Backoff backoff;
  private final Timer timer;
  private final StreamListener listener;
  private final StuckDestinations stuck;
  private final Breaker breaker;
  private final Fallback fallback;
  private final Signal roomForLive = new Signal();
  private final Signal roomForReplay = new Signal();
  private final ConcurrentLinkedDeque<Bulk> retries = new ConcurrentLinkedDeque<>();

  // Those that are kept apart. The parts of a request are put before the others, and the parts of
  // one of them before the rest: a document at fault is found after few requests, and those that
  // follow are spared it if its destination turns out to be stuck.
  private final ConcurrentLinkedDeque<Bulk> apart = new ConcurrentLinkedDeque<>();
  private final AtomicBoolean watching = new AtomicBoolean();
  private final StateLog stateLog = new StateLog(LOG);
  private volatile @Nullable String failure; // of the last request, when it failed as a whole

  /**
   * Creates a delivery.
   *
   * @param maxInFlight requests at once
   * @param backoff before a document is sent again
   * @param fallback takes what the cluster does not
   */
  Delivery(
      EventSink sink,
      int maxInFlight,
      Backoff backoff,
      StuckDestinations stuck,
      Breaker breaker,
      Fallback fallback,
      Environment environment) {
    this.sink = sink;
    this.limit = new ConcurrencyLimit(maxInFlight);
    this.backoff = backoff;
    this.stuck = stuck;
    this.breaker = breaker;
    this.fallback = fallback;
    this.timer = environment.timer();
    this.listener = environment.listener();
  }

  /** Sent when there may be room for live traffic. */
  Signal roomForLive() {
    return roomForLive;
  }

  /** Sent when there may be room for the replay. */
  Signal roomForReplay() {
    return roomForReplay;
  }

  /** How many requests are in flight. */
  int requests() {
    return limit.requests();
  }

  /** Why the last request failed as a whole; null when it did not. */
  @Nullable String failure() {
    return failure;
  }

  boolean isIdle() {
    return limit.areFree();
  }

  /** Takes a permit for a request in flight; null when there is none, or the breaker is open. */
  @Nullable Permit tryAcquire(Use use) {
    if (breaker.isClosed()) {
      return limit.tryAcquire(use, timer.nanoTime());
    }
    return use == Use.REPLAY && breaker.tryTrial() ? limit.acquireForTrial(timer.nanoTime()) : null;
  }

  /** Gives back a permit that was not needed. */
  void release(Permit permit) {
    limit.release(permit);
    breaker.giveBackTrial();
  }

  /** The replay does not wait for a permit any more; live traffic may have it. */
  void replayNeedsNone() {
    limit.replayNeedsNone();
  }

  /** Nothing that is in flight counts any more. */
  void giveUpPermits() {
    limit.giveUpAll();
  }

  /** A bulk whose backoff is over, with its permit; null when there is none, or no permit. */
  @Nullable Ready takeRetry() {
    return takeOpen(retries, Use.LIVE);
  }

  /** The next bulk that is kept apart, with its permit; null when there is none. */
  @Nullable Ready takeApart() {
    return takeOpen(apart, Use.APART);
  }

  private @Nullable Ready takeOpen(ConcurrentLinkedDeque<Bulk> queue, Use use) {
    Bulk first = queue.peek();
    while (first != null && first.stillOpen() == null) {
      queue.remove(first); // also while there is no permit: nobody waits for it any more
      first = queue.peek();
    }
    while (!queue.isEmpty()) {
      Permit permit = tryAcquire(use);
      if (permit == null) {
        return null;
      }
      Bulk bulk = queue.poll();
      Bulk open = bulk == null ? null : bulk.stillOpen();
      if (open != null) {
        return new Ready(open, permit);
      }
      limit.release(permit);
      roomForReplay.send();
    }
    return null;
  }

  /** Makes an attempt, with those documents whose destinations take some. */
  void send(Ready ready) {
    Permit permit = ready.permit;
    // who sends live documents looks for the next ones when this returns
    boolean fromLoop = permit.use() != Use.REPLAY;
    Bulk bulk = withoutStuck(ready.bulk, permit.use());
    if (bulk == null) {
      release(permit);
      if (!fromLoop) {
        roomForLive.send();
      }
      roomForReplay.send();
      return;
    }
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
                settle(bulk, permit, complete);
              } finally {
                limit.release(permit);
              }
              boolean withinCall = Thread.currentThread() == caller && !returned[0];
              if (!fromLoop || !withinCall) {
                roomForLive.send();
              }
              roomForReplay.send();
            });
    returned[0] = true;
  }

  /** Takes out the documents of stuck destinations; null when none is left. */
  private @Nullable Bulk withoutStuck(Bulk bulk, Use use) {
    boolean isApartAlready = use == Use.APART && !fallback.isDurable();
    if (stuck.none() || isApartAlready) {
      return bulk;
    }
    int[] positions = stuck.positions(bulk.documents());
    if (positions.length == 0) {
      return bulk;
    }
    if (!fallback.isDurable()) {
      bulk.select(positions).byDestination().forEach(apart::addLast);
      return bulk.without(positions);
    }
    for (Span span : bulk.spansOf(positions)) {
      if (bulk.replay()) {
        span.publication().settle(span.first(), span.count(), STUCK);
      } else {
        fallback.divert(span.publication(), span.first(), span.count(), STUCK);
      }
    }
    return bulk.without(positions);
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
    boolean some = limit.giveUpTakenUntil(timer.nanoTime() - LOST.toNanos());
    if (limit.requests() > 0) {
      watch();
    }
    if (some) {
      roomForLive.send();
      roomForReplay.send();
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

  private void settle(Bulk bulk, Permit permit, SinkResult result) {
    boolean isUnclear = result.requestFailed() && failedAs(result.get(0)) == UNCLEAR;
    if (bulk.replay() && !isUnclear) {
      bulk.spans().get(0).publication().noteAnswer();
    }
    if (bulk.replay() && isUnclear && !breaker.isClosed()) {
      bulk.settleAll(Settlement.refused(reason(result, 0))); // the replay halves it
      breaker.trialUnclear(reason(result, 0));
      return;
    }
    Settlement settlement = new Settlement(bulk, result, fallback, stuck, stateLog);
    // First of all: what is settled below asks the breaker where to go.
    if (result.requestFailed()) {
      requestFailed(bulk, settlement, (ItemResult.Failed) result.get(0));
    } else {
      clusterAnswered();
    }
    if (result.allWritten()) {
      limit.answered(permit, bulk.size(), timer.nanoTime());
      if (!stuck.none()) {
        stuck.written(bulk.documents());
      }
      bulk.allWritten();
      stateLog.wellAgain();
      return;
    }
    settlement.settle();
    if (settlement.isBusy()) {
      limit.turnedAway(permit, timer.nanoTime());
    } else {
      limit.answered(permit, bulk.size(), timer.nanoTime());
    }
    sendAgain(bulk, result, settlement);
  }

  private void sendAgain(Bulk bulk, SinkResult result, Settlement settlement) {
    if (result.requestFailed() && !settlement.isolated.isEmpty() && bulk.attempt() == 0) {
      stateLog.failing("tried in parts", reason(result, 0)); // once for all its parts
    }
    if (!settlement.retried.isEmpty()) {
      String reason = reason(result, settlement.retried.first());
      Bulk rest = bulk.select(settlement.retried);
      if (givesUp(bulk, result)) {
        rest.settleAll(Settlement.refused(reason));
      } else {
        retry(rest);
      }
      stateLog.failing("retrying", result.requestFailed() ? reason : Settlement.kindOf(reason));
    }
    bulk.parts(settlement.halved).forEach(part -> retries.add(part.again()));
    bulk.parts(settlement.isolated).forEach(part -> apart.addFirst(part.again()));
  }

  /**
   * Whether documents of the spool go back there. There is time for another attempt later, but not
   * the memory to keep all of them meanwhile whose index is stuck.
   */
  private boolean givesUp(Bulk bulk, SinkResult result) {
    return bulk.replay()
        && (result.requestFailed() ? !breaker.isClosed() : bulk.attempt() + 1 >= REPLAY_ATTEMPTS);
  }

  private void clusterAnswered() {
    if (failure != null) {
      failure = null;
    }
    breaker.succeeded();
  }

  private void requestFailed(Bulk bulk, Settlement settlement, ItemResult.Failed failed) {
    failure = failed.reason();
    switch (failed.failureClass()) {
      case RETRY, UNAVAILABLE -> breaker.failed(false, failed.reason());
      case BLOCKED -> breaker.failed(true, failed.reason());
      case UNCLEAR -> {
        // While it may be one document that is at fault, nothing is known of the cluster. What
        // fails alone speaks for its destination; several of them speak for the cluster.
        if (fallback.isDurable() && bulk.size() == 1 && settlement.failedAlone(failed.reason())) {
          breaker.failed(false, failed.reason());
        }
      }
      case TOO_LARGE, NEVER -> breaker.succeeded(); // it is there, and has looked at it
    }
  }

  private void retry(Bulk bulk) {
    timer.schedule(
        () -> {
          retries.add(bulk.again());
          roomForLive.send();
        },
        backoff.nanos(bulk.attempt()));
  }

  private static @Nullable FailureClass failedAs(ItemResult item) {
    return item instanceof ItemResult.Failed failed ? failed.failureClass() : null;
  }

  private static String reason(SinkResult result, int position) {
    return result.get(position) instanceof ItemResult.Failed failed ? failed.reason() : "";
  }

  private static String cause(@Nullable Throwable error) {
    Throwable cause = error;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause);
  }
}
