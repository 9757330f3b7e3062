/** The sink for Elasticsearch and OpenSearch. */
@SuppressWarnings(
    "requires-automatic") // the HTTP client and the cluster client are automatic modules
module dev.eventstream.es {
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires dev.eventstream.tls;
  requires opensearch.java;
  requires org.apache.httpcomponents.client5.httpclient5;
  requires org.apache.httpcomponents.core5.httpcore5;
  requires org.apache.httpcomponents.core5.httpcore5.h2;
  requires org.slf4j;
  requires transitive dev.eventstream.core;

  // The cluster client and the HTTP client need these; an automatic module cannot require them.
  requires jakarta.json;
  requires jdk.net;
  requires org.apache.commons.logging;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports dev.eventstream.es;
  exports dev.eventstream.es.backup;
  exports dev.eventstream.es.doctor;
  exports dev.eventstream.es.indices;
  exports dev.eventstream.es.reindex;
  exports dev.eventstream.es.template;

  provides dev.eventstream.spi.SinkProvider with
      dev.eventstream.es.ElasticsearchSinkProvider;
}
