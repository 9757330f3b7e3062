/**
 * The event-ingestion SDK: events in, documents out, an outcome for each.
 *
 * <p>{@link dev.eventstream.EventStream} is where to start; {@link
 * dev.eventstream.EventTransformer}, {@link dev.eventstream.EventSink} and {@link
 * dev.eventstream.IdResolver} are the three doors.
 */
@SuppressWarnings("module") // the modules of the qualified export are compiled after this one
module dev.eventstream.core {
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports dev.eventstream;
  exports dev.eventstream.id;
  exports dev.eventstream.internal to
      eventstream.es,
      eventstream.server;

  uses dev.eventstream.SinkProvider;
}
