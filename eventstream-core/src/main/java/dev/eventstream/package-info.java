/**
 * The API for applications: {@link dev.eventstream.EventStream} with its events and outcomes, and
 * the extension points {@link dev.eventstream.EventTransformer} and {@link
 * dev.eventstream.IdResolver}. The third extension point, {@link dev.eventstream.spi.EventSink}, is
 * in {@link dev.eventstream.spi}.
 */
@NullMarked
package dev.eventstream;

import org.jspecify.annotations.NullMarked;
