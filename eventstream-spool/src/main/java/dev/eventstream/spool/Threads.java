package dev.eventstream.spool;

/** Waits for threads to end. */
final class Threads {
  private Threads() {}

  /** Waits however often it is interrupted; the caller sees the interrupt afterwards. */
  static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive() && thread != Thread.currentThread()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
