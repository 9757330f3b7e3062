/** Shows what an {@link dev.eventstream.EventStream} does as spans of OpenTelemetry. */
@NullMarked
package dev.eventstream.opentelemetry;

import org.jspecify.annotations.NullMarked;
