/** What the server shows of itself to Prometheus and OpenTelemetry collectors. */
@NullMarked
package dev.eventstream.server.metrics;

import org.jspecify.annotations.NullMarked;
