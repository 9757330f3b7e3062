/** Traces of event streams for OpenTelemetry. */
@SuppressWarnings({
  "requires-automatic",
  "requires-transitive-automatic"
}) // OpenTelemetry's modules
module dev.eventstream.opentelemetry {
  requires io.opentelemetry.context;
  requires transitive dev.eventstream.core;
  requires transitive io.opentelemetry.api;
  requires static transitive org.jspecify;

  exports dev.eventstream.opentelemetry;
}
