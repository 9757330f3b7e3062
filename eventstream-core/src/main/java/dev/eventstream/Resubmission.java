package dev.eventstream;

import dev.eventstream.internal.delivery.Fate;
import dev.eventstream.internal.delivery.Pipeline;
import dev.eventstream.internal.delivery.Publication;
import dev.eventstream.internal.delivery.Timer;
import dev.eventstream.spi.DocumentBatch;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Submits the documents of waiting calls again as long as they are refused and waiting may help.
 * Their IDs stay the same, so an attempt that had arrived after all is recognised. The documents
 * remain in memory and are still counted as in flight meanwhile. Thread-safe.
 */
final class Resubmission {
  /** The first pause in nanoseconds; it doubles up to what the refusal names. */
  private static final long FIRST_PAUSE = 50_000_000;

  private final Pipeline pipeline;
  private final Timer timer;
  private final Clock clock;
  private final Set<Call> pausing = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * How a call waits.
   *
   * @param until when it ends, in nanoseconds of the timer
   * @param goesOn is asked after each refusal whether the call still waits; must not throw
   */
  record Wait(long until, Predicate<Outcome.Refused> goesOn) {}

  Resubmission(Pipeline pipeline, Timer timer, Clock clock) {
    this.pipeline = pipeline;
    this.timer = timer;
    this.clock = clock;
  }

  /** Ends the pauses: their documents are refused. Nothing is submitted again from now on. */
  void close() {
    closed = true;
    pausing.forEach(Call::end);
  }

  /**
   * Follows a submitted publication.
   *
   * @return the final fates of its documents
   */
  CompletableFuture<List<Fate>> follow(Publication first, Acknowledgement when, Wait wait) {
    Call call = new Call(first.documents(), when, wait, first.origin());
    call.attempt(first);
    return call.done;
  }

  void submit(Publication publication, Acknowledgement when) {
    switch (when) {
      case INDEXED -> pipeline.submit(publication);
      case SPOOLED -> pipeline.submitToSpool(publication);
    }
  }

  /** The documents of one call. Its attempts follow one another, so it needs no lock. */
  private final class Call {
    final CompletableFuture<List<Fate>> done = new CompletableFuture<>();
    private final DocumentBatch documents;
    private final Acknowledgement when;
    private final Wait wait;
    private final @Nullable Object origin;
    private final Fate[] fates;
    private int[] open; // the positions of the documents of the present attempt
    private int attempts;

    Call(DocumentBatch documents, Acknowledgement when, Wait wait, @Nullable Object origin) {
      this.documents = documents;
      this.when = when;
      this.wait = wait;
      this.origin = origin;
      this.fates = new Fate[documents.size()];
      this.open = IntStream.range(0, documents.size()).toArray();
    }

    void attempt(Publication publication) {
      var unused = publication.done().thenAccept(this::attempted);
    }

    private void attempted(List<Fate> results) {
      int[] refused = new int[open.length];
      int count = 0;
      Fate.Refused refusal = null;
      for (int i = 0; i < open.length; i++) {
        Fate fate = results.get(i);
        if (attempts > 0 && fate.kind() == Fate.Kind.DUPLICATE) {
          fate = Fate.INDEXED; // by an earlier attempt
        }
        fates[open[i]] = fate;
        if (fate instanceof Fate.Refused no && no.code().isTemporary()) {
          refused[count++] = open[i];
          refusal = no;
        }
      }
      long left = wait.until - timer.nanoTime();
      if (refusal == null || left <= 0 || closed || !wait.goesOn.test(outcome(refusal))) {
        done.complete(List.of(fates));
        return;
      }
      open = Arrays.copyOf(refused, count);
      long most = Math.max(FIRST_PAUSE, refusal.retryAfter().toNanos());
      long pause = Math.min(FIRST_PAUSE << Math.min(attempts, 20), most);
      attempts++;
      pausing.add(this);
      timer.schedule(this::again, Math.min(pause, left));
      if (closed) { // checked again: close() may not have seen this call
        end();
      }
    }

    private static Outcome.Refused outcome(Fate.Refused refusal) {
      return new Outcome.Refused(refusal.code(), refusal.reason(), refusal.retryAfter());
    }

    private void again() {
      if (!pausing.remove(this)) {
        return; // ended
      }
      DocumentBatch rest = open.length == documents.size() ? documents : documents.select(open);
      Publication publication = new Publication(rest, timer.nanoTime(), clock.instant(), origin);
      attempt(publication);
      submit(publication, when);
    }

    void end() {
      if (pausing.remove(this)) {
        done.complete(List.of(fates));
      }
    }
  }
}
