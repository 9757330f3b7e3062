package dev.eventstream.server.cli;

import java.util.concurrent.CountDownLatch;
import java.util.function.IntSupplier;

/** Has SIGTERM and SIGINT interrupt a command, so that it can stop at a point of its choice. */
final class StopSignal {
  /** The exit code of a stopped command; with SIGINT the JVM replaces it with 130. */
  static final int STOPPED = 143;

  private StopSignal() {}

  /**
   * Runs a command on this thread. A signal interrupts the thread, and the JVM ends when the
   * command has returned.
   *
   * @param threadName the name of the thread that waits for a signal
   * @return the result of the command
   */
  static int run(String threadName, IntSupplier command) {
    CountDownLatch done = new CountDownLatch(1);
    Thread main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(main, done), threadName));
    try {
      return command.getAsInt();
    } finally {
      done.countDown();
    }
  }

  private static void stop(Thread main, CountDownLatch done) {
    if (done.getCount() > 0) {
      main.interrupt();
    }
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
