/** TLS contexts from PEM files, for the Elasticsearch sink and the server. */
module dev.eventstream.tls {
  requires org.slf4j;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports dev.eventstream.tls;
}
