package dev.eventstream.internal.delivery;

import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.EventSink;
import java.time.Clock;
import java.util.random.RandomGenerator;

/** Creates parts of a pipeline for tests of other parts. */
final class Deliveries {
  private Deliveries() {}

  static Environment environment(Timer timer, RandomGenerator random) {
    return new Environment(timer, Clock.systemUTC(), random, StreamListener.NONE);
  }

  static Delivery withoutSpool(EventSink sink, int maxInFlight, Backoff backoff, Timer timer) {
    Environment environment = environment(timer, backoff.random());
    return new Delivery(
        sink,
        maxInFlight,
        backoff,
        StuckDestinations.withoutTrials(timer, environment.clock()),
        Breaker.neverOpen(timer),
        new RefusingFallback(),
        environment);
  }
}
