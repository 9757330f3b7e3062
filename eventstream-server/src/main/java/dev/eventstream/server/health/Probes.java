package dev.eventstream.server.health;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.EventStream;
import dev.eventstream.server.http.Answer;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The probes of orchestrators and load balancers. {@code GET /livez}: the process answers. {@code
 * GET /readyz}: events sent now would be accepted. The stream is checked at most once per second.
 * Thread-safe.
 */
public final class Probes {
  private final CachedHealthCheck check;
  private volatile boolean draining;

  public Probes(EventStream stream) {
    this.check = new CachedHealthCheck(stream::check);
  }

  /** Makes the readiness probe fail from now on. */
  public void drain() {
    draining = true;
  }

  public Handler live() {
    return new Handler.Abstract.NonBlocking() {
      @Override
      public boolean handle(Request request, Response response, Callback callback) {
        text(200, "alive\n").send(response, callback);
        return true;
      }
    };
  }

  public Handler ready() {
    return new Handler.Abstract.NonBlocking() {
      @Override
      public boolean handle(Request request, Response response, Callback callback) {
        if (draining) {
          text(503, "shutting down\n").send(response, callback);
          return true;
        }
        var unused = check.result().thenAccept(result -> answer(result).send(response, callback));
        return true;
      }
    };
  }

  private static Answer answer(CachedHealthCheck.Result result) {
    return result.healthy()
        ? text(200, "ready\n")
        : text(503, "the cluster does not answer: " + result.failure() + "\n");
  }

  private static Answer text(int status, String body) {
    return new Answer(status, "text/plain; charset=utf-8", body.getBytes(UTF_8), 0);
  }
}
