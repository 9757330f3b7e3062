package dev.eventstream.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.TimeUnit;

/** Admission control: limits the bytes that are accepted and not settled yet. Thread-safe. */
public final class InFlight {
  private final long maxBytes;

  @GuardedBy("this") private long bytes;

  public InFlight(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Acquires space if there is enough. If nothing is in flight, a request larger than the limit is
   * admitted alone, because it could never be admitted otherwise.
   */
  public synchronized boolean tryAcquire(long wanted) {
    if (bytes > 0 && bytes + wanted > maxBytes) {
      return false;
    }
    bytes += wanted;
    return true;
  }

  /** Acquires more space for an admitted call, within the limit even if it is alone. */
  public synchronized boolean tryAcquireMore(long more) {
    if (bytes + more > maxBytes) {
      return false;
    }
    bytes += more;
    return true;
  }

  /** Acquires what is needed beyond the admitted estimate. */
  public synchronized void acquireMore(long more) {
    bytes += more;
  }

  public synchronized void release(long released) {
    bytes -= released;
    if (bytes == 0) {
      notifyAll();
    }
  }

  public long maxBytes() {
    return maxBytes;
  }

  public synchronized long bytes() {
    return bytes;
  }

  /**
   * Waits until nothing is in flight; returns false after the time-out or if the thread is
   * interrupted.
   */
  public synchronized boolean awaitNone(long timeoutNanos) {
    long end = System.nanoTime() + timeoutNanos;
    while (bytes > 0) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      try {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }
}
