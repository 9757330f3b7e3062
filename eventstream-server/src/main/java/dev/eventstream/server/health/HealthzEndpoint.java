package dev.eventstream.server.health;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.eventstream.EventStream;
import dev.eventstream.internal.CredentialMask;
import dev.eventstream.observe.Backlog;
import dev.eventstream.observe.StreamState;
import dev.eventstream.observe.StuckDestination;
import dev.eventstream.server.http.Answer;
import dev.eventstream.server.http.JsonBody;
import dev.eventstream.spi.SpoolState;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
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
  private static final int MAX_STUCK = 100; // the list's limit

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
              if (state.backlog() != null) {
                writeSpool(json, state.backlog());
                json.writeObjectFieldStart("deadLetters");
                json.writeNumberField("documents", state.deadLetters());
                json.writeNumberField("diskBytes", state.deadLetterBytes());
                json.writeEndObject();
              }
              json.writeObjectFieldStart("inFlight");
              json.writeNumberField("bytes", state.inFlightBytes());
              json.writeNumberField("maxBytes", state.maxInFlightBytes());
              json.writeNumberField("requests", state.inFlightRequests());
              json.writeNumberField("queuedDocuments", state.queuedDocuments());
              json.writeEndObject();
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
    writeStuck(json, state.stuckDestinations());
  }

  private static void writeStuck(JsonGenerator json, List<StuckDestination> stuck)
      throws IOException {
    json.writeArrayFieldStart("stuckIndices");
    for (StuckDestination one : stuck.subList(0, Math.min(MAX_STUCK, stuck.size()))) {
      json.writeStartObject();
      json.writeStringField("index", one.destination());
      json.writeStringField("since", one.since().truncatedTo(ChronoUnit.SECONDS).toString());
      json.writeStringField("reason", one.reason());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeSpool(JsonGenerator json, Backlog backlog) throws IOException {
    SpoolState spool = backlog.spool();
    json.writeObjectFieldStart("spool");
    json.writeNumberField("documents", spool.documents());
    json.writeNumberField("bytes", spool.bytes());
    json.writeNumberField("diskBytes", spool.diskBytes());
    json.writeNumberField("maxDiskBytes", spool.maxDiskBytes());
    json.writeNumberField("oldestAgeSeconds", backlog.oldestAge().toSeconds());
    json.writeNumberField(
        "replayedPerSecond", Math.round(10 * backlog.documentsPerSecond()) / 10.0);
    Duration left = backlog.timeLeft();
    if (left != null) {
      json.writeNumberField("secondsLeft", left.toSeconds());
    }
    if (spool.refusal() != null) {
      json.writeStringField("refusal", spool.refusal());
    }
    json.writeNumberField("damagedFiles", spool.damaged().size());
    json.writeEndObject();
  }

  private long uptimeSeconds() {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startedAt);
  }
}
