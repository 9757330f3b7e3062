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
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes attempts and decides, document by document, what the sink's answer means. A written
 * document is settled immediately, regardless of the others; a document that failed temporarily
 * waits for its backoff without a permit. Documents for a destination that accepts none do not
 * share a request with others. If it is unclear which document of a request is at fault, the
 * request is halved until that document is alone. Thread-safe.
 */
public final class Delivery {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

  /**
   * Maximum number of consecutive attempts with a spooled document before other spooled documents
   * have their turn.
   */
  private static final int REPLAY_ATTEMPTS = 3;

  /**
   * After this time a request without any answer counts as lost and its permit is released. Longer
   * than the time-outs of sinks.
   */
  private static final Duration LOST = Duration.ofSeconds(30);

  private static final Fate.Refused STUCK =
      Settlement.refused("its destination accepts no documents now");

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

  // Isolated bulks. The halves of a request are queued before other requests, and the halves of a
  // half before the rest. A document at fault is therefore found after few requests, and later
  // documents are not affected by it if its destination turns out to be stuck.
  private final ConcurrentLinkedDeque<Bulk> apart = new ConcurrentLinkedDeque<>();
  private final AtomicBoolean watching = new AtomicBoolean();
  private final StateLog stateLog = new StateLog(LOG);
  private volatile @Nullable String failure; // of the last request, if it failed as a whole

  /**
   * Creates a delivery.
   *
   * @param maxInFlight the maximum number of concurrent requests
   * @param backoff the delays before retries
   * @param fallback receives the documents that the cluster does not accept
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

  /** Returns the signal that is sent when there may be room for live traffic. */
  Signal roomForLive() {
    return roomForLive;
  }

  /** Returns the signal that is sent when there may be room for the replay. */
  Signal roomForReplay() {
    return roomForReplay;
  }

  /** Returns the number of requests in flight. */
  int requests() {
    return limit.requests();
  }

  /** Returns why the last request failed as a whole; null if it did not. */
  @Nullable String failure() {
    return failure;
  }

  boolean isIdle() {
    return limit.areFree();
  }

  /** Acquires a permit for a request; returns null if there is none, or if the breaker is open. */
  @Nullable Permit tryAcquire(Use use) {
    if (breaker.isClosed()) {
      return limit.tryAcquire(use, timer.nanoTime());
    }
    return use == Use.REPLAY && breaker.tryTrial() ? limit.acquireForTrial(timer.nanoTime()) : null;
  }

  /** Releases a permit that was not needed. */
  void release(Permit permit) {
    limit.release(permit);
    breaker.cancelTrial();
  }

  /** Records that the replay no longer waits for a permit, so that live traffic may have it. */
  void replayNeedsNone() {
    limit.replayNeedsNone();
  }

  /** Revokes the permits of all requests in flight. */
  void revokePermits() {
    limit.revokeAll();
  }

  /**
   * Returns a bulk whose backoff is over, with its permit; null if there is no bulk or no permit.
   */
  @Nullable Ready takeRetry() {
    return takeOpen(retries, Use.LIVE);
  }

  /** Returns the next isolated bulk, with its permit; null if there is no bulk or no permit. */
  @Nullable Ready takeApart() {
    return takeOpen(apart, Use.APART);
  }

  private @Nullable Ready takeOpen(ConcurrentLinkedDeque<Bulk> queue, Use use) {
    Bulk first = queue.peek();
    while (first != null && first.stillOpen() == null) {
      queue.remove(first); // even without a permit, because all of it is settled
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

  /** Makes an attempt with the documents whose destinations are not stuck. */
  void send(Ready ready) {
    Permit permit = ready.permit;
    // the sender of live documents looks for the next ones when this returns
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
    int bytes = bulk.documents().byteSize(); // read now, because the buffer may be reused later
    long sentAt = timer.nanoTime();
    CompletionStage<SinkResult> answer = Stages.of(() -> sink.write(bulk.documents()));
    Thread caller = Thread.currentThread();
    boolean[] returned = new boolean[1]; // accessed only by the caller's thread
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

  /** Removes the documents of stuck destinations; returns null if none is left. */
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
    if (result == BulkAttempt.Result.MIXED) {
      int sheltered = 0;
      for (int i = 0; i < answer.size(); i++) {
        sheltered += answer.get(i).kind() == ItemResult.Kind.SHELTERED ? 1 : 0;
      }
      if (sheltered > 0) {
        listener.sheltered(sheltered);
      }
    }
  }

  /** While requests are in flight, checks periodically which of them are lost. */
  private void watch() {
    if (!watching.get() && watching.compareAndSet(false, true)) {
      timer.schedule(this::giveUpLost, LOST.toNanos() / 3);
    }
  }

  private void giveUpLost() {
    watching.set(false);
    boolean some = limit.revokeTakenUntil(timer.nanoTime() - LOST.toNanos());
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
      reason = "the sink failed: " + Stages.cause(error);
    } else if (result.size() != bulk.size()) {
      reason =
          "the sink returned results for " + result.size() + " of " + bulk.size() + " documents";
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
      bulk.settleAll(Settlement.refused(reason(result, 0))); // the replay halves the bulk
      breaker.trialUnclear(reason(result, 0));
      return;
    }
    if (result.allWritten()) {
      clusterAnswered();
      limit.answered(permit, bulk.size(), timer.nanoTime());
      if (!stuck.none()) {
        stuck.written(bulk.documents());
      }
      bulk.allWritten();
      stateLog.recovered();
      return;
    }
    Settlement settlement = new Settlement(bulk, result, fallback, stuck, stateLog);
    // Must come first: what is settled below asks the breaker where to go.
    if (result.requestFailed()) {
      requestFailed(bulk, settlement, (ItemResult.Failed) result.get(0));
    } else {
      clusterAnswered();
    }
    settlement.settle();
    if (settlement.isBusy()) {
      limit.overloaded(permit, timer.nanoTime());
    } else {
      limit.answered(permit, bulk.size(), timer.nanoTime());
    }
    sendAgain(bulk, result, settlement);
  }

  private void sendAgain(Bulk bulk, SinkResult result, Settlement settlement) {
    if (result.requestFailed() && !settlement.isolated.isEmpty() && bulk.attempt() == 0) {
      stateLog.failing("tried in parts", reason(result, 0)); // logged once for all parts
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
   * Returns whether spooled documents go back to the spool. There is time for another attempt
   * later, but not enough memory to keep all documents of a stuck index meanwhile.
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
        // While a single document may be at fault, the failure says nothing about the cluster. A
        // document that fails alone is evidence against its destination; several of them are
        // evidence against the cluster.
        if (fallback.isDurable() && bulk.size() == 1 && settlement.failedAlone(failed.reason())) {
          breaker.failed(false, failed.reason());
        }
      }
      case TOO_LARGE, NEVER -> breaker.succeeded(); // it is available and has processed the request
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
}
