/** The spool, the dead letters and an ID resolver on local disk. */
@SuppressWarnings("requires-automatic") // MapDB is an automatic module
module dev.eventstream.spool {
  requires com.fasterxml.jackson.core;
  requires mapdb;
  requires org.slf4j;
  requires transitive dev.eventstream.core;

  // MapDB needs these; an automatic module cannot require them.
  requires jdk.unsupported;
  requires kotlin.stdlib;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports dev.eventstream.spool;
}
