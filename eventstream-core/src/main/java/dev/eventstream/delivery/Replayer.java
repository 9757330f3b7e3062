package dev.eventstream.delivery;

import dev.eventstream.DocumentBatch;
import dev.eventstream.Spool;
import dev.eventstream.delivery.Places.Place;
import java.util.ArrayDeque;
import java.util.List;
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

  /** Portions that are on their way back to the spool's end; each is in memory. */
  private static final int MAX_MOVING = 8;

  private static final double RATE_SECONDS = 10;

  /** A portion, and what of it is not settled. */
  private record Held(Spool.Portion portion, DocumentBatch rest) {}

  private final Spool spool;
  private final Delivery delivery;
  private final Breaker breaker;
  private final @Nullable Throttle throttle;
  private final Deadlines deadlines;
  private final Timer timer;
  private final Executor executor;
  private final Backoff pauses;
  private final int maxDocuments;
  private final int maxBytes;
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private volatile boolean stopped;

  private final Object lock = new Object();
  private final ArrayDeque<Held> held = new ArrayDeque<>(); // to be sent again; guarded by lock
  private int moving; // guarded by lock
  private int fruitless; // portions in a row of which nothing left the spool; guarded by lock
  private long pausedUntil; // guarded by lock
  private double recent; // documents, older ones count less; guarded by lock
  private long recentAt; // guarded by lock
  private @Nullable Held waiting; // for the throttle; only the executor

  Replayer(
      Spool spool,
      Delivery delivery,
      Breaker breaker,
      @Nullable Throttle throttle,
      Deadlines deadlines,
      Timer timer,
      Executor executor,
      Backoff pauses,
      int maxDocuments,
      int maxBytes) {
    this.spool = spool;
    this.delivery = delivery;
    this.breaker = breaker;
    this.throttle = throttle;
    this.deadlines = deadlines;
    this.timer = timer;
    this.executor = executor;
    this.pauses = pauses;
    this.maxDocuments = maxDocuments;
    this.maxBytes = maxBytes;
    this.pausedUntil = timer.nanoTime();
    this.recentAt = timer.nanoTime();
  }

  /** There may be something to do: documents came, or a place became free. */
  void wake() {
    if (!stopped && scheduled.compareAndSet(false, true)) {
      executor.execute(this::run);
    }
  }

  /** Takes nothing more from the spool. */
  void stop() {
    stopped = true;
  }

  /** Documents a second that left the spool lately. */
  double documentsPerSecond() {
    synchronized (lock) {
      return decayed(timer.nanoTime()) / RATE_SECONDS;
    }
  }

  private void run() {
    scheduled.set(false);
    try {
      while (!stopped && sendNext()) {}
    } catch (RuntimeException e) {
      LOG.error("The replay of the spool failed and will be tried again; please report this", e);
      pause();
    }
  }

  private boolean sendNext() {
    synchronized (lock) {
      if (moving >= MAX_MOVING || timer.nanoTime() - pausedUntil < 0) {
        return false; // whatever ends that wakes us
      }
    }
    Place place = delivery.tryAcquire(true);
    if (place == null) {
      return false;
    }
    Held next = next();
    if (next == null) {
      breaker.closeUntried();
      delivery.release(place);
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
    return portion == null ? null : new Held(portion, portion.documents());
  }

  private void send(Held next, Place place) {
    Publication publication = new Publication(next.rest, timer.nanoTime(), next.portion.oldest());
    var unused = publication.done().thenAccept(fates -> settled(next, fates));
    deadlines.add(publication);
    delivery.send(new Delivery.Ready(Bulk.replay(publication), place));
  }

  private void settled(Held sent, List<Fate> fates) {
    int[] open =
        IntStream.range(0, fates.size())
            .filter(i -> fates.get(i) instanceof Fate.Refused)
            .toArray();
    int left = fates.size() - open.length;
    count(left);
    if (open.length == 0) {
      sent.portion.remove();
    } else {
      DocumentBatch rest = left == 0 ? sent.rest : sent.rest.select(open);
      if (breaker.isClosed()) {
        if (left == 0) {
          pause();
        }
        moveToEnd(new Held(sent.portion, rest));
      } else {
        hold(new Held(sent.portion, rest));
      }
    }
    wake();
  }

  private void moveToEnd(Held stuck) {
    synchronized (lock) {
      moving++;
    }
    var unused =
        stuck
            .portion
            .moveToEnd(stuck.rest)
            .whenComplete(
                (result, failure) -> {
                  synchronized (lock) {
                    moving--;
                  }
                  if (result != null && result.allWritten()) {
                    stuck.portion.remove();
                  } else {
                    pause(); // the disk has no room: it stays where it is
                    hold(stuck);
                  }
                  wake();
                });
  }

  private void hold(Held unsettled) {
    synchronized (lock) {
      held.add(unsettled);
    }
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

  /** Nothing can be got rid of at the moment: waits a while, longer each time. */
  private void pause() {
    long nanos;
    synchronized (lock) {
      nanos = pauses.bound(fruitless++);
      pausedUntil = timer.nanoTime() + nanos;
    }
    timer.schedule(this::wake, nanos);
  }
}
