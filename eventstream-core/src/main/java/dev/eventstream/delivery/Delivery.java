package dev.eventstream.delivery;

import dev.eventstream.EventSink;
import dev.eventstream.FailureClass;
import dev.eventstream.ItemResult;
import dev.eventstream.Rejection;
import dev.eventstream.SinkResult;
import dev.eventstream.delivery.Bulk.Span;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes attempts and decides, document by document, what the sink's answer means. What is written
 * is settled at once, whatever happens to its neighbours; what failed for now waits its backoff
 * without holding a place, so that one stuck index does not keep the others waiting. Thread-safe.
 */
public final class Delivery {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

  /** What a caller is told to wait where an operator has to mend something first. */
  private static final Duration RETRY_AFTER_BLOCKED = Duration.ofSeconds(30);

  private final EventSink sink;
  private final int maxInFlight;
  private final Backoff backoff;
  private final Timer timer;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final ConcurrentLinkedQueue<Bulk> retries = new ConcurrentLinkedQueue<>();
  private final StateLog stateLog = new StateLog(LOG);
  private Runnable room = () -> {}; // set once, before the first bulk

  public Delivery(EventSink sink, int maxInFlight, Backoff backoff, Timer timer) {
    this.sink = sink;
    this.maxInFlight = maxInFlight;
    this.backoff = backoff;
    this.timer = timer;
  }

  void whenThereIsRoom(Runnable task) {
    room = task;
  }

  boolean isIdle() {
    return inFlight.get() == 0;
  }

  /** Takes one of the places for requests in flight. */
  boolean tryAcquire() {
    int now = inFlight.get();
    while (now < maxInFlight) {
      if (inFlight.compareAndSet(now, now + 1)) {
        return true;
      }
      now = inFlight.get();
    }
    return false;
  }

  /** A bulk whose backoff is over, with its place taken; null when there is none, or no place. */
  @Nullable Bulk takeRetry() {
    while (!retries.isEmpty() && tryAcquire()) {
      Bulk bulk = retries.poll();
      Bulk open = bulk == null ? null : bulk.stillOpen();
      if (open != null) {
        return open;
      }
      inFlight.decrementAndGet();
    }
    return null;
  }

  /** Makes an attempt; its place must have been taken. */
  void send(Bulk bulk) {
    CompletionStage<SinkResult> answer = write(bulk);
    Thread caller = Thread.currentThread();
    boolean[] returned = new boolean[1]; // only looked at by the caller's own thread
    answer.whenComplete(
        (result, error) -> {
          try {
            settle(bulk, result, error);
          } finally {
            inFlight.decrementAndGet();
          }
          boolean callerGoesOn = Thread.currentThread() == caller && !returned[0];
          if (!callerGoesOn) {
            room.run();
          }
        });
    returned[0] = true;
  }

  /** Whatever a sink does instead of answering, the documents are not known to be written. */
  private CompletionStage<SinkResult> write(Bulk bulk) {
    try {
      @Nullable CompletionStage<SinkResult> answer = sink.write(bulk.documents());
      return answer != null
          ? answer
          : CompletableFuture.failedFuture(new NullPointerException("no stage"));
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void settle(Bulk bulk, @Nullable SinkResult result, @Nullable Throwable error) {
    if (result == null) {
      failed(bulk, new ItemResult.Failed(FailureClass.RETRY, "the sink failed: " + cause(error)));
      return;
    }
    if (result.size() != bulk.size()) {
      String reason = "the sink spoke of " + result.size() + " of " + bulk.size() + " documents";
      failed(bulk, new ItemResult.Failed(FailureClass.RETRY, reason));
      return;
    }
    if (result.allWritten()) {
      bulk.settleAll(Fate.INDEXED);
      stateLog.wellAgain();
      return;
    }
    int[] again = new int[bulk.size()];
    int[] halve = new int[bulk.size()];
    int agains = 0;
    int halves = 0;
    int position = 0;
    for (Span span : bulk.spans()) {
      for (int i = span.first(); i < span.first() + span.count(); i++) {
        ItemResult item = result.get(position);
        if (isFailure(item, FailureClass.RETRY)) {
          again[agains++] = position;
        } else if (isFailure(item, FailureClass.TOO_LARGE) && bulk.size() > 1) {
          halve[halves++] = position;
        } else {
          span.publication().settle(i, fate(item, bulk));
        }
        position++;
      }
    }
    if (agains > 0) {
      retry(agains == bulk.size() ? bulk : bulk.select(again, agains));
      stateLog.failing("retrying", reason(result, again[0]));
    }
    if (halves == 1) {
      retries.add(bulk.select(halve, halves).again());
    } else if (halves > 1) {
      bulk.select(halve, halves).halves().forEach(half -> retries.add(half.again()));
    }
  }

  private void failed(Bulk bulk, ItemResult.Failed failure) {
    settle(bulk, SinkResult.all(bulk.size(), failure), null);
  }

  private Fate fate(ItemResult item, Bulk bulk) {
    if (item instanceof ItemResult.Written) {
      return Fate.INDEXED;
    }
    if (item instanceof ItemResult.Duplicate) {
      // On a later attempt the document that is there is the one an earlier attempt wrote, whose
      // acknowledgement got lost.
      return bulk.attempt() > 0 ? Fate.INDEXED : Fate.DUPLICATE;
    }
    ItemResult.Failed failure = (ItemResult.Failed) item;
    return switch (failure.failureClass()) {
      case NEVER -> new Fate.Rejected(Rejection.DOCUMENT_REFUSED, failure.reason());
      case TOO_LARGE -> new Fate.Rejected(Rejection.TOO_LARGE, failure.reason());
      case BLOCKED -> {
        stateLog.failing("blocked", failure.reason());
        yield new Fate.Refused(failure.reason(), RETRY_AFTER_BLOCKED);
      }
      case RETRY -> throw new IllegalStateException("a retry is not a fate");
    };
  }

  private void retry(Bulk bulk) {
    timer.schedule(
        () -> {
          retries.add(bulk.again());
          room.run();
        },
        backoff.nanos(bulk.attempt()));
  }

  private static boolean isFailure(ItemResult item, FailureClass failureClass) {
    return item instanceof ItemResult.Failed failed && failed.failureClass() == failureClass;
  }

  private static String reason(SinkResult result, int position) {
    return result.get(position) instanceof ItemResult.Failed failed ? failed.reason() : "";
  }

  private static String cause(@Nullable Throwable error) {
    Throwable cause = error;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause);
  }
}
