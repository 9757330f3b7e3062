package dev.eventstream.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eventstream.IdResolver;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hc.core5.http.HttpHost;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.json.jackson.JacksonJsonpMapper;
import org.opensearch.client.opensearch.OpenSearchAsyncClient;
import org.opensearch.client.opensearch._helpers.bulk.BulkIngester;
import org.opensearch.client.opensearch._helpers.bulk.BulkListener;
import org.opensearch.client.opensearch.core.BulkRequest;
import org.opensearch.client.opensearch.core.BulkResponse;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;

/**
 * The alternative without this project: the {@code BulkIngester} of opensearch-java. It does the
 * same work: the event as JSON, ID lookup, timestamp, document ID, {@code create}. It does not
 * report the outcome of each event to its caller, and does not detect broken events.
 */
final class Ingester implements Way, AutoCloseable {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

  private final ObjectMapper json = new ObjectMapper();
  private final IdResolver ids;
  private final byte[] array;
  private final OpenSearchTransport transport;
  private final BulkIngester<Void> ingester;
  private final AtomicLong added = new AtomicLong();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

  Ingester(URI engine, IdResolver ids, byte[] array, int batch, int concurrentRequests) {
    this.ids = ids;
    this.array = array;
    this.transport =
        ApacheHttpClient5TransportBuilder.builder(
                new HttpHost(engine.getScheme(), engine.getHost(), engine.getPort()))
            .setMapper(new JacksonJsonpMapper(json))
            .build();
    this.ingester =
        BulkIngester.of(
            builder ->
                builder
                    .client(new OpenSearchAsyncClient(transport))
                    .maxOperations(batch)
                    .maxConcurrentRequests(concurrentRequests)
                    .listener(new Listener()));
  }

  @Override
  public Load.Sender connect() {
    return new Load.Sender() {
      @Override
      public void send(int request) throws IOException {
        for (JsonNode event : json.readTree(array)) {
          add((ObjectNode) event);
        }
        String failed = failure.get();
        if (failed != null) {
          throw new IOException(failed);
        }
      }

      @Override
      public void close() {}
    };
  }

  private void add(ObjectNode event) {
    String id = ids.resolve(event.get("eventType").asText(), event.get("eventValue").asText());
    event.put("eventId", id);
    event.put("@timestamp", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
    String documentId = UUID.randomUUID().toString();
    added.incrementAndGet();
    ingester.add(
        operation ->
            operation.create(create -> create.index(Samples.INDEX).id(documentId).document(event)));
  }

  @Override
  public void await() throws Exception {
    ingester.flush();
    long start = System.nanoTime();
    while (acknowledged.get() < added.get() && failure.get() == null) {
      if (System.nanoTime() - start > LONGEST_WAIT.toNanos()) {
        throw new TimeoutException("no acknowledgement within " + LONGEST_WAIT);
      }
      Thread.sleep(1);
    }
    String failed = failure.get();
    if (failed != null) {
      throw new IOException(failed);
    }
  }

  @Override
  public void close() throws IOException {
    ingester.close();
    transport.close();
  }

  private final class Listener implements BulkListener<Void> {
    @Override
    public void beforeBulk(long executionId, BulkRequest request, List<Void> contexts) {}

    @Override
    public void afterBulk(
        long executionId, BulkRequest request, List<Void> contexts, BulkResponse response) {
      if (response.errors()) {
        failure.set("not every event was indexed");
      }
      acknowledged.addAndGet(request.operations().size());
    }

    @Override
    public void afterBulk(
        long executionId, BulkRequest request, List<Void> contexts, Throwable error) {
      failure.set(error.toString());
    }
  }
}
