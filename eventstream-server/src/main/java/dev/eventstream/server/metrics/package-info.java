/** The server's metrics, for Prometheus and OpenTelemetry collectors. */
@NullMarked
package dev.eventstream.server.metrics;

import org.jspecify.annotations.NullMarked;
