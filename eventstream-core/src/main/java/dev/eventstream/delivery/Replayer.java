package dev.eventstream.delivery;

import dev.eventstream.DocumentBatch;
import dev.eventstream.Spool;
import dev.eventstream.StreamListener;
import dev.eventstream.delivery.Places.Place;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the spool's documents to the cluster, oldest first, in full bulks, behind live traffic. A
 * portion leaves the spool when each of its documents is in the cluster or among the dead letters.
 * What the cluster does not take while it takes others is written anew at the spool's end, so that
 * an index that is stuck does not hold up the rest, nor the space of the rest. Thread-safe; reads
 * the spool on its executor, which runs one task at a time.
 */
final class Replayer {
  private static final Logger LOG = LoggerFactory.getLogger(Replayer.class);

  private static final double RATE_SECONDS = 10;
  private static final long LONGEST_PAUSE = 10_000_000_000L; // nanoseconds

  /** A portion, the how manieth it was, and what of it is not settled. */
  private record Held(Spool.Portion portion, long order, DocumentBatch rest) {
    Held with(DocumentBatch newRest) {
      return new Held(portion, order, newRest);
    }
  }

  private final Spool spool;
  private final Delivery delivery;
  private final Breaker breaker;
  private final @Nullable Throttle throttle;
  private final Deadlines deadlines;
  private final Timer timer;
  private final Executor executor;
  private final Backoff roundPauses;
  private final int maxDocuments;
  private final int maxBytes;
  private final int maxPortions;
  private final Runnable liveGoesOn;
  private final StreamListener listener;
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private volatile boolean stopped;

  private final Object lock = new Object();
  private final PriorityQueue<Held> held = // to be sent again; guarded by lock
      new PriorityQueue<>(Comparator.comparingLong(Held::order));
  private int underWay; // portions that were sent and are not removed or held; guarded by lock
  private long fruitless; // documents in a row that went back; guarded by lock
  private long pausedUntil; // guarded by lock
  private double recent; // documents, older ones count less; guarded by lock
  private long recentAt; // guarded by lock
  private @Nullable Held waiting; // for the throttle; only the executor
  private long taken; // portions; only the executor
  private volatile boolean foundNothing; // when it looked last; written by the executor

  /**
   * Creates a replayer that sleeps.
   *
   * @param roundPauses how long a round through the spool pauses in all, by how many rounds there
   *     were in which nothing left it
   * @param maxPortions how many portions may be under way; each is in memory
   * @param liveGoesOn what to do when live traffic may have a place that was held here
   */
  Replayer(
      Spool spool,
      Delivery delivery,
      Breaker breaker,
      @Nullable Throttle throttle,
      Deadlines deadlines,
      Timer timer,
      Executor executor,
      Backoff roundPauses,
      int maxDocuments,
      int maxBytes,
      int maxPortions,
      Runnable liveGoesOn,
      StreamListener listener) {
    this.spool = spool;
    this.delivery = delivery;
    this.breaker = breaker;
    this.throttle = throttle;
    this.deadlines = deadlines;
    this.timer = timer;
    this.executor = executor;
    this.roundPauses = roundPauses;
    this.maxDocuments = maxDocuments;
    this.maxBytes = maxBytes;
    this.maxPortions = maxPortions;
    this.liveGoesOn = liveGoesOn;
    this.listener = listener;
    this.pausedUntil = timer.nanoTime();
    this.recentAt = timer.nanoTime();
  }

  /** A place became free: spares the executor a look for each bulk while the spool is empty. */
  void roomAgain() {
    if (!foundNothing) {
      wake();
    }
  }

  /** There may be something to do. */
  void wake() {
    if (scheduled.compareAndSet(false, true)) {
      executor.execute(this::run);
    }
  }

  /** Takes nothing more from the spool. */
  void stop() {
    stopped = true;
    wake(); // lets live traffic have the place that it may wait for
  }

  /** Documents a second that left the spool lately. */
  double documentsPerSecond() {
    synchronized (lock) {
      return decayed(timer.nanoTime()) / RATE_SECONDS;
    }
  }

  private void run() {
    scheduled.set(false);
    foundNothing = false; // set again by this run: what comes meanwhile schedules the next one
    try {
      while (sendNext()) {}
    } catch (RuntimeException e) {
      LOG.error("The replay of the spool failed and will be tried again; please report this", e);
      pause(LONGEST_PAUSE);
    }
    liveGoesOn.run(); // it may have looked for a place while one was held here
  }

  private boolean sendNext() {
    if (stopped || waits()) {
      delivery.replayNeedsNone();
      return false; // whatever ends that wakes us
    }
    Place place = delivery.tryAcquire(true);
    if (place == null) {
      return false;
    }
    Held next;
    try {
      next = next();
    } catch (RuntimeException e) {
      delivery.release(place);
      throw e;
    }
    if (next == null) {
      breaker.closeUntried();
      delivery.release(place);
      foundNothing = true;
      return false;
    }
    if (throttle != null && !throttle.tryTake(true, next.rest.size())) {
      waiting = next;
      delivery.release(place);
      timer.schedule(this::wake, throttle.nanosUntil(true));
      return false;
    }
    waiting = null;
    send(next, place);
    return true;
  }

  private boolean waits() {
    synchronized (lock) {
      return underWay >= maxPortions || timer.nanoTime() - pausedUntil < 0;
    }
  }

  private @Nullable Held next() {
    if (waiting != null) {
      return waiting;
    }
    synchronized (lock) {
      if (!held.isEmpty()) {
        return held.remove();
      }
    }
    Spool.Portion portion = spool.take(maxDocuments, maxBytes);
    return portion == null ? null : new Held(portion, taken++, portion.documents());
  }

  private void send(Held next, Place place) {
    synchronized (lock) {
      underWay++;
    }
    Publication publication = new Publication(next.rest, timer.nanoTime(), next.portion.oldest());
    var unused = publication.done().thenAccept(fates -> settled(next, fates));
    deadlines.add(publication);
    delivery.send(new Delivery.Ready(Bulk.replay(publication), place), false);
  }

  private void settled(Held sent, List<Fate> fates) {
    int[] open =
        IntStream.range(0, fates.size())
            .filter(i -> fates.get(i) instanceof Fate.Refused)
            .toArray();
    int left = fates.size() - open.length;
    count(left);
    if (left > 0) {
      listener.replayed(left);
    }
    if (open.length == 0) {
      remove(sent);
      return;
    }
    Held rest = left == 0 ? sent : sent.with(sent.rest.select(open));
    if (breaker.isClosed()) {
      if (left == 0) {
        pauseAfter(open.length);
      }
      moveToEnd(rest);
    } else {
      hold(rest);
    }
  }

  private void moveToEnd(Held stuck) {
    var unused =
        Stages.of(() -> stuck.portion.moveToEnd(stuck.rest))
            .whenComplete(
                (result, failure) -> {
                  if (result != null && result.allWritten()) {
                    remove(stuck);
                  } else {
                    pauseAfter(stuck.rest.size()); // the disk has no room: it stays where it is
                    hold(stuck);
                  }
                });
  }

  private void remove(Held done) {
    synchronized (lock) {
      underWay--;
    }
    done.portion.remove();
    wake();
  }

  private void hold(Held unsettled) {
    synchronized (lock) {
      underWay--;
      held.add(unsettled);
    }
    wake();
  }

  private void count(int documents) {
    synchronized (lock) {
      if (documents > 0) {
        fruitless = 0;
      }
      long now = timer.nanoTime();
      recent = decayed(now) + documents;
      recentAt = now;
    }
  }

  private double decayed(long now) {
    return recent * Math.exp(-(now - recentAt) / (RATE_SECONDS * 1e9));
  }

  /**
   * Not one document of a portion could be got rid of: waits a while. A round through the whole
   * spool in which it is so for all of it waits longer than the one before, up to a bound:
   * documents that could be written may be behind those that cannot.
   */
  private void pauseAfter(int documents) {
    long all = Math.max(documents, spool.state().documents());
    long nanos;
    synchronized (lock) {
      long rounds = fruitless / all;
      fruitless += documents;
      nanos = roundPauses.bound((int) Math.min(Integer.MAX_VALUE, rounds)) * documents / all;
    }
    pause(nanos);
  }

  private void pause(long nanos) {
    long left;
    synchronized (lock) {
      long now = timer.nanoTime();
      left = Math.min(LONGEST_PAUSE, Math.max(0, pausedUntil - now) + nanos);
      pausedUntil = now + left;
    }
    timer.schedule(this::wake, left);
  }
}
