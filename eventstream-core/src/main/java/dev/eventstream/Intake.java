package dev.eventstream;

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

  /** Memory of a rejected event in bytes, reason included. */
  private static final int REJECTED_OVERHEAD = 256;

  /** A batch is one array, which limits a call regardless of the limit in flight. */
  private static final long MAX_CALL_BYTES = 1 << 30;

  /** Step in bytes by which the admission of a call grows while it is read from a stream. */
  private static final long STEP_BYTES = 1 << 20;

  private static final Outcome.Rejected[] NONE_REJECTED = {};

  private final EventTransformer transformer;
  private final BatchBuffers buffers;
  private final InFlight inFlight;
  private final Pipeline pipeline;
  private final Timer timer;
  private final Clock clock;
  private final StreamListener listener;
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
    this.pipeline = pipeline;
    this.timer = timer;
    this.clock = clock;
    this.listener = listener;
  }

  /** Refuses all events from now on. */
  void close() {
    closed = true;
  }

  CompletableFuture<List<Outcome>> publish(List<? extends ReadEvent> events, Acknowledgement when) {
    long bytes = 0;
    for (ReadEvent event : events) {
      bytes += DOCUMENT_OVERHEAD + (event instanceof Event e ? e.size() : 0);
    }
    if (!admit(bytes)) {
      return refused(events.size());
    }
    Call call = new Call(bytes, events.size(), false);
    try {
      for (ReadEvent event : events) {
        call.add(event);
      }
    } catch (RuntimeException | Error e) {
      call.release();
      throw e;
    }
    return call.submit(when);
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
    return call.submit(when);
  }

  private boolean admit(long bytes) {
    if (closed || !inFlight.tryAcquire(bytes)) {
      return false;
    }
    if (closed) { // checked again: close() waits only for calls admitted before it
      inFlight.release(bytes);
      return false;
    }
    return true;
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
    private final List<Outcome.Rejected> rejected = new ArrayList<>(0);
    private int @Nullable [] positions; // as in Outcomes; null as long as no event is rejected
    private int count;
    private final boolean ofUnknownLength;
    private long admitted;
    private boolean tooLarge;

    /**
     * Starts a call.
     *
     * @param ofUnknownLength whether the size of the call is unknown and {@code admitted} grows as
     *     it is read
     */
    Call(long admitted, int expectedSize, boolean ofUnknownLength) {
      this.admitted = admitted;
      this.ofUnknownLength = ofUnknownLength;
      this.documents = buffers.builder((int) Math.min(admitted, 16 << 20), expectedSize);
    }

    void add(ReadEvent event) {
      if (tooLarge) {
        count++;
        return;
      }
      Outcome.Rejected no =
          event instanceof BrokenEvent b
              ? new Outcome.Rejected(b.code(), b.reason(), b.offset())
              : transform((Event) event);
      if (no != null) {
        rejected.add(no);
      }
      if (no != null || positions != null) {
        position(no == null ? documents.size() - 1 : -rejected.size());
      }
      count++;
      if (!hasRoom()) {
        tooLarge = true;
        documents.truncate(0);
        rejected.clear();
        positions = null;
      }
    }

    /**
     * Returns whether the events in memory are within the limits. Admits more if the input is a
     * stream.
     */
    private boolean hasRoom() {
      long bytes = documents.byteSize() + (long) REJECTED_OVERHEAD * rejected.size();
      if (bytes > MAX_CALL_BYTES) {
        return false;
      }
      long more = bytes - admitted;
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

    private Outcome.@Nullable Rejected transform(Event event) {
      int before = documents.size();
      Rejection code = Rejection.TRANSFORM_FAILED;
      String reason;
      try {
        transformer.transform(event, documents);
        int added = documents.size() - before;
        if (added == 1) {
          return null;
        }
        reason = "the transformer made " + added + " documents from one event";
      } catch (InvalidEventException e) {
        code = e.code();
        reason = e.reason();
      } catch (RuntimeException e) {
        reason = "the transformer failed: " + e;
      }
      documents.truncate(before);
      return new Outcome.Rejected(code, reason, -1);
    }

    CompletableFuture<List<Outcome>> submit(Acknowledgement when) {
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
      Outcome.Rejected[] notTaken = rejected.toArray(NONE_REJECTED);
      int[] all = positions == null ? null : Arrays.copyOf(positions, count);
      if (batch.size() == 0) {
        release();
        Outcomes none = new Outcomes(batch, List.of(), notTaken, all);
        tell(List.of(), none, false, 0);
        return CompletableFuture.completedFuture(none);
      }
      long more = batch.byteSize() - admitted;
      if (more > 0) {
        inFlight.acquireMore(more);
        admitted += more;
      }
      long acceptedAt = timer.nanoTime();
      Publication publication =
          new Publication(batch, acceptedAt, clock.instant(), listener.publishing());
      CompletableFuture<List<Outcome>> outcomes =
          publication
              .done()
              .thenApply(
                  fates -> {
                    release();
                    boolean writtenAtOnce = publication.isWrittenAtOnce();
                    Outcomes complete = new Outcomes(batch, fates, notTaken, all);
                    tell(fates, complete, writtenAtOnce, timer.nanoTime() - acceptedAt);
                    return writtenAtOnce
                        ? new Outcomes(buffers.recycle(batch), fates, notTaken, all)
                        : complete;
                  });
      switch (when) {
        case INDEXED -> pipeline.submit(publication);
        case SPOOLED -> pipeline.submitToSpool(publication);
      }
      return outcomes;
    }

    private void tell(List<Fate> fates, Outcomes outcomes, boolean uniform, long nanos) {
      if (listener != StreamListener.NONE) {
        Tally tally = new Tally();
        tally.add(fates, uniform);
        rejected.forEach(no -> tally.add(no.code()));
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
