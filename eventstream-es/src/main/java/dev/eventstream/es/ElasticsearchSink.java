package dev.eventstream.es;

import dev.eventstream.es.bulk.BulkAnswer;
import dev.eventstream.es.bulk.BulkRequest;
import dev.eventstream.es.bulk.Misfits;
import dev.eventstream.es.bulk.Repeats;
import dev.eventstream.es.bulk.RequestFailure;
import dev.eventstream.es.connect.Answer;
import dev.eventstream.es.connect.Cluster;
import dev.eventstream.es.connect.ConnectionSettings;
import dev.eventstream.es.engine.Engine;
import dev.eventstream.es.engine.EngineDetection;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.opensearch.generic.Request;
import org.opensearch.client.transport.httpclient5.ResponseException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes documents to Elasticsearch 6, 7, 8, 9 or OpenSearch 1, 2, 3 with the bulk API. Detects the
 * engine before the first request, and again after a failure, because a cluster may be upgraded.
 *
 * <p>Every document is a {@code create} operation with its fixed id, so that a repeated write
 * cannot create a second document. Several nodes take requests in turn; if one fails, the next one
 * is tried.
 *
 * <p>Thread-safe. Owns one I/O thread, on which the returned stages complete; {@link #close()}
 * stops it.
 */
public final class ElasticsearchSink implements EventSink {
  private static final Logger LOG = LoggerFactory.getLogger(ElasticsearchSink.class);
  private static final Duration LONGEST_SHARD_TIMEOUT = Duration.ofSeconds(1);

  private final Cluster cluster;
  private final EngineDetection detection;
  private final Map<String, String> bulkParameters;
  private final boolean compressRequests;
  private final OnMappingFailure onMappingFailure;
  private final @Nullable Repeats repeats;
  private final ShelterLog shelterLog = new ShelterLog();
  private final AtomicBoolean lookupRefused = new AtomicBoolean(); // logged once

  ElasticsearchSink(
      ConnectionSettings settings,
      boolean compressRequests,
      OnMappingFailure onMappingFailure,
      @Nullable Repeats repeats) {
    this.cluster = new Cluster(settings);
    this.detection = new EngineDetection(cluster);
    this.bulkParameters = BulkRequest.parameters(shardTimeout(settings.requestTimeout()));
    this.compressRequests = compressRequests;
    this.onMappingFailure = onMappingFailure;
    this.repeats = repeats;
  }

  /**
   * Shorter than the request timeout, so that the answer names the shard that was not available.
   */
  private static Duration shardTimeout(Duration requestTimeout) {
    Duration half = requestTimeout.dividedBy(2);
    return half.compareTo(LONGEST_SHARD_TIMEOUT) < 0 ? half : LONGEST_SHARD_TIMEOUT;
  }

  /**
   * Starts to build a sink.
   *
   * @param urls one or several nodes of one cluster, for example {@code http://localhost:9200}; may
   *     contain user and password, in which each character that has a meaning in URLs is written as
   *     {@code %} and two hexadecimal digits
   * @throws IllegalArgumentException if a URL is invalid
   */
  public static ElasticsearchSinkBuilder builder(List<URI> urls) {
    return new ElasticsearchSinkBuilder(urls);
  }

  @Override
  public CompletionStage<SinkResult> write(DocumentBatch documents) {
    cluster.sniffIfDue();
    Engine known = detection.known();
    CompletionStage<SinkResult> result =
        known == null
            ? detection.detect().thenCompose(engine -> write(documents, engine))
            : write(documents, known);
    return result.exceptionally(
        error -> failed(documents, RequestFailure.of(cluster.name(), error)));
  }

  private CompletionStage<SinkResult> write(DocumentBatch documents, Engine engine) {
    Repeats.Lookup lookup = repeats == null ? null : repeats.in(documents);
    if (lookup == null || lookup.isEmpty()) {
      return create(documents, engine);
    }
    return cluster
        .execute(Repeats.request(lookup, engine.needsMappingType()))
        .handle((answer, error) -> found(lookup, answer, error))
        .thenCompose(
            found ->
                found.isComplete()
                    ? CompletableFuture.completedFuture(found.complete())
                    : create(found.toWrite(), engine).thenApply(found::with));
  }

  private Repeats.Found found(
      Repeats.Lookup lookup, @Nullable Answer answer, @Nullable Throwable error) {
    ResponseException refusal = error == null ? null : Cluster.answer(error);
    int status = answer != null ? answer.status() : refusal != null ? refusal.status() : 0;
    if (status >= 400 && status < 500 && status != 429) {
      if (!lookupRefused.getAndSet(true)) {
        LOG.warn(
            "{} answered {} when asked for documents of the period before. Repeats of events from"
                + " before the change of an index are not recognised; grant the read privilege",
            cluster.name(),
            status);
      }
      return Repeats.Found.nothing(lookup);
    }
    if (answer == null || status >= 300 || answer.body() == null) {
      Throwable cause =
          error != null ? error : new IOException("the lookup was answered " + status);
      throw cause instanceof CompletionException wrapped ? wrapped : new CompletionException(cause);
    }
    try {
      return Repeats.read(lookup, answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private CompletionStage<SinkResult> create(DocumentBatch documents, Engine engine) {
    CompletionStage<SinkResult> result = bulk(documents, engine);
    return onMappingFailure == OnMappingFailure.DEAD_LETTER
        ? result
        : result.thenCompose(answer -> shelter(answer, documents, engine));
  }

  /** Writes the documents that contradict the mapping in another form, with one more request. */
  private CompletionStage<SinkResult> shelter(
      SinkResult answer, DocumentBatch documents, Engine engine) {
    return Misfits.in(answer).isEmpty()
        ? CompletableFuture.completedFuture(answer)
        : inForm(Misfits.Form.NESTED, answer, documents, engine)
            .thenApply(
                result -> {
                  shelterLog.tell(documents, result);
                  return result;
                });
  }

  private CompletionStage<SinkResult> inForm(
      Misfits.Form form, SinkResult answer, DocumentBatch documents, Engine engine) {
    Misfits misfits = Misfits.in(answer);
    if (misfits.isEmpty()) {
      return CompletableFuture.completedFuture(answer);
    }
    DocumentBatch originals = misfits.of(documents);
    DocumentBatch forms = misfits.inForm(form, originals);
    CompletionStage<SinkResult> written =
        bulk(forms, engine)
            .exceptionally(error -> failed(forms, RequestFailure.of(cluster.name(), error)));
    CompletionStage<SinkResult> last =
        form == Misfits.Form.FLAT
            ? written
            : written.thenCompose(result -> inForm(Misfits.Form.FLAT, result, originals, engine));
    return last.thenApply(result -> misfits.with(form, result));
  }

  private CompletionStage<SinkResult> bulk(DocumentBatch documents, Engine engine) {
    Request request =
        BulkRequest.of(bulkParameters, documents, engine.needsMappingType(), compressRequests);
    return cluster.execute(request).thenApply(answer -> read(answer, documents));
  }

  private SinkResult read(Answer answer, DocumentBatch documents) {
    if (answer.status() >= 300) {
      return failed(documents, RequestFailure.of(cluster.name(), answer));
    }
    try {
      if (answer.body() == null) {
        throw new IOException("the answer is empty");
      }
      DocumentBatch.Cursor cursor = documents.cursor();
      return BulkAnswer.parse(
          answer.body(),
          documents.size(),
          position -> {
            cursor.moveTo(position);
            return cursor.id();
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SinkResult failed(DocumentBatch documents, RequestFailure failure) {
    if (failure.engineInDoubt()) {
      detection.forget();
    }
    return failure.result(documents.size());
  }

  /**
   * Asks the cluster for its version. The stage fails with the reason and the remedy if the cluster
   * does not answer or rejects the request.
   */
  @Override
  public CompletionStage<Void> check() {
    return detection
        .detect()
        .handle(
            (detected, error) -> {
              if (error != null) {
                RequestFailure failure = RequestFailure.of(cluster.name(), error);
                if (failure.engineInDoubt()) {
                  detection.forget();
                }
                throw new CompletionException(failure.asException(error));
              }
              return null;
            });
  }

  /** The cluster, for requests beside documents. Only for the packages of this module. */
  @SuppressWarnings("exports") // internal
  public Cluster cluster() {
    return cluster;
  }

  /** Asks the cluster for its engine. Only for the packages of this module. */
  @SuppressWarnings("exports") // internal
  public CompletionStage<Engine> engine() {
    return detection.detect();
  }

  /** The nodes that documents are written to. */
  List<URI> nodes() {
    return cluster.nodes();
  }

  @Override
  public void close() {
    cluster.close();
  }

  /** Names the cluster by its URLs, without credentials. */
  @Override
  public String toString() {
    return "ElasticsearchSink" + cluster.name();
  }
}
