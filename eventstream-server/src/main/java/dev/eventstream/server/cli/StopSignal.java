package dev.eventstream.server.cli;

import dev.eventstream.server.Signals;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Has SIGTERM and SIGINT interrupt a command, so that it can stop at a point of its choice. */
final class StopSignal {
  /** The exit code of a command that was stopped; 128 plus the number of SIGTERM. */
  static final int STOPPED = 143;

  private static volatile @Nullable Thread stopped;

  private StopSignal() {}

  /**
   * Interrupts this thread again if it is that of a command that a signal has told to stop: a
   * library may have cleared the interrupt. Called where a command tells its progress.
   */
  static void repeat() {
    Thread thread = Thread.currentThread();
    if (thread == stopped) {
      thread.interrupt();
    }
  }

  /**
   * Runs a command on this thread. A signal interrupts the thread; a second one ends the process
   * immediately.
   *
   * @return the result of the command, or 128 plus the signal's number if it was stopped
   */
  static int run(IntSupplier command) {
    Thread thread = Thread.currentThread();
    AtomicInteger received = new AtomicInteger();
    for (String signal : List.of("TERM", "INT")) {
      Signals.handle(
          signal,
          number -> {
            if (!received.compareAndSet(0, number)) {
              Runtime.getRuntime().halt(128 + number);
            }
            stopped = thread;
            thread.interrupt();
          });
    }
    int status = command.getAsInt();
    return status == STOPPED && received.get() != 0 ? 128 + received.get() : status;
  }
}
