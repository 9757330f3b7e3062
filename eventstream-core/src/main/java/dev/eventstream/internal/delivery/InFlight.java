package dev.eventstream.internal.delivery;

import java.util.concurrent.TimeUnit;

/** Admission: bounds the bytes that are taken in and not settled yet. Thread-safe. */
public final class InFlight {
  private final long maxBytes;
  private long bytes; // guarded by this

  public InFlight(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Takes room when there is some. When nothing is in flight, what is larger than the bound is let
   * in alone: it could never be taken otherwise.
   */
  public synchronized boolean tryAcquire(long wanted) {
    if (bytes > 0 && bytes + wanted > maxBytes) {
      return false;
    }
    bytes += wanted;
    return true;
  }

  /** Takes more room for what was let in already; within the bound, also when it is alone. */
  public synchronized boolean tryAcquireMore(long more) {
    if (bytes + more > maxBytes) {
      return false;
    }
    bytes += more;
    return true;
  }

  /** Takes what is needed beyond the estimate that was let in. */
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
   * Waits until nothing is in flight; false when that takes too long or the thread is interrupted.
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
