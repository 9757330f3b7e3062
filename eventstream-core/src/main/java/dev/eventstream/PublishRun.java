package dev.eventstream;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the events of one input in batches, a few at a time, and counts their outcomes. Used by
 * one thread.
 */
final class PublishRun {
  private static final int BATCH_EVENTS = 1_000;

  /** The most batches without an outcome; twice as many as are in flight to the cluster. */
  private static final int MOST_SENT = 8;

  /** Where events come from. */
  interface Source {
    /** Returns whether {@link #next} answers without waiting. */
    default boolean isReady() {
      return true;
    }

    /**
     * Sets what is called when it has become ready.
     *
     * @param task short and non-blocking
     */
    default void whenReady(Runnable task) {}

    /** Returns the next event, or null at the end. Called when this is ready. */
    @Nullable ReadEvent next() throws IOException;
  }

  /** Submits a batch. */
  interface Target {
    CompletableFuture<List<Outcome>> publish(
        List<? extends ReadEvent> events, Predicate<Outcome.Refused> goesOn)
        throws InterruptedException;
  }

  private final class Batch {
    final long position; // of the first event
    final List<ReadEvent> events = new ArrayList<>();
    long bytes;
    volatile Outcome.@Nullable Refused waitsFor;
    CompletableFuture<List<Outcome>> outcomes = new CompletableFuture<>();

    Batch(long position) {
      this.position = position;
    }

    boolean isFull() {
      return events.size() >= BATCH_EVENTS || bytes >= maxBatchBytes;
    }

    boolean goesOn(Outcome.Refused refusal) {
      waitsFor = refusal;
      changes.release();
      return !over;
    }
  }

  private final Source source;
  private final Target target;
  private final long maxBatchBytes;
  private final Consumer<? super FailedEvent> onFailure;
  private final Consumer<? super Outcome.Refused> onWait;

  /** Gets a permit when a batch is settled or refused, and when the source is ready. */
  private final Semaphore changes = new Semaphore(0);

  private final Deque<Batch> sent = new ArrayDeque<>();
  private Batch batch = new Batch(0);
  private boolean refusedForGood;
  private volatile boolean over; // nobody waits for the batches any more

  private long indexed;
  private long duplicates;
  private long spooled;
  private long deadLettered;
  private long dropped;
  private long rejected;
  private long refused;
  private final List<FailedEvent> failures = new ArrayList<>();

  PublishRun(
      Source source,
      Target target,
      long maxBatchBytes,
      Consumer<? super FailedEvent> onFailure,
      Consumer<? super Outcome.Refused> onWait) {
    this.source = source;
    this.target = target;
    this.maxBatchBytes = maxBatchBytes;
    this.onFailure = onFailure;
    this.onWait = onWait;
  }

  PublishReport run() throws IOException, InterruptedException {
    try {
      return publishAll();
    } finally {
      over = true;
    }
  }

  private PublishReport publishAll() throws IOException, InterruptedException {
    source.whenReady(changes::release);
    boolean complete = false;
    while (!complete && !refusedForGood) {
      ReadEvent event;
      try {
        event = next();
      } catch (IOException | RuntimeException e) {
        finish(); // with the events before the fault
        throw e;
      }
      complete = event == null;
      if (event != null) {
        batch.events.add(event);
        batch.bytes += Intake.bytes(event);
        if (batch.isFull()) {
          send();
        }
      }
    }
    finish();
    return new PublishReport(
        indexed,
        duplicates,
        spooled,
        deadLettered,
        dropped,
        rejected,
        refused,
        complete && !refusedForGood,
        failures);
  }

  private void finish() throws InterruptedException {
    send();
    while (!sent.isEmpty()) {
      settleFirst();
    }
  }

  /** Returns the next event, or null at the end. Events do not wait for one that is not there. */
  private @Nullable ReadEvent next() throws IOException, InterruptedException {
    while (!source.isReady()) {
      send();
      settleDone();
      if (!source.isReady()) {
        awaitChange();
      }
    }
    return source.next();
  }

  private void send() throws InterruptedException {
    if (batch.events.isEmpty()) {
      return;
    }
    settleDone();
    while (sent.size() >= MOST_SENT) {
      settleFirst();
    }
    Batch full = batch;
    batch = new Batch(full.position + full.events.size());
    full.outcomes = target.publish(full.events, full::goesOn);
    sent.add(full);
    var unused = full.outcomes.whenComplete((outcomes, failure) -> changes.release());
  }

  private void settleDone() {
    for (Batch first = sent.peek(); first != null && first.outcomes.isDone(); first = sent.peek()) {
      count(sent.remove());
    }
  }

  private void settleFirst() throws InterruptedException {
    while (!sent.element().outcomes.isDone()) {
      awaitChange();
    }
    count(sent.remove());
  }

  private void awaitChange() throws InterruptedException {
    changes.acquire();
    changes.drainPermits();
    for (Batch open : sent) {
      Outcome.Refused refusal = open.waitsFor;
      if (refusal != null) {
        open.waitsFor = null;
        onWait.accept(refusal);
      }
    }
  }

  private void count(Batch settled) {
    List<Outcome> outcomes = settled.outcomes.join();
    for (int i = 0; i < outcomes.size(); i++) {
      Outcome outcome = outcomes.get(i);
      switch (outcome.kind()) {
        case INDEXED -> indexed++;
        case DUPLICATE -> duplicates++;
        case SPOOLED -> spooled++;
        case DEAD_LETTERED -> deadLettered++;
        case DROPPED -> dropped++;
        case REJECTED -> {
          rejected++;
          failed(new FailedEvent(settled.position + i, settled.events.get(i), outcome));
        }
        case REFUSED -> {
          refused++;
          refusedForGood = true;
          failed(new FailedEvent(settled.position + i, settled.events.get(i), outcome));
        }
      }
    }
  }

  private void failed(FailedEvent event) {
    if (failures.size() < PublishReport.MOST_FAILURES) {
      failures.add(event);
    }
    onFailure.accept(event);
  }
}
