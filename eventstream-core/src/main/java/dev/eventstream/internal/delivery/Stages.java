package dev.eventstream.internal.delivery;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Calls user-supplied code that returns a stage. */
final class Stages {
  private Stages() {}

  /** Converts an exception or a null result of the call to a failed stage. */
  static <T extends @Nullable Object> CompletionStage<T> of(Supplier<CompletionStage<T>> call) {
    try {
      @Nullable CompletionStage<T> stage = call.get();
      return stage != null
          ? stage
          : CompletableFuture.failedFuture(new NullPointerException("no stage"));
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Returns the failure of a stage without the exceptions that stages wrap around it. */
  static @Nullable Throwable cause(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
