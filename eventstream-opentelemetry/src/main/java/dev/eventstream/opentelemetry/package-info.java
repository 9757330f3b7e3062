/** Exposes an {@link dev.eventstream.EventStream} as OpenTelemetry spans. */
@NullMarked
package dev.eventstream.opentelemetry;

import org.jspecify.annotations.NullMarked;
