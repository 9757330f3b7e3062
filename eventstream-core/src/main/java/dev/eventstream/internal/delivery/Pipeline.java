package dev.eventstream.internal.delivery;

import dev.eventstream.observe.StreamListener;
import dev.eventstream.observe.StuckDestination;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Spool;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The way of documents from their acceptance to the cluster, the spool or the dead letters: puts
 * the parts together and decides which way a publication takes first. Thread-safe.
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
   * Pauses between trials of a destination that takes nothing; it may have been only re-created.
   */
  private static final Duration FIRST_DESTINATION_TRIAL = Duration.ofMillis(200);

  private static final Duration LAST_DESTINATION_TRIAL = Duration.ofSeconds(5);

  /** Portions of the spool in memory besides those in flight. */
  private static final int PORTIONS_WAITING = 8;

  /**
   * How much and how fast.
   *
   * @param maxBatchEvents documents in a bulk
   * @param maxBatchBytes bytes of documents in a bulk
   * @param linger how long a document waits for others
   * @param maxInFlightRequests bulks at once
   * @param deliveryTimeout how long the cluster may take
   * @param backoff the first wait before another attempt
   * @param maxBackoff the longest
   * @param eventsPerSecond how many documents the cluster gets; 0: as many as there are
   * @param giveUpAfter for how long a document of the spool may fail while the cluster takes
   *     others, until it becomes a dead letter; 0: for ever
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
  private final Delivery delivery;
  private final Batcher batcher;
  private final Deadlines deadlines;
  private final Deadlines spoolDeadlines;
  private final @Nullable Throttle throttle;
  private final @Nullable Overflow overflow;
  private final @Nullable Breaker breaker;
  private final @Nullable Replayer replayer;

  /**
   * Puts the parts together.
   *
   * @param spool where documents go that cannot be written; null: they are refused
   * @param replay runs the replay of the spool, one task at a time
   * @param listener is told what happens; throws nothing
   */
  public Pipeline(
      EventSink sink,
      @Nullable Spool spool,
      Settings settings,
      Timer timer,
      Clock clock,
      Executor replay,
      RandomGenerator random,
      StreamListener listener) {
    Backoff backoff =
        new Backoff(settings.backoff.toNanos(), settings.maxBackoff.toNanos(), random);
    this.suspects = new Suspects(timer);
    this.stuck =
        spool == null
            ? StuckDestinations.withoutTrials(timer, clock)
            : new StuckDestinations(
                sink::write,
                this::clusterTakes,
                this::destinationRecovered,
                new Backoff(
                    FIRST_DESTINATION_TRIAL.toNanos(), LAST_DESTINATION_TRIAL.toNanos(), random),
                timer,
                clock);
    this.delivery = new Delivery(sink, settings.maxInFlightRequests, backoff, timer, clock, stuck);
    delivery.setListener(listener);
    this.batcher =
        new Batcher(
            settings.maxBatchEvents,
            settings.maxBatchBytes,
            settings.linger.toNanos(),
            delivery,
            timer);
    this.throttle =
        settings.eventsPerSecond == 0 ? null : new Throttle(settings.eventsPerSecond, timer);
    Fate tooLate = timedOut(settings.deliveryTimeout);
    this.spoolDeadlines =
        new Deadlines(
            timer,
            settings.deliveryTimeout.plus(SPOOL_TIMEOUT).toNanos(),
            late -> late.settleAllOpen(spoolTimedOut()));
    this.deadlines =
        new Deadlines(timer, settings.deliveryTimeout.toNanos(), late -> expired(late, tooLate));
    if (spool == null) {
      this.overflow = null;
      this.breaker = null;
      this.replayer = null;
      return;
    }
    this.overflow = new Overflow(spool, spoolDeadlines, timer, listener);
    Fate notYet = timedOut(REPLAY_TIMEOUT);
    Deadlines replayDeadlines =
        new Deadlines(timer, REPLAY_TIMEOUT.toNanos(), late -> replayExpired(late, notYet));
    Deadlines riskyDeadlines =
        new Deadlines(timer, REPLAY_TIMEOUT.toNanos(), late -> late.settleAllOpen(notYet));
    this.breaker =
        new Breaker(
            sink::check,
            new Backoff(FIRST_PROBE.toNanos(), LAST_PROBE.toNanos(), random),
            PROBE_TIMEOUT.toNanos(),
            REPLAY_TIMEOUT.toNanos(),
            timer,
            () -> {
              deadlines.expireAll();
              replayDeadlines.expireAll();
              riskyDeadlines.expireAll();
            },
            this::wakeReplayer,
            afterTrial -> {
              if (afterTrial) {
                delivery.giveUpPlaces();
              }
              batcher.drain();
              wakeReplayer();
            },
            listener);
    delivery.setLastResort(
        new Delivery.LastResort(overflow, spool.deadLetters(), breaker, suspects));
    this.replayer =
        new Replayer(
            spool,
            delivery,
            breaker,
            throttle,
            new Replayer.Context(
                stuck, suspects, settings.giveUpAfter.toNanos(), REPLAY_TIMEOUT.toNanos(), clock),
            replayDeadlines,
            riskyDeadlines,
            timer,
            replay,
            new Backoff(FIRST_PAUSE.toNanos(), LONGEST_ROUND.toNanos(), random),
            settings.maxBatchEvents,
            settings.maxBatchBytes,
            settings.maxInFlightRequests + PORTIONS_WAITING,
            batcher::drain,
            listener);
    delivery.whenThereIsRoomForReplay(replayer::roomAgain);
    spool.whenFilled(this::wakeReplayer);
    wakeReplayer(); // for what an earlier process left
  }

  /**
   * Starts to deliver a publication: to the cluster, or to the spool while the cluster takes
   * nothing.
   */
  public void submit(Publication publication) {
    if (overflow == null || takesNow(publication.size())) {
      submitToCluster(publication);
    } else {
      submitToSpool(publication);
    }
  }

  /** Starts to deliver a publication, by way of the spool; without a spool, to the cluster. */
  public void submitToSpool(Publication publication) {
    if (overflow == null) {
      submitToCluster(publication);
      return;
    }
    overflow.accept(publication);
    batcher.drain(); // lets go of what has gone to the spool
  }

  /** Starts to deliver a publication, to the cluster first in any case. */
  public void submitToCluster(Publication publication) {
    deadlines.add(publication);
    batcher.submit(publication);
    Overflow toSpool = overflow;
    if (toSpool != null && breaker != null && !breaker.isClosed()) {
      toSpool.accept(publication); // the breaker opened meanwhile, and did not see this one
    }
  }

  private boolean takesNow(int documents) {
    boolean closed = breaker == null || breaker.isClosed();
    return closed && (throttle == null || throttle.tryTake(false, documents));
  }

  private void expired(Publication late, Fate tooLate) {
    if (overflow == null || breaker == null) {
      late.settleAllOpen(tooLate);
      return;
    }
    breaker.expired(late.acceptedAt());
    overflow.accept(late);
  }

  private void replayExpired(Publication late, Fate notYet) {
    if (breaker != null) {
      breaker.expired(late.acceptedAt());
    }
    late.settleAllOpen(notYet);
  }

  private void destinationRecovered(String destination) {
    suspects.retry(destination);
    if (replayer != null) {
      replayer.lookAgain();
    }
    batcher.drain();
  }

  private void wakeReplayer() {
    if (replayer != null) {
      replayer.wake();
    }
  }

  private static Fate timedOut(Duration timeout) {
    return new Fate.Refused(
        Refusal.TIMEOUT,
        "not acknowledged within the delivery time-out of " + timeout.toMillis() + " ms",
        RETRY_AFTER_TIMEOUT);
  }

  private static Fate spoolTimedOut() {
    return new Fate.Refused(Refusal.SPOOL, "the spool's disk does not answer", RETRY_AFTER_TIMEOUT);
  }

  /** Whether requests reach the cluster, as far as is known. */
  public boolean clusterTakes() {
    return breaker == null || breaker.isClosed();
  }

  /** Why they do not, or why the last one failed; null when all is well. */
  public @Nullable String clusterFailure() {
    String open = breaker == null ? null : breaker.reason();
    return open == null ? delivery.failure() : open;
  }

  /** The destinations that take nothing while the cluster takes other documents. */
  public List<StuckDestination> stuckDestinations() {
    return stuck.stuck();
  }

  /** Bulk requests in flight. */
  public int requestsInFlight() {
    return delivery.requests();
  }

  /** Documents that wait for their first bulk request. */
  public long queuedDocuments() {
    return batcher.queuedDocuments();
  }

  /** Documents a second that left the spool lately. */
  public double replayedPerSecond() {
    return replayer == null ? 0 : replayer.documentsPerSecond();
  }

  /** From now on nothing lingers, and nothing more is taken from the spool. */
  public void drain() {
    if (replayer != null) {
      replayer.stop();
    }
    batcher.flush();
  }

  /** Waits for the cluster no longer: what is open goes to the spool, or else is refused. */
  public void stopWaiting(Fate refused) {
    if (breaker != null) {
      breaker.stop();
    }
    Overflow toSpool = overflow;
    deadlines.end(toSpool == null ? open -> open.settleAllOpen(refused) : toSpool::accept);
  }

  /** Refuses what not even the spool has taken. */
  public void refuseRest(Fate refused) {
    spoolDeadlines.end(open -> open.settleAllOpen(refused));
  }
}
