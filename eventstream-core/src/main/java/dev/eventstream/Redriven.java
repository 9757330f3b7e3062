package dev.eventstream;

/**
 * The result of a redrive of dead letters.
 *
 * @param tried how many were retried
 * @param arrived how many are in the cluster now, or in the spool
 * @param dead how many still cannot be written
 * @param notNow how many could not be retried to completion; they remain dead letters
 */
public record Redriven(long tried, long arrived, long dead, long notNow) {}
