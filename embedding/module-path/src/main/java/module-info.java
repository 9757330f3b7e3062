/** A program that requires what its source names, and nothing for the sake of the libraries. */
@SuppressWarnings("requires-automatic") // Micrometer and OpenTelemetry are automatic modules
module dev.eventstream.embedding {
  requires dev.eventstream.core;
  requires dev.eventstream.es;
  requires dev.eventstream.micrometer;
  requires dev.eventstream.opentelemetry;
  requires dev.eventstream.spool;
  requires io.opentelemetry.api;
  requires jdk.httpserver;
  requires micrometer.core;
  requires static org.jspecify;
}
