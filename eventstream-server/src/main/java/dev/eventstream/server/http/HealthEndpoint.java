package dev.eventstream.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.EventStream;
import dev.eventstream.internal.CredentialMask;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /livez}: the process answers. {@code GET /readyz}: events sent now would be taken. The
 * cluster is asked at most once a second, however often we are.
 */
final class HealthEndpoint {
  private final RememberedCheck check;
  private volatile boolean draining;

  HealthEndpoint(EventStream stream) {
    this.check = new RememberedCheck(stream::check);
  }

  /** From now on we are not ready, whatever the cluster says. */
  void drain() {
    draining = true;
  }

  Handler live() {
    return new Handler.Abstract.NonBlocking() {
      @Override
      public boolean handle(Request request, Response response, Callback callback) {
        text(200, "alive\n").send(response, callback);
        return true;
      }
    };
  }

  Handler ready() {
    return new Handler.Abstract.NonBlocking() {
      @Override
      public boolean handle(Request request, Response response, Callback callback) {
        if (draining) {
          text(503, "shutting down\n").send(response, callback);
          return true;
        }
        var unused =
            check
                .result()
                .whenComplete(
                    (nothing, failure) -> {
                      Answer answer =
                          failure == null
                              ? text(200, "ready\n")
                              : text(
                                  503,
                                  "the cluster does not answer: "
                                      + shown(PublishEndpoint.cause(failure))
                                      + "\n");
                      answer.send(response, callback);
                    });
        return true;
      }
    };
  }

  private static Answer text(int status, String body) {
    return new Answer(status, "text/plain; charset=utf-8", body.getBytes(UTF_8), 0);
  }

  private static String shown(@Nullable Throwable failure) {
    return failure == null
        ? ""
        : CredentialMask.message(failure.getClass().getSimpleName() + ": " + failure.getMessage());
  }
}
