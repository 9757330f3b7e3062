package dev.eventstream.observe;

import java.time.Instant;

/**
 * A destination that accepts no documents while the cluster accepts others. Its documents wait in
 * the spool until it accepts one again.
 *
 * @param destination the index
 * @param since when it was first seen to accept none
 * @param reason the cluster's message; without contents of events
 */
public record StuckDestination(String destination, Instant since, String reason) {}
