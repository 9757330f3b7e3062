package dev.eventstream.es;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.ItemResult;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Writes one document. */
public final class Writes {
  private static final DocumentBatch DOCUMENTS =
      DocumentBatch.of(new Document("pageview", "1", "h", "{\"a\":1}".getBytes(UTF_8)));

  private Writes() {}

  public static ElasticsearchSinkBuilder sink(URI... urls) {
    return ElasticsearchSink.builder(List.of(urls));
  }

  /** Its result. */
  public static ItemResult write(ElasticsearchSink sink) throws Exception {
    return sink.write(DOCUMENTS).toCompletableFuture().get(20, TimeUnit.SECONDS).get(0);
  }

  /** Its failure. */
  public static ItemResult.Failed failure(ElasticsearchSink sink) throws Exception {
    return (ItemResult.Failed) write(sink);
  }
}
