package dev.eventstream.server.health;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.internal.CredentialMask;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A health check that runs at most once per second, however often it is read. Thread-safe. */
final class CachedHealthCheck {
  private static final long MAX_AGE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long TIMEOUT_SECONDS = 2;

  /**
   * A result of the check.
   *
   * @param failure the failure's class and message, without credentials; null: healthy
   */
  record Result(@Nullable String failure) {
    boolean healthy() {
      return failure == null;
    }

    private static Result of(@Nullable Throwable failure) {
      Throwable cause = failure;
      while (cause instanceof CompletionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      return new Result(
          cause == null
              ? null
              : CredentialMask.message(
                  cause.getClass().getSimpleName() + ": " + cause.getMessage()));
    }
  }

  private record Run(long startedAt, CompletableFuture<Result> result) {}

  private final Supplier<CompletionStage<Void>> check;
  private final Object lock = new Object();

  @GuardedBy("lock") private Run last;

  CachedHealthCheck(Supplier<CompletionStage<Void>> check) {
    this.check = check;
    this.last =
        new Run(
            System.nanoTime() - MAX_AGE_NANOS, CompletableFuture.completedFuture(Result.of(null)));
  }

  /** The current result. The future never fails; a check that takes over 2 s is unhealthy. */
  CompletableFuture<Result> result() {
    synchronized (lock) {
      long now = System.nanoTime();
      if (now - last.startedAt >= MAX_AGE_NANOS) {
        last = new Run(now, run());
      }
      return last.result;
    }
  }

  private CompletableFuture<Result> run() {
    try {
      return check
          .get()
          .toCompletableFuture()
          .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
          .handle((nothing, failure) -> Result.of(failure));
    } catch (RuntimeException e) {
      return CompletableFuture.completedFuture(Result.of(e));
    }
  }
}
