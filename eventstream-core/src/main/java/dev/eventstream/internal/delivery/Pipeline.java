package dev.eventstream.internal.delivery;

import dev.eventstream.observe.StuckDestination;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Spool;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Moves documents from their acceptance to the cluster, the spool or the dead letters. Connects the
 * parts and decides which way a publication takes first. Thread-safe.
 */
public final class Pipeline {
  private static final Duration RETRY_AFTER_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration SPOOL_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration REPLAY_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration FIRST_PROBE = Duration.ofMillis(500);
  private static final Duration LAST_PROBE = Duration.ofSeconds(5);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_ROUND = Duration.ofSeconds(60);

  /**
   * Shortest pause between trials of a stuck destination, which may merely have been re-created.
   */
  private static final Duration FIRST_DESTINATION_TRIAL = Duration.ofMillis(200);

  private static final Duration LAST_DESTINATION_TRIAL = Duration.ofSeconds(5);

  private static final Fate.Refused CLUSTER_TAKES_NOTHING =
      Settlement.refused("the cluster accepts no documents now");

  /** Portions of the spool in memory in addition to those in flight. */
  private static final int PORTIONS_WAITING = 8;

  /**
   * The settings of a pipeline.
   *
   * @param maxBatchEvents the maximum number of documents in a bulk
   * @param maxBatchBytes the maximum size of a bulk
   * @param linger how long a document waits for others
   * @param maxInFlightRequests the maximum number of concurrent bulks
   * @param deliveryTimeout the maximum time until the cluster's acknowledgement
   * @param backoff the bound of the first delay before another attempt
   * @param maxBackoff the longest bound
   * @param eventsPerSecond the maximum rate of documents sent to the cluster; 0 for no limit
   * @param giveUpAfter how long a spooled document may fail while the cluster accepts others,
   *     before it becomes a dead letter; 0 for no limit
   */
  public record Settings(
      int maxBatchEvents,
      int maxBatchBytes,
      Duration linger,
      int maxInFlightRequests,
      Duration deliveryTimeout,
      Duration backoff,
      Duration maxBackoff,
      int eventsPerSecond,
      Duration giveUpAfter) {}

  private final StuckDestinations stuck;
  private final Suspects suspects;
  private final DeadLetterLog deadLetterLog;
  private final Breaker breaker;
  private final Fallback fallback;
  private final Throttle throttle;
  private final Delivery delivery;
  private final Batcher batcher;
  private final Replay replay;
  private final Deadlines deadlines;
  private final Deadlines spoolDeadlines;

  /**
   * Creates a pipeline.
   *
   * @param spool stores documents that cannot be written; null if they are to be refused
   * @param replayExecutor runs the replay of the spool, one task at a time
   */
  public Pipeline(
      EventSink sink,
      @Nullable Spool spool,
      Settings settings,
      Environment environment,
      Executor replayExecutor) {
    Timer timer = environment.timer();
    Duration timeout = settings.deliveryTimeout;
    this.deadlines = new Deadlines(timer, timeout.toNanos(), late -> expired(late, timeout));
    this.spoolDeadlines =
        new Deadlines(
            timer,
            timeout.plus(SPOOL_TIMEOUT).toNanos(),
            late -> late.settleAllOpen(spoolTimedOut()));
    this.throttle =
        settings.eventsPerSecond == 0
            ? Throttle.unlimited(timer)
            : new Throttle(settings.eventsPerSecond, timer);
    this.suspects = new Suspects(timer);
    this.deadLetterLog = new DeadLetterLog(timer);
    this.breaker = spool == null ? Breaker.neverOpen(timer) : breaker(sink, environment);
    this.stuck =
        spool == null
            ? StuckDestinations.withoutTrials(timer, environment.clock())
            : stuckDestinations(sink, environment);
    this.fallback =
        spool == null
            ? new RefusingFallback()
            : new SpoolFallback(
                new SpoolWriter(spool, spoolDeadlines, environment),
                spool.deadLetters(),
                suspects,
                deadLetterLog,
                environment);
    this.delivery =
        new Delivery(
            sink,
            settings.maxInFlightRequests,
            backoff(settings.backoff, settings.maxBackoff, environment),
            stuck,
            breaker,
            fallback,
            environment);
    this.batcher =
        new Batcher(
            settings.maxBatchEvents,
            settings.maxBatchBytes,
            settings.linger.toNanos(),
            delivery,
            timer);
    this.replay =
        spool == null ? Replay.NONE : replayer(spool, settings, environment, replayExecutor);
    if (spool != null) {
      spool.whenFilled(replay::wake);
      replay.wake(); // for documents of an earlier process
    }
  }

  private Breaker breaker(EventSink sink, Environment environment) {
    Breaker.Callbacks callbacks =
        new Breaker.Callbacks() {
          @Override
          public void opened() {
            deadlines.expireAll();
            replay.expireAll();
          }

          @Override
          public void trialAllowed() {
            replay.wake();
          }

          @Override
          public void closed(boolean afterTrial) {
            if (afterTrial) {
              delivery.revokePermits();
            }
            batcher.drain();
            replay.clusterIsBack();
          }
        };
    return new Breaker(
        sink::check,
        new Breaker.Settings(
            backoff(FIRST_PROBE, LAST_PROBE, environment),
            PROBE_TIMEOUT.toNanos(),
            REPLAY_TIMEOUT.toNanos()),
        callbacks,
        environment.timer(),
        environment.listener());
  }

  private StuckDestinations stuckDestinations(EventSink sink, Environment environment) {
    return new StuckDestinations(
        sink::write,
        this::clusterTakes,
        this::destinationRecovered,
        backoff(FIRST_DESTINATION_TRIAL, LAST_DESTINATION_TRIAL, environment),
        environment.timer(),
        environment.clock());
  }

  private Replayer replayer(
      Spool spool, Settings settings, Environment environment, Executor executor) {
    return new Replayer(
        spool,
        new Replayer.Parts(delivery, breaker, stuck, suspects, throttle, deadLetterLog),
        new Replayer.Settings(
            settings.maxBatchEvents,
            settings.maxBatchBytes,
            settings.maxInFlightRequests + PORTIONS_WAITING,
            REPLAY_TIMEOUT.toNanos(),
            settings.giveUpAfter.toNanos(),
            backoff(FIRST_PAUSE, LONGEST_ROUND, environment)),
        environment,
        executor);
  }

  private static Backoff backoff(Duration first, Duration max, Environment environment) {
    return new Backoff(first.toNanos(), max.toNanos(), environment.random());
  }

  /**
   * Starts to deliver a publication to the cluster, or to the spool while the cluster accepts
   * nothing.
   */
  public void submit(Publication publication) {
    if (breaker.isClosed() && throttle.tryTake(false, publication.size())) {
      submitToCluster(publication);
    } else {
      submitToSpool(publication);
    }
  }

  /** Starts to deliver a publication by way of the spool; without a spool, to the cluster. */
  public void submitToSpool(Publication publication) {
    if (!fallback.isDurable()) {
      submitToCluster(publication);
      return;
    }
    fallback.divertAll(publication, CLUSTER_TAKES_NOTHING);
    batcher.drain(); // drops what has gone to the spool
  }

  /** Starts to deliver a publication to the cluster first in any case. */
  public void submitToCluster(Publication publication) {
    deadlines.add(publication);
    batcher.submit(publication);
    if (!breaker.isClosed()) { // it opened concurrently, before this one was added
      fallback.divertAll(publication, CLUSTER_TAKES_NOTHING);
    }
  }

  private void expired(Publication late, Duration timeout) {
    breaker.expired(late.acceptedAt());
    fallback.divertAll(late, timedOut(timeout));
  }

  private void destinationRecovered(String destination) {
    suspects.retry(destination);
    replay.lookAgain();
    batcher.drain();
  }

  static Fate.Refused timedOut(Duration timeout) {
    return new Fate.Refused(
        Refusal.TIMEOUT,
        "not acknowledged within the delivery time-out of " + timeout.toMillis() + " ms",
        RETRY_AFTER_TIMEOUT);
  }

  private static Fate spoolTimedOut() {
    return new Fate.Refused(
        Refusal.SPOOL, "the spool's disk does not respond", RETRY_AFTER_TIMEOUT);
  }

  /** Returns whether requests reach the cluster, as far as is known. */
  public boolean clusterTakes() {
    return breaker.isClosed();
  }

  /**
   * Returns why requests do not reach the cluster, or why the last one failed; null if neither is
   * the case.
   */
  public @Nullable String clusterFailure() {
    String open = breaker.reason();
    return open == null ? delivery.failure() : open;
  }

  /** Returns the destinations that accept nothing while the cluster accepts other documents. */
  public List<StuckDestination> stuckDestinations() {
    return stuck.stuck();
  }

  /** Returns the number of bulk requests in flight. */
  public int requestsInFlight() {
    return delivery.requests();
  }

  /** Returns the number of documents that wait for their first bulk request. */
  public long queuedDocuments() {
    return batcher.queuedDocuments();
  }

  /** Returns the recent rate of documents leaving the spool, per second. */
  public double replayedPerSecond() {
    return replay.documentsPerSecond();
  }

  /** Sends everything without lingering and takes nothing more from the spool from now on. */
  public void drain() {
    replay.stop();
    batcher.flush();
  }

  /**
   * Stops waiting for the cluster: unsettled documents go to the spool, or are refused without one.
   */
  public void stopWaiting(Fate.Refused refused) {
    breaker.stop();
    deadlines.end(open -> fallback.divertAll(open, refused));
  }

  /** Refuses the documents that the spool has not stored either. */
  public void refuseRest(Fate refused) {
    spoolDeadlines.end(open -> open.settleAllOpen(refused));
  }
}
