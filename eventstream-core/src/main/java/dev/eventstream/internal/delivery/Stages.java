package dev.eventstream.internal.delivery;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Calls what others have written. */
final class Stages {
  private Stages() {}

  /** Whatever a call does instead of giving a stage, it has failed. */
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
}
