package dev.eventstream.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.internal.CredentialMask;
import dev.eventstream.observe.StreamListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps requests from a cluster that does not accept them, so that documents go to the spool
 * immediately instead of waiting for a time-out. Opens after several failed requests in a row,
 * immediately if the cluster rejects requests until an operator acts, and when a document reaches
 * its delivery time-out and nothing was acknowledged since its acceptance. While open, it probes
 * the cluster with growing pauses. After a successful probe one spooled document is sent as a
 * trial; if it succeeds, the breaker closes.
 *
 * <p>Thread-safe; the callbacks run outside the lock.
 */
final class Breaker {
  private static final Logger LOG = LoggerFactory.getLogger(Breaker.class);
  private static final int FAILURES = 5;

  /** Maximum number of immediate trials in a row while a single document may be at fault. */
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
   * Timing of an open breaker.
   *
   * @param pauses the pauses between probes
   * @param probeTimeoutNanos how long to wait for the answer to a probe
   * @param trialTimeoutNanos how long to wait for the end of a trial
   */
  record Settings(Backoff pauses, long probeTimeoutNanos, long trialTimeoutNanos) {}

  /** Called when the state changes. */
  interface Callbacks {
    /** The breaker has opened, or stays open after a trial. */
    void opened();

    /** A trial may be made, see {@link Breaker#tryTrial}. */
    void trialAllowed();

    /**
     * The breaker has closed.
     *
     * @param afterTrial whether a trial succeeded; false if a request that was in flight when the
     *     breaker opened was answered late
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

  @GuardedBy("this") private int failures; // in a row

  @GuardedBy("this") private int probes; // since the cluster accepted a request

  @GuardedBy("this") private int unclearTrials; // in a row

  @GuardedBy("this") private long epoch; // of the state

  private volatile long lastSuccess;
  private volatile boolean stopped;

  /**
   * Creates a closed breaker.
   *
   * @param probe checks whether the cluster accepts requests
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

  /**
   * Creates a breaker for streams without a spool, which have no alternative for their documents.
   */
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

  /** Returns why the breaker is open; null if it is closed. */
  @Nullable String reason() {
    return isClosed() ? null : openedFor;
  }

  /** Returns whether the cluster has accepted a request since the given time. */
  boolean hasSucceededSince(long moment) {
    return lastSuccess - moment > 0;
  }

  /**
   * Records that the cluster has accepted a request, regardless of the results of single documents.
   */
  void succeeded() {
    if (!opens) {
      return; // saves the time of a lock and of a look at the clock with each bulk
    }
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
    LOG.info("The cluster accepts documents again");
    listener.breakerClosed();
    callbacks.closed(afterTrial);
  }

  /** Records that a request failed as a whole. */
  void failed(boolean forGood, String unmasked) {
    if (!opens) {
      return;
    }
    String reason = CredentialMask.message(unmasked); // a custom sink may not mask it
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
   * Records that the trial failed, possibly because of its document. A trial with another document
   * may follow immediately.
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

  /** Records that documents accepted at the given time have reached their delivery time-out. */
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

  /** Returns whether the caller may send the document that tests whether the cluster is back. */
  synchronized boolean tryTrial() {
    if (state != State.TRIAL) {
      return false;
    }
    enter(State.TRIAL_RUNNING);
    long running = epoch;
    timer.schedule(() -> endTrial(running), settings.trialTimeoutNanos);
    return true;
  }

  /** Records that the trial was not made. */
  synchronized void cancelTrial() {
    if (state == State.TRIAL_RUNNING) {
      enter(State.TRIAL);
    }
  }

  /**
   * Closes the breaker because there is no document for a trial; the next documents will test the
   * cluster.
   */
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
    LOG.info("The cluster responds again");
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

  @GuardedBy("this") private void open(@Nullable String reason) {
    unclearTrials = 0;
    if (reason != null) {
      LOG.warn("Documents go to the spool until the cluster accepts them again: {}", reason);
      openedFor = reason;
    }
    enter(State.OPEN);
    scheduleProbe();
  }

  @GuardedBy("this") private void enter(State next) {
    state = next;
    epoch++;
  }

  @GuardedBy("this") private void scheduleProbe() {
    long opening = epoch;
    // at least half of the bound, so that a cluster that just failed is not probed at once
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
