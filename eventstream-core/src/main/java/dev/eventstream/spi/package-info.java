/**
 * The interfaces for sinks and spools: {@link dev.eventstream.spi.EventSink} with its batches and
 * results, {@link dev.eventstream.spi.SinkProvider}, which makes a sink available by URL scheme,
 * and {@link dev.eventstream.spi.Spool} with its dead letters.
 */
@NullMarked
package dev.eventstream.spi;

import org.jspecify.annotations.NullMarked;
