package dev.eventstream.testkit;

import java.util.concurrent.locks.LockSupport;

/** A program that starts an engine, prints its process id, and never ends it. */
final class ParentOfEngine {

  private ParentOfEngine() {}

  public static void main(String[] args) {
    RealEngine engine = RealEngine.start(args[0]);
    System.out.println(engine.pid());
    System.out.flush();
    while (engine.isRunning()) {
      LockSupport.parkNanos(1_000_000_000);
    }
  }
}
