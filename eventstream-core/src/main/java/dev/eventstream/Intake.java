package dev.eventstream;

import static java.util.Objects.requireNonNull;

import dev.eventstream.Resubmission.Wait;
import dev.eventstream.internal.delivery.Fate;
import dev.eventstream.internal.delivery.InFlight;
import dev.eventstream.internal.delivery.Pipeline;
import dev.eventstream.internal.delivery.Publication;
import dev.eventstream.internal.delivery.Timer;
import dev.eventstream.observe.PublishedEvent;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.BatchBuffers;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.DocumentBatchBuilder;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Turns published events into batches of the pipeline: admits them by their size, transforms them
 * on the caller's thread into one batch per call, and converts the fates of the documents to
 * outcomes. Thread-safe.
 */
final class Intake {
  private static final Duration RETRY_AFTER_FULL = Duration.ofSeconds(1);
  private static final Duration RETRY_AFTER_CLOSED = Duration.ofSeconds(5);

  /**
   * Memory of a document in addition to its event, in bytes: ID, destination, added members,
   * offsets.
   */
  private static final int DOCUMENT_OVERHEAD = 192;

  /**
   * Memory of a call in addition to its documents, in bytes: futures, the batch and its outcomes;
   * measured, rounded up. A loop of calls with one event each fills the limit with calls.
   */
  private static final int CALL_OVERHEAD = 1024;

  /** Memory of a rejected or dropped event in bytes, reason included. */
  private static final int NOT_TAKEN_OVERHEAD = 256;

  /** A batch is one array, which limits a call regardless of the limit in flight. */
  private static final long MAX_CALL_BYTES = 1 << 30;

  /** Step in bytes by which the admission of a call grows while it is read from a stream. */
  private static final long STEP_BYTES = 1 << 20;

  private static final Outcome[] NONE = {};

  private final EventTransformer transformer;
  private final BatchBuffers buffers;
  private final InFlight inFlight;
  private final Timer timer;
  private final Clock clock;
  private final StreamListener listener;
  private final Resubmission resubmission;
  private volatile boolean closed;

  Intake(
      EventTransformer transformer,
      BatchBuffers buffers,
      InFlight inFlight,
      Pipeline pipeline,
      Timer timer,
      Clock clock,
      StreamListener listener) {
    this.transformer = transformer;
    this.buffers = buffers;
    this.inFlight = inFlight;
    this.timer = timer;
    this.clock = clock;
    this.listener = listener;
    this.resubmission = new Resubmission(pipeline, timer, clock);
  }

  /** Refuses all events from now on, those that wait included. */
  void close() {
    closed = true;
    inFlight.endWaiting();
    resubmission.close();
  }

  /** Returns the bytes for which an event is admitted. */
  static long bytes(ReadEvent event) {
    return event instanceof Event e ? (long) DOCUMENT_OVERHEAD + e.size() : DOCUMENT_OVERHEAD;
  }

  private static long bytes(List<? extends ReadEvent> events) {
    long bytes = 0;
    for (ReadEvent event : events) {
      bytes += bytes(requireNonNull(event, "element of events"));
    }
    return bytes;
  }

  /** Returns the largest size of a batch of which several are in flight at once. */
  long maxBytesOfOneOfSeveral() {
    return Math.max(1, Math.min(STEP_BYTES, inFlight.maxBytes() / 16));
  }

  CompletableFuture<List<Outcome>> publish(List<? extends ReadEvent> events, Acknowledgement when) {
    long bytes = bytes(events);
    return admit(bytes) ? publishAdmitted(events, bytes, when, null) : refused(events.size());
  }

  /**
   * Publishes events and waits instead of refusing them: here until they are admitted, and then
   * without a thread until they are accepted.
   *
   * @param goesOn is asked after each refusal whether the call still waits; must not throw
   */
  CompletableFuture<List<Outcome>> publish(
      List<? extends ReadEvent> events,
      Acknowledgement when,
      long maxWaitNanos,
      Predicate<Outcome.Refused> goesOn)
      throws InterruptedException {
    Wait wait = new Wait(timer.nanoTime() + maxWaitNanos, goesOn);
    long bytes = bytes(events);
    boolean acquired = inFlight.acquire(CALL_OVERHEAD + bytes, maxWaitNanos);
    return unlessClosed(acquired, bytes)
        ? publishAdmitted(events, bytes, when, wait)
        : refused(events.size());
  }

  private CompletableFuture<List<Outcome>> publishAdmitted(
      List<? extends ReadEvent> events, long bytes, Acknowledgement when, @Nullable Wait wait) {
    Call call = new Call(bytes, events.size(), false);
    try {
      for (ReadEvent event : events) {
        call.add(event);
      }
    } catch (RuntimeException | Error e) {
      call.release();
      throw e;
    }
    return call.submit(when, wait);
  }

  CompletableFuture<List<Outcome>> publish(EventReader events, Acknowledgement when)
      throws IOException {
    long estimate = 2L * events.available() + DOCUMENT_OVERHEAD;
    if (!admit(estimate)) {
      while (events.next() != null) {} // only counts them
      return refused(events.count());
    }
    Call call = new Call(estimate, 1, events.isStream());
    events.reuseEvents(transformer.allowsEventReuse());
    try {
      ReadEvent event = events.next();
      while (event != null) {
        call.add(event);
        event = events.next();
      }
    } catch (IOException | RuntimeException | Error e) {
      call.release();
      throw e;
    } finally {
      events.reuseEvents(false);
    }
    return call.submit(when, null);
  }

  private boolean admit(long bytes) {
    return !closed && unlessClosed(inFlight.tryAcquire(CALL_OVERHEAD + bytes), bytes);
  }

  /** Checks again after the admission, because close() waits only for calls admitted before it. */
  private boolean unlessClosed(boolean acquired, long bytes) {
    if (acquired && closed) {
      inFlight.release(CALL_OVERHEAD + bytes);
      return false;
    }
    return acquired;
  }

  private CompletableFuture<List<Outcome>> refused(int count) {
    return closed
        ? refused(count, Refusal.CLOSED, "the stream is closed", RETRY_AFTER_CLOSED)
        : refused(count, Refusal.IN_FLIGHT, "too many bytes are in flight", RETRY_AFTER_FULL);
  }

  private CompletableFuture<List<Outcome>> refused(
      int count, Refusal code, String reason, Duration retryAfter) {
    listener.published(Tally.refused(code, count));
    listener.publishedEvents(
        count, i -> Outcomes.withoutDocument(PublishedEvent.Result.REFUSED, reason));
    Outcome outcome = new Outcome.Refused(code, reason, retryAfter);
    return CompletableFuture.completedFuture(Collections.nCopies(count, outcome));
  }

  /** The events of one publish call on their way into one batch. */
  private final class Call {
    private final DocumentBatchBuilder documents;
    private final List<Outcome> notTaken = new ArrayList<>(0); // rejected or dropped
    private int @Nullable [] positions; // as in Outcomes; null as long as every event is taken
    private int count;
    private final boolean ofUnknownLength;
    private long admitted;
    private boolean tooLarge;

    /**
     * Starts a call.
     *
     * @param bytes for which it is admitted, without its own overhead
     * @param ofUnknownLength whether the size of the call is unknown and {@code admitted} grows as
     *     it is read
     */
    Call(long bytes, int expectedSize, boolean ofUnknownLength) {
      this.admitted = CALL_OVERHEAD + bytes;
      this.ofUnknownLength = ofUnknownLength;
      this.documents = buffers.builder((int) Math.min(bytes, 16 << 20), expectedSize);
    }

    void add(ReadEvent event) {
      if (tooLarge) {
        count++;
        return;
      }
      Outcome no =
          event instanceof BrokenEvent b
              ? new Outcome.Rejected(b.code(), b.reason(), b.offset())
              : transform((Event) event);
      if (no != null) {
        notTaken.add(no);
      }
      if (no != null || positions != null) {
        position(no == null ? documents.size() - 1 : -notTaken.size());
      }
      count++;
      if (!hasRoom()) {
        tooLarge = true;
        documents.truncate(0);
        notTaken.clear();
        positions = null;
      }
    }

    /**
     * Returns whether the events in memory are within the limits. Admits more if the input is a
     * stream.
     */
    private boolean hasRoom() {
      long bytes = documents.byteSize() + (long) NOT_TAKEN_OVERHEAD * notTaken.size();
      if (bytes > MAX_CALL_BYTES) {
        return false;
      }
      long more = CALL_OVERHEAD + bytes - admitted;
      if (!ofUnknownLength || more <= 0) {
        return true;
      }
      long step = Math.max(more, Math.min(STEP_BYTES, admitted));
      if (inFlight.tryAcquireMore(step)) {
        admitted += step;
        return true;
      }
      return false;
    }

    private void position(int position) {
      int[] all = positions;
      if (all == null) {
        all = IntStream.range(0, count + 1).toArray();
      } else if (count == all.length) {
        all = Arrays.copyOf(all, 2 * count);
      }
      all[count] = position;
      positions = all;
    }

    private @Nullable Outcome transform(Event event) {
      int before = documents.size();
      Rejection code = Rejection.TRANSFORM_FAILED;
      String reason;
      try {
        transformer.transform(event, documents);
        int added = documents.size() - before;
        if (added == 1) {
          return null;
        }
        if (added == 0 && documents.takeDrop()) {
          return Outcome.Dropped.BY_TRANSFORMER;
        }
        reason =
            "the transformer made "
                + added
                + " documents from one event; it must add one, or call drop()";
      } catch (InvalidEventException e) {
        code = e.code();
        reason = e.reason();
      } catch (RuntimeException e) {
        reason = "the transformer failed: " + e;
      }
      documents.truncate(before);
      return new Outcome.Rejected(code, reason, -1);
    }

    CompletableFuture<List<Outcome>> submit(Acknowledgement when, @Nullable Wait wait) {
      if (tooLarge) {
        release();
        return refused(
            count,
            Refusal.IN_FLIGHT,
            "the batch exceeds the limit of bytes in flight; publish it in smaller"
                + " batches, or raise maxInFlightBytes",
            RETRY_AFTER_FULL);
      }
      DocumentBatch batch = documents.build();
      Outcome[] others = notTaken.toArray(NONE);
      int[] all = positions == null ? null : Arrays.copyOf(positions, count);
      if (batch.size() == 0) {
        release();
        Outcomes none = new Outcomes(batch, List.of(), others, all);
        tell(List.of(), none, false, 0);
        return CompletableFuture.completedFuture(none);
      }
      long more = CALL_OVERHEAD + batch.byteSize() - admitted;
      if (more > 0) {
        inFlight.acquireMore(more);
        admitted += more;
      }
      long acceptedAt = timer.nanoTime();
      Publication publication =
          new Publication(batch, acceptedAt, clock.instant(), listener.publishing());
      CompletableFuture<List<Fate>> settled =
          wait == null ? publication.done() : resubmission.follow(publication, when, wait);
      CompletableFuture<List<Outcome>> outcomes =
          settled.thenApply(
              fates -> {
                release();
                boolean writtenAtOnce = publication.isWrittenAtOnce();
                Outcomes complete = new Outcomes(batch, fates, others, all);
                tell(fates, complete, writtenAtOnce, timer.nanoTime() - acceptedAt);
                return writtenAtOnce
                    ? new Outcomes(buffers.recycle(batch), fates, others, all)
                    : complete;
              });
      resubmission.submit(publication, when);
      return outcomes;
    }

    private void tell(List<Fate> fates, Outcomes outcomes, boolean uniform, long nanos) {
      if (listener != StreamListener.NONE) {
        Tally tally = new Tally();
        tally.add(fates, uniform);
        notTaken.forEach(tally::add);
        listener.published(tally.counts(documents.idMisses(), nanos));
        if (count > 0) {
          listener.publishedEvents(count, outcomes::event);
        }
      }
    }

    /** Releases the admitted bytes. */
    void release() {
      inFlight.release(admitted);
    }
  }
}
