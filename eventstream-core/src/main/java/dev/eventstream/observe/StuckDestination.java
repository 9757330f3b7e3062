package dev.eventstream.observe;

import java.time.Instant;

/**
 * A destination that takes no documents while the cluster takes others. Its documents wait in the
 * spool until it takes one again.
 *
 * @param destination the index
 * @param since when it was first seen to take nothing
 * @param reason what the cluster says; without contents of events
 */
public record StuckDestination(String destination, Instant since, String reason) {}
