package dev.eventstream.server;

/** A thread that works until it is interrupted. */
final class BackgroundThread implements AutoCloseable {
  private final Thread thread;

  private BackgroundThread(Thread thread) {
    this.thread = thread;
  }

  static BackgroundThread start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return new BackgroundThread(thread);
  }

  /** Interrupts the thread, and waits for its end. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
