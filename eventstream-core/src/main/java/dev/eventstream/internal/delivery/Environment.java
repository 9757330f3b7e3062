package dev.eventstream.internal.delivery;

import dev.eventstream.observe.StreamListener;
import java.time.Clock;
import java.util.random.RandomGenerator;

/**
 * What all parts of the delivery share, and tests replace.
 *
 * @param timer elapsed time, and tasks that run later
 * @param clock the time of day
 * @param random for jitter
 * @param listener is told what happens; throws nothing
 */
public record Environment(
    Timer timer, Clock clock, RandomGenerator random, StreamListener listener) {}
