package dev.eventstream.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Admission control: limits the bytes that are accepted and not settled yet. Thread-safe.
 *
 * <p>Uses no monitor, because a virtual thread that waits in one occupies its carrier thread before
 * JDK 24.
 */
public final class InFlight {
  /**
   * How often the first waiting caller looks for space of which it is not told, because it is less
   * than an eighth of the limit.
   */
  private static final long LOOK_NANOS = 5_000_000;

  private final long maxBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /**
   * Held by the caller that has waited longest; the others wait for it in the order of their
   * arrival. Acquired before {@link #lock}.
   */
  private final ReentrantLock turn = new ReentrantLock(true);

  @GuardedBy("lock") private long bytes;

  @GuardedBy("lock") private boolean ended;

  public InFlight(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Acquires space if there is enough. If nothing is in flight, a request larger than the limit is
   * admitted alone, because it could never be admitted otherwise.
   */
  public boolean tryAcquire(long wanted) {
    lock.lock();
    try {
      if (bytes > 0 && bytes + wanted > maxBytes) {
        return false;
      }
      bytes += wanted;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Acquires space as {@link #tryAcquire} does, and waits for it. Callers that wait get it in the
   * order of their arrival.
   *
   * @param timeoutNanos how long to wait at most
   * @return false after the time-out, or when {@link #endWaiting} was called
   */
  public boolean acquire(long wanted, long timeoutNanos) throws InterruptedException {
    long end = System.nanoTime() + timeoutNanos;
    if (!turn.tryLock(timeoutNanos, TimeUnit.NANOSECONDS)) {
      return false;
    }
    try {
      lock.lock();
      try {
        while (!ended) {
          if (bytes == 0 || bytes + wanted <= maxBytes) {
            bytes += wanted;
            return true;
          }
          long left = end - System.nanoTime();
          if (left <= 0) {
            return false;
          }
          long unused = changed.awaitNanos(Math.min(left, LOOK_NANOS));
        }
        return false;
      } finally {
        lock.unlock();
      }
    } finally {
      turn.unlock();
    }
  }

  /** Ends all waits in {@link #acquire}, the future ones included. */
  public void endWaiting() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Acquires more space for an admitted call, within the limit even if it is alone. */
  public boolean tryAcquireMore(long more) {
    lock.lock();
    try {
      if (bytes + more > maxBytes) {
        return false;
      }
      bytes += more;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Acquires what is needed beyond the admitted estimate. */
  public void acquireMore(long more) {
    lock.lock();
    try {
      bytes += more;
    } finally {
      lock.unlock();
    }
  }

  public void release(long released) {
    lock.lock();
    try {
      bytes -= released;
      if (bytes <= maxBytes - maxBytes / 8) { // not for every event, which would switch threads
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  public long maxBytes() {
    return maxBytes;
  }

  public long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until nothing is in flight; returns false after the time-out or if the thread is
   * interrupted.
   */
  public boolean awaitNone(long timeoutNanos) {
    long end = System.nanoTime() + timeoutNanos;
    lock.lock();
    try {
      while (bytes > 0) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        long unused = changed.awaitNanos(left);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }
}
