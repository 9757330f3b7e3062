package dev.eventstream;

/**
 * What an {@link EventReader} finds at one position of its input: an event, or the fault found
 * there.
 */
public sealed interface ReadEvent permits Event, BrokenEvent {}
