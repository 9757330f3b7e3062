package dev.eventstream.internal.delivery;

import dev.eventstream.observe.StreamListener;
import java.time.Clock;
import java.util.random.RandomGenerator;

/**
 * What all parts of the delivery share, and tests replace.
 *
 * @param timer measures elapsed time and schedules tasks
 * @param clock the time of day
 * @param random for jitter
 * @param listener must not throw
 */
public record Environment(
    Timer timer, Clock clock, RandomGenerator random, StreamListener listener) {}
