/**
 * The event-ingestion SDK: events in, documents out, an outcome for each.
 *
 * <p>{@link dev.eventstream.EventStream} is where to start. The extension points are {@link
 * dev.eventstream.EventTransformer}, {@link dev.eventstream.IdResolver} and {@link
 * dev.eventstream.spi.EventSink}.
 */
@SuppressWarnings("module") // the modules of the qualified export are compiled after this one
module dev.eventstream.core {
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires org.slf4j;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports dev.eventstream;
  exports dev.eventstream.id;
  exports dev.eventstream.observe;
  exports dev.eventstream.spi;
  exports dev.eventstream.internal to
      dev.eventstream.es,
      dev.eventstream.server;

  uses dev.eventstream.spi.SinkProvider;
}
