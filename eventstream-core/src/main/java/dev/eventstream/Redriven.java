package dev.eventstream;

/**
 * What became of dead letters that were tried again.
 *
 * @param tried how many there were
 * @param arrived how many are in the cluster now, or on their way in the spool
 * @param dead how many can still not be written
 * @param notNow how many could not be tried to the end; they stay
 */
public record Redriven(long tried, long arrived, long dead, long notNow) {}
