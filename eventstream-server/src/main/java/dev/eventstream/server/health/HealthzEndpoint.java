package dev.eventstream.server.health;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.eventstream.EventStream;
import dev.eventstream.internal.CredentialMask;
import dev.eventstream.observe.StreamState;
import dev.eventstream.server.http.Answer;
import dev.eventstream.server.http.JsonBody;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * {@code GET /healthz}: the state of the server as JSON, for people and dashboards on a port that
 * is not public. Answers 200 unless events can neither be indexed nor spooled. The cluster is
 * checked at most once per second. Thread-safe.
 */
public final class HealthzEndpoint extends Handler.Abstract {
  private final EventStream stream;
  private final String version;
  private final CachedHealthCheck check;
  private final long startedAt = System.nanoTime();

  public HealthzEndpoint(EventStream stream, String version) {
    this.stream = stream;
    this.version = version;
    this.check = new CachedHealthCheck(stream::checkSink);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    var unused =
        check
            .result()
            .thenApply(this::answer)
            .whenComplete(
                (answer, failure) -> {
                  if (answer != null) {
                    answer.send(response, callback);
                  } else {
                    Response.writeError(request, response, callback, failure);
                  }
                });
    return true;
  }

  private Answer answer(CachedHealthCheck.Result cluster) {
    StreamState state = stream.state();
    boolean works = cluster.healthy() && state.clusterTakes();
    boolean allTake = works && state.stuckDestinations().isEmpty();
    boolean takes = works || (state.backlog() != null && state.backlog().spool().refusal() == null);
    String status = allTake ? "ok" : takes ? "degraded" : "down";
    byte[] body =
        JsonBody.of(
            1024,
            json -> {
              json.useDefaultPrettyPrinter();
              json.writeStartObject();
              json.writeStringField("status", status);
              json.writeStringField("version", version);
              json.writeNumberField("uptimeSeconds", uptimeSeconds());
              writeCluster(json, state, cluster);
              StateJson.write(state, json);
              json.writeEndObject();
            });
    return new Answer(status.equals("down") ? 503 : 200, "application/json", body, 0);
  }

  private static void writeCluster(
      JsonGenerator json, StreamState state, CachedHealthCheck.Result cluster) throws IOException {
    json.writeObjectFieldStart("cluster");
    json.writeBooleanField("reachable", cluster.healthy());
    json.writeStringField("breaker", state.clusterTakes() ? "closed" : "open");
    String failure = state.clusterFailure();
    if (failure != null) {
      json.writeStringField("lastError", CredentialMask.message(failure));
    } else if (cluster.failure() != null) {
      json.writeStringField("lastError", cluster.failure());
    }
    json.writeEndObject();
  }

  private long uptimeSeconds() {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startedAt);
  }
}
