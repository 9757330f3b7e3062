package dev.eventstream.server.http;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A question that is asked at most once a second, however often we are. Thread-safe. */
final class RememberedCheck {
  private static final long REMEMBERED_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long TIMEOUT_SECONDS = 2;

  private record Check(long askedAt, CompletableFuture<Void> result) {}

  private final Supplier<CompletionStage<Void>> question;
  private final Object lock = new Object();
  private Check last; // guarded by lock

  RememberedCheck(Supplier<CompletionStage<Void>> question) {
    this.question = question;
    this.last =
        new Check(System.nanoTime() - REMEMBERED_NANOS, CompletableFuture.completedFuture(null));
  }

  /** The answer; fails as the question does, or when that takes longer than 2 s. */
  CompletableFuture<Void> result() {
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
      return question.get().toCompletableFuture().orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
