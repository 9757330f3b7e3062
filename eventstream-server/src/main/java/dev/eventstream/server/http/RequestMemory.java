package dev.eventstream.server.http;

/** Bounds the heap that the bodies and answers of all requests take together. Thread-safe. */
final class RequestMemory {
  private final long limit;
  private long taken; // guarded by this

  RequestMemory(long limit) {
    this.limit = limit;
  }

  /** The part of one request; nothing at first. */
  Share share() {
    return new Share();
  }

  synchronized long taken() {
    return taken;
  }

  /** What one request takes. Thread-safe. */
  final class Share {
    private long bytes; // guarded by the RequestMemory

    /** Takes more if that keeps within the limit, or no other request takes anything. */
    boolean tryTake(long more) {
      synchronized (RequestMemory.this) {
        boolean alone = taken == bytes;
        if (!alone && taken + more > limit) {
          return false;
        }
        taken += more;
        bytes += more;
        return true;
      }
    }

    /** Takes more, even beyond the limit: others are kept out then. */
    void take(long more) {
      synchronized (RequestMemory.this) {
        taken += more;
        bytes += more;
      }
    }

    /** Gives everything back. */
    void giveBack() {
      synchronized (RequestMemory.this) {
        taken -= bytes;
        bytes = 0;
      }
    }
  }
}
