package dev.eventstream.server.body;

/**
 * Bounds the heap that the bodies and answers of all requests take together. A part of it is for
 * small requests alone, so that a few large ones that come slowly cannot keep everybody else out.
 * Thread-safe.
 */
public final class RequestMemory {
  /** Up to how many bytes a request is small: 64 KiB. */
  public static final int SMALL = 64 * 1024;

  private final long limit;
  private long taken; // guarded by this

  public RequestMemory(long limit) {
    this.limit = limit;
  }

  /**
   * The part of one request; nothing at first.
   *
   * @param announced how long its body will be, or -1
   */
  public Share share(long announced) {
    return new Share(announced > SMALL);
  }

  public synchronized long taken() {
    return taken;
  }

  /** What one request takes. Thread-safe. */
  public final class Share {
    private final boolean large; // by its own words
    private long bytes; // guarded by the RequestMemory

    private Share(boolean large) {
      this.large = large;
    }

    /** Takes more if that keeps within the limit, or no other request takes anything. */
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

    /** Takes more, even beyond the limit: others are kept out then. */
    public void take(long more) {
      synchronized (RequestMemory.this) {
        taken += more;
        bytes += more;
      }
    }

    /** Gives a part back. */
    void giveBackSome(long less) {
      synchronized (RequestMemory.this) {
        taken -= less;
        bytes -= less;
      }
    }

    /** Gives everything back. */
    public void giveBack() {
      synchronized (RequestMemory.this) {
        taken -= bytes;
        bytes = 0;
      }
    }
  }
}
