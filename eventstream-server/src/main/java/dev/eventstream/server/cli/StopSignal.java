package dev.eventstream.server.cli;

import dev.eventstream.server.Signals;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/** Has SIGTERM and SIGINT interrupt a command, so that it can stop at a point of its choice. */
final class StopSignal {
  /** The exit code of a command that was stopped; 128 plus the number of SIGTERM. */
  static final int STOPPED = 143;

  private StopSignal() {}

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
            thread.interrupt();
          });
    }
    int status = command.getAsInt();
    return status == STOPPED && received.get() != 0 ? 128 + received.get() : status;
  }
}
