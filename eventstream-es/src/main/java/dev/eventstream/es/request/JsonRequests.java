package dev.eventstream.es.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.bulk.RequestError;
import dev.eventstream.es.bulk.RequestFailure;
import dev.eventstream.es.connect.Answer;
import dev.eventstream.es.connect.Cluster;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.opensearch.generic.Bodies;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.transport.httpclient5.ResponseException;

/**
 * Sends requests beside documents to a cluster, and waits for the answers. Thread-safe; not for the
 * I/O thread of the sink.
 */
public final class JsonRequests {
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private final Cluster cluster;

  public JsonRequests(Cluster cluster) {
    this.cluster = cluster;
  }

  /** Sends a request without parameters and body. */
  public JsonNode send(String method, String path) throws IOException, InterruptedException {
    return send(method, path, Map.of(), null);
  }

  /**
   * Sends a request.
   *
   * @param body JSON; null: none
   * @return the answer; a missing node if it is empty
   * @throws ClusterRefusedException if the cluster answers with a status of 300 or more
   * @throws IOException if the cluster does not answer, or not with JSON
   */
  public JsonNode send(
      String method, String path, Map<String, String> parameters, @Nullable String body)
      throws IOException, InterruptedException {
    InputStream content = content(method, path, parameters, body);
    return content == null ? MissingNode.getInstance() : MAPPER.readTree(content);
  }

  /** Like {@link #send(String, String, Map, String)}, but returns the bytes of the answer. */
  public byte[] bytes(String method, String path, Map<String, String> parameters, String body)
      throws IOException, InterruptedException {
    InputStream content = content(method, path, parameters, body);
    return content == null ? new byte[0] : content.readAllBytes();
  }

  private @Nullable InputStream content(
      String method, String path, Map<String, String> parameters, @Nullable String body)
      throws IOException, InterruptedException {
    Answer answer = execute(method, path, parameters, body);
    if (answer.status() >= 300) {
      throw refused(method, path, answer.status(), RequestError.of(answer));
    }
    return answer.body();
  }

  private Answer execute(
      String method, String path, Map<String, String> parameters, @Nullable String body)
      throws IOException, InterruptedException {
    var request = Requests.builder().method(method).endpoint(path).query(parameters);
    try {
      return cluster
          .execute((body == null ? request : request.body(Bodies.json(body))).build())
          .get();
    } catch (ExecutionException e) {
      ResponseException answer = Cluster.answer(e);
      if (answer != null) {
        throw refused(method, path, answer.status(), RequestError.of(answer));
      }
      throw RequestFailure.of(cluster.name(), e).asException(e);
    }
  }

  private ClusterRefusedException refused(
      String method, String path, int status, RequestError error) {
    String shown = error.type().isEmpty() ? "" : ": " + error;
    return new ClusterRefusedException(
        cluster.name() + " answered " + status + " to " + method + " " + path + shown,
        status,
        error.type());
  }
}
