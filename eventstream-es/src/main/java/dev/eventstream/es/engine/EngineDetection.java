package dev.eventstream.es.engine;

import dev.eventstream.es.connect.Answer;
import dev.eventstream.es.connect.Cluster;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.opensearch.generic.Request;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.transport.httpclient5.ResponseException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which engine a cluster runs and remembers it until {@link #forget()}, because a cluster
 * may be upgraded. Thread-safe.
 */
public final class EngineDetection {
  private static final Logger LOG = LoggerFactory.getLogger(EngineDetection.class);
  private static final Request WHO = Requests.builder().method("GET").endpoint("/").build();

  private final Cluster cluster;
  private volatile @Nullable Engine known; // null until the engine is detected
  private volatile @Nullable Engine logged;

  public EngineDetection(Cluster cluster) {
    this.cluster = cluster;
  }

  /** Returns the engine detected last; null if it has to be detected (again). */
  public @Nullable Engine known() {
    return known;
  }

  /** Has the engine detected again before the next request. */
  public void forget() {
    known = null;
  }

  /** Asks the cluster. The future fails if the cluster does not answer or rejects the request. */
  public CompletableFuture<Engine> detect() {
    return cluster
        .execute(WHO)
        .handle(
            (answer, error) -> {
              Engine detected = answer == null ? failed(error) : read(answer);
              if (!detected.equals(logged)) {
                logged = detected;
                LOG.info("Writing to {} at {}", detected, cluster.name());
              }
              known = detected;
              return detected;
            });
  }

  /** The permission to write does not include the permission to ask for the version. */
  private static Engine failed(Throwable error) {
    ResponseException answer = Cluster.answer(error);
    if (answer != null && answer.status() == 403) {
      return Engine.UNKNOWN;
    }
    throw error instanceof CompletionException wrapped ? wrapped : new CompletionException(error);
  }

  private static Engine read(Answer answer) {
    InputStream body = answer.body();
    if (answer.status() >= 300 || body == null) {
      return Engine.UNKNOWN; // the bulk request will show whether the cluster is usable
    }
    try {
      return Engine.parse(body.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
