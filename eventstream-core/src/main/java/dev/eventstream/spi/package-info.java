/**
 * What implementations of sinks and spools use: {@link dev.eventstream.spi.EventSink} with its
 * batches and results, {@link dev.eventstream.spi.SinkProvider}, which makes a sink available by
 * the scheme of its URL, and {@link dev.eventstream.spi.Spool} with its dead letters.
 */
@NullMarked
package dev.eventstream.spi;

import org.jspecify.annotations.NullMarked;
