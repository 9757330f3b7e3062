package dev.eventstream.internal.delivery;

import dev.eventstream.internal.CredentialMask;
import dev.eventstream.observe.StreamListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps requests from a cluster that does not take them: documents go to the spool at once, and
 * nobody waits for what will not come. Opens after several failed requests in a row, at once when
 * the cluster turns us away for good, and when a document's time is up and nothing was acknowledged
 * since it came. While open it asks the cluster with growing pauses; when that answers, one
 * document of the spool is let through, and its success closes the breaker.
 *
 * <p>Thread-safe; the callbacks run outside the lock.
 */
final class Breaker {
  private static final Logger LOG = LoggerFactory.getLogger(Breaker.class);
  private static final int FAILURES = 5;

  /** Trials in a row that may follow each other at once while one document may be at fault. */
  private static final int UNCLEAR_TRIALS = 20;

  private static final String NOT_ACKNOWLEDGED =
      "nothing was acknowledged within the delivery time-out";

  private enum State {
    CLOSED,
    OPEN,
    TRIAL,
    TRIAL_RUNNING
  }

  /**
   * How a breaker that is open asks.
   *
   * @param pauses between the times that it asks
   * @param probeTimeoutNanos for how long it waits for an answer
   * @param trialTimeoutNanos for how long it waits for the end of a trial
   */
  record Settings(Backoff pauses, long probeTimeoutNanos, long trialTimeoutNanos) {}

  /** What others do when the state changes. */
  interface Callbacks {
    /** It has opened, or stays open after a trial. */
    void opened();

    /** A trial may be made, see {@link Breaker#tryTrial}. */
    void trialAllowed();

    /**
     * It has closed.
     *
     * @param afterTrial whether a trial showed that the cluster is back, rather than the late
     *     answer to a request that was in flight when it opened
     */
    void closed(boolean afterTrial);
  }

  static final Callbacks NO_CALLBACKS =
      new Callbacks() {
        @Override
        public void opened() {}

        @Override
        public void trialAllowed() {}

        @Override
        public void closed(boolean afterTrial) {}
      };

  private final boolean opens;
  private final Supplier<CompletionStage<Void>> probe;
  private final Settings settings;
  private final Timer timer;
  private final Callbacks callbacks;
  private final StreamListener listener;

  private volatile State state = State.CLOSED;
  private volatile String openedFor = "";
  private int failures; // in a row; guarded by this
  private int probes; // since the cluster took a request; guarded by this
  private int unclearTrials; // in a row; guarded by this
  private long epoch; // of the state; guarded by this
  private volatile long lastSuccess;
  private volatile boolean stopped;

  /**
   * Creates a closed breaker.
   *
   * @param probe asks the cluster whether it takes requests
   */
  Breaker(
      Supplier<CompletionStage<Void>> probe,
      Settings settings,
      Callbacks callbacks,
      Timer timer,
      StreamListener listener) {
    this(true, probe, settings, callbacks, timer, listener);
  }

  private Breaker(
      boolean opens,
      Supplier<CompletionStage<Void>> probe,
      Settings settings,
      Callbacks callbacks,
      Timer timer,
      StreamListener listener) {
    this.opens = opens;
    this.probe = probe;
    this.settings = settings;
    this.callbacks = callbacks;
    this.timer = timer;
    this.listener = listener;
    this.lastSuccess = timer.nanoTime();
  }

  /** A breaker for streams without a spool, which have no other place for documents. */
  static Breaker neverOpen(Timer timer) {
    return new Breaker(
        false,
        () -> CompletableFuture.completedFuture(null),
        new Settings(new Backoff(1, 1, () -> 0), 1, 1),
        NO_CALLBACKS,
        timer,
        StreamListener.NONE);
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  /** Why it is open; null when it is closed. */
  @Nullable String reason() {
    return isClosed() ? null : openedFor;
  }

  /** Whether the cluster has taken a request since a moment. */
  boolean hasSucceededSince(long moment) {
    return lastSuccess - moment > 0;
  }

  /** The cluster has taken a request, whatever it said of single documents. */
  void succeeded() {
    lastSuccess = timer.nanoTime();
    boolean afterTrial;
    synchronized (this) {
      failures = 0;
      if (state == State.CLOSED) {
        return;
      }
      afterTrial = state == State.TRIAL_RUNNING;
      enter(State.CLOSED);
      probes = 0;
      unclearTrials = 0;
    }
    LOG.info("The cluster takes documents again");
    listener.breakerClosed();
    callbacks.closed(afterTrial);
  }

  /** A request failed as a whole. */
  void failed(boolean forGood, String unmasked) {
    if (!opens) {
      return;
    }
    String reason = CredentialMask.message(unmasked); // the sink need not be ours
    boolean trialFailed;
    synchronized (this) {
      failures++;
      trialFailed = state == State.TRIAL_RUNNING;
      if (state == State.CLOSED ? !forGood && failures < FAILURES : !trialFailed) {
        return;
      }
      open(trialFailed ? null : reason);
    }
    if (!trialFailed) {
      listener.breakerOpened(reason);
    }
    callbacks.opened();
  }

  /**
   * The trial failed for a reason that may lie in one of its documents: the next one, with others,
   * may follow at once.
   */
  void trialUnclear(String reason) {
    synchronized (this) {
      if (state == State.TRIAL_RUNNING && unclearTrials < UNCLEAR_TRIALS) {
        unclearTrials++;
        enter(State.TRIAL);
      }
    }
    if (state == State.TRIAL) {
      callbacks.trialAllowed();
    } else {
      failed(false, reason);
    }
  }

  /** The time of documents that came at a moment is up. */
  void expired(long acceptedAt) {
    synchronized (this) {
      if (!opens || state != State.CLOSED || hasSucceededSince(acceptedAt)) {
        return;
      }
      open(NOT_ACKNOWLEDGED);
    }
    listener.breakerOpened(NOT_ACKNOWLEDGED);
    callbacks.opened();
  }

  /** Whether the caller may send the one document that shows whether the cluster is back. */
  synchronized boolean tryTrial() {
    if (state != State.TRIAL) {
      return false;
    }
    enter(State.TRIAL_RUNNING);
    long running = epoch;
    timer.schedule(() -> endTrial(running), settings.trialTimeoutNanos);
    return true;
  }

  /** The trial was not made after all. */
  synchronized void giveBackTrial() {
    if (state == State.TRIAL_RUNNING) {
      enter(State.TRIAL);
    }
  }

  /** There is nothing to try with: the next documents will show. */
  void closeUntried() {
    synchronized (this) {
      if (state != State.TRIAL_RUNNING) {
        return;
      }
      enter(State.CLOSED);
      failures = 0;
      unclearTrials = 0;
      lastSuccess = timer.nanoTime();
    }
    LOG.info("The cluster answers again");
    listener.breakerClosed();
    callbacks.closed(true);
  }

  private void endTrial(long running) {
    synchronized (this) {
      if (epoch != running) {
        return;
      }
      open(null);
    }
    callbacks.opened();
  }

  void stop() {
    stopped = true;
  }

  private void open(@Nullable String reason) {
    unclearTrials = 0;
    if (reason != null) {
      LOG.warn("Documents go to the spool until the cluster takes them again: {}", reason);
      openedFor = reason;
    }
    enter(State.OPEN);
    scheduleProbe();
  }

  private void enter(State next) {
    state = next;
    epoch++;
  }

  private void scheduleProbe() {
    long opening = epoch;
    // at least half of the bound: a full jitter near zero would ask a cluster that just failed
    long pause = settings.pauses.nanos(probes) / 2 + settings.pauses.bound(probes) / 2;
    probes++;
    timer.schedule(() -> probe(opening), pause);
  }

  private void probe(long opening) {
    synchronized (this) {
      if (stopped || epoch != opening) {
        return;
      }
    }
    timer.schedule(() -> answered(opening, false), settings.probeTimeoutNanos);
    var unused =
        Stages.of(probe).whenComplete((nothing, failure) -> answered(opening, failure == null));
  }

  private void answered(long opening, boolean well) {
    synchronized (this) {
      if (stopped || epoch != opening) {
        return;
      }
      enter(well ? State.TRIAL : State.OPEN);
      if (!well) {
        scheduleProbe();
        return;
      }
    }
    callbacks.trialAllowed();
  }
}
