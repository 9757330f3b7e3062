package dev.eventstream.server.admin;

import dev.eventstream.EventStream;
import dev.eventstream.internal.CredentialMask;
import dev.eventstream.observe.StreamState;
import dev.eventstream.server.body.Pace;
import dev.eventstream.server.body.RequestMemory;
import dev.eventstream.server.guard.AdminAccess;
import dev.eventstream.server.health.StateJson;
import dev.eventstream.server.http.Answer;
import dev.eventstream.server.http.HttpLimits;
import dev.eventstream.server.http.RequestErrorException;
import dev.eventstream.server.http.Routes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;

/** The endpoints of the admin port. {@code admin/openapi.json} describes them. Thread-safe. */
public final class AdminApi {
  private static final Duration HEARTBEAT = Duration.ofSeconds(15);
  private static final Duration VIEWER_TIMEOUT = Duration.ofSeconds(60);

  private final EventStream stream;
  private final String version;
  private final Activity activity;
  private final Instant startedAt = Instant.now();

  private AdminApi(EventStream stream, String version, Activity activity) {
    this.stream = stream;
    this.version = version;
    this.activity = activity;
  }

  /**
   * Assembles the endpoints.
   *
   * @param activity the listener of the stream
   * @param open handlers of GET that need no key, by path
   * @param access protects all others
   */
  public static Routes routes(
      EventStream stream,
      String version,
      Activity activity,
      Jobs jobs,
      Map<String, Handler> open,
      AdminAccess access,
      HttpLimits limits) {
    Pace pace = limits.pace();
    AdminApi api = new AdminApi(stream, version, activity);
    JobsEndpoint jobsEndpoint =
        new JobsEndpoint(jobs, new RequestMemory(limits.memoryBytes()), pace);
    Answer description = new Answer(200, "application/json", description(), 0);
    Routes.Builder routes =
        Routes.builder(pace, "GET /openapi.json lists those of the admin port")
            .get("/openapi.json", new JsonEndpoint(pace, request -> description))
            .get("/v1/status", access.guard(new JsonEndpoint(pace, api::status)))
            .get("/v1/dead-letters", access.guard(new DeadLettersEndpoint(stream, pace)))
            .post("/v1/dead-letters/redrive", access.guard(jobsEndpoint.start(Job.Kind.REDRIVE)))
            .post("/v1/dead-letters/purge", access.guard(jobsEndpoint.start(Job.Kind.PURGE)))
            .get(JobsEndpoint.PATH, access.guard(jobsEndpoint.list()))
            .get(JobsEndpoint.PATH + "/{id}", access.guard(jobsEndpoint.one()))
            .delete(JobsEndpoint.PATH + "/{id}", access.guard(jobsEndpoint.cancel()))
            .get(
                "/v1/tail",
                access.guard(new TailEndpoint(activity.tail(), pace, HEARTBEAT, VIEWER_TIMEOUT)));
    open.forEach(routes::get);
    return routes.build();
  }

  private static byte[] description() {
    try (InputStream json = AdminApi.class.getResourceAsStream("openapi.json")) {
      return Objects.requireNonNull(json).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Answer status(Request request) throws RequestErrorException {
    Parameters unused = Parameters.of(request, List.of());
    StreamState state = stream.state();
    return JsonEndpoint.json(
        200,
        json -> {
          json.writeStartObject();
          json.writeStringField("version", version);
          json.writeStringField("startedAt", startedAt.toString());
          json.writeNumberField(
              "uptimeSeconds", Duration.between(startedAt, Instant.now()).toSeconds());
          json.writeObjectFieldStart("totals");
          activity.write(json);
          json.writeEndObject();
          json.writeObjectFieldStart("cluster");
          json.writeStringField("breaker", state.clusterTakes() ? "closed" : "open");
          if (state.clusterFailure() != null) {
            json.writeStringField("lastError", CredentialMask.message(state.clusterFailure()));
          }
          json.writeEndObject();
          StateJson.write(state, json);
          json.writeNumberField("viewers", activity.tail().viewers());
          json.writeEndObject();
        });
  }
}
