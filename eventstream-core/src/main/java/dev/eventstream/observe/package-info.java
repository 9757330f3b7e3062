/**
 * What a stream reports: {@link dev.eventstream.observe.StreamListener} is called when something
 * happens, {@link dev.eventstream.observe.StreamState} is a snapshot.
 */
@NullMarked
package dev.eventstream.observe;

import org.jspecify.annotations.NullMarked;
