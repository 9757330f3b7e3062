/** Metrics of event streams for Micrometer. */
@SuppressWarnings({
  "requires-automatic",
  "requires-transitive-automatic"
}) // Micrometer is an automatic module
module dev.eventstream.micrometer {
  requires transitive dev.eventstream.core;
  requires transitive micrometer.core;
  requires static transitive org.jspecify;

  exports dev.eventstream.micrometer;
}
