/**
 * How a stream is observed: {@link dev.eventstream.observe.StreamListener} is notified of events,
 * {@link dev.eventstream.observe.StreamState} is a snapshot.
 */
@NullMarked
package dev.eventstream.observe;

import org.jspecify.annotations.NullMarked;
