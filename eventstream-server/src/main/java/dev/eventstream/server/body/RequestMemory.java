package dev.eventstream.server.body;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * Bounds the heap that the bodies and answers of all requests take together. A quarter is reserved
 * for small requests, so that a few large and slow ones cannot exclude all others. Thread-safe.
 */
public final class RequestMemory {
  /** The size, in bytes, up to which a request is small: 64 KiB. */
  public static final int SMALL = 64 * 1024;

  private final long limit;

  @GuardedBy("this") private long taken;

  public RequestMemory(long limit) {
    this.limit = limit;
  }

  /**
   * A new, empty share for one request.
   *
   * @param announced the Content-Length, or -1
   */
  public Share share(long announced) {
    return new Share(announced > SMALL);
  }

  public synchronized long taken() {
    return taken;
  }

  /** The memory of one request. Thread-safe. */
  public final class Share {
    private final boolean large; // by its Content-Length
    private long bytes; // guarded by the RequestMemory

    private Share(boolean large) {
      this.large = large;
    }

    /** Takes more memory if the limit permits it, or if no other request holds any. */
    public boolean tryTake(long more) {
      synchronized (RequestMemory.this) {
        boolean alone = taken == bytes;
        long bound = large || bytes + more > SMALL ? limit / 4 * 3 : limit;
        if (!alone && taken + more > bound) {
          return false;
        }
        taken += more;
        bytes += more;
        return true;
      }
    }

    /** Takes more memory unconditionally; beyond the limit, other requests are refused. */
    public void take(long more) {
      synchronized (RequestMemory.this) {
        taken += more;
        bytes += more;
      }
    }

    /** Returns a part. */
    void giveBackSome(long less) {
      synchronized (RequestMemory.this) {
        taken -= less;
        bytes -= less;
      }
    }

    /** Returns everything. */
    public void giveBack() {
      synchronized (RequestMemory.this) {
        taken -= bytes;
        bytes = 0;
      }
    }
  }
}
