package dev.eventstream;

/**
 * What an {@link EventReader} finds at one position of its input: an event, or why there is none.
 */
public sealed interface ReadEvent permits Event, BrokenEvent {}
