package dev.eventstream.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.EventStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
  private static final long REMEMBERED_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long TIMEOUT_SECONDS = 2;

  private record Check(long askedAt, CompletableFuture<Void> result) {}

  private final EventStream stream;
  private final Object lock = new Object();
  private Check last; // guarded by lock
  private volatile boolean draining;

  HealthEndpoint(EventStream stream) {
    this.stream = stream;
    this.last =
        new Check(System.nanoTime() - REMEMBERED_NANOS, CompletableFuture.completedFuture(null));
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
            check()
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

  private CompletableFuture<Void> check() {
    synchronized (lock) {
      long now = System.nanoTime();
      if (now - last.askedAt >= REMEMBERED_NANOS) {
        last = new Check(now, ask());
      }
      return last.result;
    }
  }

  private CompletableFuture<Void> ask() {
    try {
      return stream.check().toCompletableFuture().orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static Answer text(int status, String body) {
    return new Answer(status, "text/plain; charset=utf-8", body.getBytes(UTF_8), 0);
  }

  private static String shown(@Nullable Throwable failure) {
    return failure == null ? "" : failure.getClass().getSimpleName() + ": " + failure.getMessage();
  }
}
