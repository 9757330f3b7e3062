package dev.eventstream.internal.delivery;

import static dev.eventstream.spi.FailureClass.BLOCKED;
import static dev.eventstream.spi.FailureClass.UNAVAILABLE;
import static dev.eventstream.spi.FailureClass.UNCLEAR;

import dev.eventstream.internal.delivery.Bulk.Span;
import dev.eventstream.internal.delivery.Places.Place;
import dev.eventstream.internal.delivery.Places.Use;
import dev.eventstream.observe.BulkAttempt;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.Rejection;
import dev.eventstream.spi.SinkResult;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes attempts and decides, document by document, what the sink's answer means. What is written
 * is settled at once, whatever happens to its neighbours; what failed for now waits its backoff
 * without holding a place. Documents for a destination that takes nothing do not share a request
 * with others, and where it is unclear which document of a request is at fault, its documents are
 * halved until that one is alone. Thread-safe.
 */
public final class Delivery {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

  /** What a caller should wait where an operator has to repair something first. */
  private static final Duration RETRY_AFTER_BLOCKED = Duration.ofSeconds(30);

  /** How often a document of the spool is tried, before others of the spool have their turn. */
  private static final int REPLAY_ATTEMPTS = 3;

  /**
   * When a request is held for lost, and its place is free again, if it was not answered at all:
   * later than sinks give up.
   */
  private static final Duration LOST = Duration.ofSeconds(30);

  /**
   * Where documents go that the cluster does not take, and what keeps them from it meanwhile.
   *
   * @param suspects those of the spool that failed alone
   */
  record LastResort(
      Overflow overflow, DeadLetters deadLetters, Breaker breaker, Suspects suspects) {}

  private static final Fate STUCK =
      new Fate.Refused(
          Refusal.CLUSTER, "its destination takes no documents now", RETRY_AFTER_BLOCKED);

  /** A bulk and its place. */
  record Ready(Bulk bulk, Place place) {}

  private final EventSink sink;
  private final Places places;
  private final Backoff backoff;
  private final Timer timer;
  private final Clock clock;
  private final ConcurrentLinkedDeque<Bulk> retries = new ConcurrentLinkedDeque<>();

  // Those that are kept apart. The parts of a request are put before the others, and the parts of
  // one of them before the rest: a document at fault is found after few requests, and those that
  // follow are spared it if its destination turns out to be stuck.
  private final ConcurrentLinkedDeque<Bulk> apart = new ConcurrentLinkedDeque<>();
  private final AtomicBoolean watching = new AtomicBoolean();
  private final StateLog stateLog = new StateLog(LOG);
  private volatile @Nullable String failure; // of the last request, when it failed as a whole

  private final StuckDestinations stuck;

  // set once, before the first bulk
  private @Nullable LastResort lastResort;
  private StreamListener listener = StreamListener.NONE;
  private Runnable liveGoesOn = () -> {};
  private Runnable replayGoesOn = () -> {};

  Delivery(
      EventSink sink,
      int maxInFlight,
      Backoff backoff,
      Timer timer,
      Clock clock,
      StuckDestinations stuck) {
    this.sink = sink;
    this.stuck = stuck;
    this.places = new Places(maxInFlight);
    this.backoff = backoff;
    this.timer = timer;
    this.clock = clock;
  }

  void whenThereIsRoom(Runnable task) {
    liveGoesOn = task;
  }

  void whenThereIsRoomForReplay(Runnable task) {
    replayGoesOn = task;
  }

  void setListener(StreamListener newListener) {
    listener = newListener;
  }

  void setLastResort(LastResort newLastResort) {
    lastResort = newLastResort;
  }

  /** How many requests are in flight. */
  int requests() {
    return places.requests();
  }

  /** Why the last request failed as a whole; null when it did not. */
  @Nullable String failure() {
    return failure;
  }

  boolean isIdle() {
    return places.areFree();
  }

  /** Takes a place for a request in flight; null when there is none, or the breaker is open. */
  @Nullable Place tryAcquire(Use use) {
    LastResort resort = lastResort;
    if (resort == null || resort.breaker.isClosed()) {
      return places.tryAcquire(use, timer.nanoTime());
    }
    return use == Use.REPLAY && resort.breaker.tryTrial()
        ? places.acquireForTrial(timer.nanoTime())
        : null;
  }

  /** Gives back a place that was not needed. */
  void release(Place place) {
    places.release(place);
    LastResort resort = lastResort;
    if (resort != null) {
      resort.breaker.giveBackTrial();
    }
  }

  /** The replay does not wait for a place any more; live traffic may have it. */
  void replayNeedsNone() {
    places.replayNeedsNone();
  }

  /** Nothing that is in flight counts any more. */
  void giveUpPlaces() {
    places.giveUpAll();
  }

  /** A bulk whose backoff is over, with its place taken; null when there is none, or no place. */
  @Nullable Ready takeRetry() {
    return takeOpen(retries, Use.LIVE);
  }

  /** The next bulk that is kept apart, with its place taken; null when there is none. */
  @Nullable Ready takeApart() {
    return takeOpen(apart, Use.APART);
  }

  private @Nullable Ready takeOpen(ConcurrentLinkedDeque<Bulk> queue, Use use) {
    Bulk first = queue.peek();
    while (first != null && first.stillOpen() == null) {
      queue.remove(first); // also while there is no place: nobody waits for it any more
      first = queue.peek();
    }
    while (!queue.isEmpty()) {
      Place place = tryAcquire(use);
      if (place == null) {
        return null;
      }
      Bulk bulk = queue.poll();
      Bulk open = bulk == null ? null : bulk.stillOpen();
      if (open != null) {
        return new Ready(open, place);
      }
      places.release(place);
      replayGoesOn.run();
    }
    return null;
  }

  /**
   * Makes an attempt in a place that was taken, with those documents whose destinations take some.
   *
   * @param callerGoesOn whether the caller looks for live traffic when this returns
   */
  void send(Ready ready, boolean callerGoesOn) {
    Place place = ready.place;
    Bulk bulk = withoutStuck(ready.bulk, place.use());
    if (bulk == null) {
      release(place);
      if (!callerGoesOn) {
        liveGoesOn.run();
      }
      replayGoesOn.run();
      return;
    }
    watch();
    int bytes = bulk.documents().byteSize(); // now: the buffer may be used again afterwards
    long sentAt = timer.nanoTime();
    CompletionStage<SinkResult> answer = Stages.of(() -> sink.write(bulk.documents()));
    Thread caller = Thread.currentThread();
    boolean[] returned = new boolean[1]; // only looked at by the caller's own thread
    var unused =
        answer.whenComplete(
            (result, error) -> {
              try {
                SinkResult complete = complete(bulk, result, error);
                tell(bulk, bytes, complete, timer.nanoTime() - sentAt);
                settle(bulk, place, complete);
              } finally {
                places.release(place);
              }
              boolean withinCall = Thread.currentThread() == caller && !returned[0];
              if (!callerGoesOn || !withinCall) {
                liveGoesOn.run();
              }
              replayGoesOn.run();
            });
    returned[0] = true;
  }

  /** Takes out the documents of stuck destinations; null when none is left. */
  private @Nullable Bulk withoutStuck(Bulk bulk, Use use) {
    boolean isApartAlready = use == Use.APART && lastResort == null;
    if (stuck.none() || isApartAlready) {
      return bulk;
    }
    int[] positions = stuck.positions(bulk.documents());
    if (positions.length == 0) {
      return bulk;
    }
    LastResort resort = lastResort;
    if (resort == null) {
      Bulk away = bulk.select(positions);
      away.byDestination().forEach(apart::addLast);
    } else {
      for (Span span : bulk.spansOf(positions)) {
        if (bulk.replay()) {
          span.publication().settle(span.first(), span.count(), STUCK);
        } else {
          resort.overflow.accept(span.publication(), span.first(), span.count());
        }
      }
    }
    return bulk.without(positions);
  }

  private void tell(Bulk bulk, int bytes, SinkResult answer, long nanos) {
    BulkAttempt.Result result = BulkAttempt.Result.of(answer);
    listener.attempted(
        new BulkAttempt(
            bulk.size(), bytes, bulk.attempt(), bulk.replay(), result, nanos, bulk.origins()));
  }

  /** As long as there are requests in flight, looks from time to time which of them are lost. */
  private void watch() {
    if (!watching.get() && watching.compareAndSet(false, true)) {
      timer.schedule(this::giveUpLost, LOST.toNanos() / 3);
    }
  }

  private void giveUpLost() {
    watching.set(false);
    boolean some = places.giveUpTakenUntil(timer.nanoTime() - LOST.toNanos());
    if (places.requests() > 0) {
      watch();
    }
    if (some) {
      liveGoesOn.run();
      replayGoesOn.run();
    }
  }

  private static SinkResult complete(
      Bulk bulk, @Nullable SinkResult result, @Nullable Throwable error) {
    String reason;
    if (result == null) {
      reason = "the sink failed: " + cause(error);
    } else if (result.size() != bulk.size()) {
      reason = "the sink spoke of " + result.size() + " of " + bulk.size() + " documents";
    } else {
      return result;
    }
    return SinkResult.all(bulk.size(), new ItemResult.Failed(FailureClass.RETRY, reason));
  }

  private void settle(Bulk bulk, Place place, SinkResult result) {
    if (bulk.replay() && !isUnclear(result)) {
      bulk.spans().get(0).publication().noteAnswer();
    }
    LastResort resort = lastResort;
    if (resort != null && !resort.breaker.isClosed() && bulk.replay() && isUnclear(result)) {
      Fate notNow = new Fate.Refused(Refusal.CLUSTER, reason(result, 0), RETRY_AFTER_BLOCKED);
      bulk.settleAll(notNow); // the replay halves it
      resort.breaker.trialUnclear(reason(result, 0));
      return;
    }
    // First of all: what is settled below asks the breaker where to go.
    if (result.requestFailed()) {
      requestFailed(bulk, result.get(0));
    } else {
      clusterAnswered();
    }
    if (result.allWritten()) {
      places.answered(place, bulk.size(), timer.nanoTime());
      if (!stuck.none()) {
        stuck.written(bulk.documents());
      }
      bulk.allWritten();
      stateLog.wellAgain();
      return;
    }
    Sorted sorted = new Sorted(bulk, result);
    sorted.deadLetters();
    if (sorted.isBusy()) {
      places.turnedAway(place, timer.nanoTime());
    } else {
      places.answered(place, bulk.size(), timer.nanoTime());
    }
    if (result.requestFailed() && !sorted.parts.isEmpty() && bulk.attempt() == 0) {
      stateLog.failing("tried in parts", reason(result, 0)); // once for all its parts
    }
    if (sorted.again.count() > 0) {
      String reason = reason(result, sorted.again.first());
      Bulk rest = bulk.select(sorted.again);
      if (givesUp(bulk, result)) {
        rest.settleAll(new Fate.Refused(Refusal.CLUSTER, reason, RETRY_AFTER_BLOCKED));
      } else {
        retry(rest);
      }
      stateLog.failing("retrying", loggable(result, reason));
    }
    if (sorted.halves.count() == 1) {
      retries.add(bulk.select(sorted.halves).again());
    } else if (sorted.halves.count() > 1) {
      bulk.select(sorted.halves).halves().forEach(half -> retries.add(half.again()));
    }
    if (sorted.parts.count() == 1) {
      apart.addFirst(bulk.select(sorted.parts).again());
    } else if (sorted.parts.count() > 1) {
      bulk.select(sorted.parts).halves().forEach(half -> apart.addFirst(half.again()));
    }
  }

  /**
   * Whether documents of the spool go back there. There is time for another attempt later, but not
   * the memory to keep all of them meanwhile whose index is stuck.
   */
  private boolean givesUp(Bulk bulk, SinkResult result) {
    LastResort resort = lastResort;
    return bulk.replay()
        && resort != null
        && (result.requestFailed()
            ? !resort.breaker.isClosed()
            : bulk.attempt() + 1 >= REPLAY_ATTEMPTS);
  }

  private void clusterAnswered() {
    if (failure != null) {
      failure = null;
    }
    LastResort resort = lastResort;
    if (resort != null) {
      resort.breaker.succeeded();
    }
  }

  private void requestFailed(Bulk bulk, ItemResult item) {
    if (!(item instanceof ItemResult.Failed failed)) {
      return;
    }
    failure = failed.reason();
    LastResort resort = lastResort;
    if (resort == null) {
      return;
    }
    switch (failed.failureClass()) {
      case RETRY, UNAVAILABLE -> resort.breaker.failed(false, failed.reason());
      case BLOCKED -> resort.breaker.failed(true, failed.reason());
      case UNCLEAR -> {
        // While it may be one document that is at fault, nothing is known of the cluster. What
        // fails alone speaks for its destination; several of them speak for the cluster.
        if (bulk.size() == 1 && unclearAlone(bulk, failed.reason())) {
          resort.breaker.failed(false, failed.reason());
        }
      }
      case TOO_LARGE, NEVER -> resort.breaker.succeeded(); // it is there, and has looked at it
    }
  }

  /** Whether it is the first of its destination; one that failed alone before says nothing new. */
  private boolean unclearAlone(Bulk alone, String loggable) {
    DocumentBatch.Cursor document = alone.documents().cursor();
    document.moveTo(0);
    String destination = document.destination();
    String id = document.id();
    LastResort resort = lastResort;
    if (resort != null && resort.suspects.get(destination, id) != null) {
      return false;
    }
    return stuck.unclear(destination, id, loggable, () -> alone.documents().get(0));
  }

  /** What an answer means for each document of a bulk. */
  private final class Sorted {
    private final Bulk bulk;
    private final SinkResult result;
    final Selection again; // after a backoff
    final Selection halves; // of what is too large together
    final Selection parts; // of those of which one may be at fault
    private final DocumentBatch.Cursor cursor;
    private int busy;
    private final List<DeadLetter> letters = new ArrayList<>(0);
    private final List<Span> owners = new ArrayList<>(0); // of the letters: one document each

    Sorted(Bulk bulk, SinkResult result) {
      this.bulk = bulk;
      this.result = result;
      this.again = new Selection(bulk.size());
      this.halves = new Selection(bulk.size());
      this.parts = new Selection(bulk.size());
      this.cursor = bulk.documents().cursor();
      int position = 0;
      for (Span span : bulk.spans()) {
        int turnedAway = 0; // documents in a row
        for (int i = span.first(); i < span.first() + span.count(); i++) {
          if (isTurnedAway(position)) {
            turnedAway++;
          } else {
            turnedAway(span.publication(), i - turnedAway, turnedAway, position - 1);
            turnedAway = 0;
            sort(span.publication(), i, position);
          }
          position++;
        }
        int end = span.first() + span.count();
        turnedAway(span.publication(), end - turnedAway, turnedAway, position - 1);
      }
    }

    /** Whether a document does not wait for another attempt. */
    private boolean isTurnedAway(int position) {
      ItemResult item = result.get(position);
      if (!(item instanceof ItemResult.Failed failed)) {
        return false;
      }
      if (StuckDestinations.isOfDestination(failed) && !result.requestFailed()) {
        cursor.moveTo(position);
        stuck.failed(
            cursor.destination(),
            cursor.id(),
            failed.reason(),
            () -> bulk.documents().get(position));
      }
      return switch (failed.failureClass()) {
        case BLOCKED -> true;
        case UNAVAILABLE -> lastResort != null && !result.requestFailed();
        case UNCLEAR -> lastResort != null && bulk.size() == 1 && failedAlone(failed);
        case RETRY, TOO_LARGE, NEVER -> false;
      };
    }

    /** Whether a document that failed alone has had its attempts. */
    private boolean failedAlone(ItemResult.Failed failed) {
      if (!result.requestFailed()) {
        boolean unused = unclearAlone(bulk, kindOf(failed.reason()));
      }
      return bulk.replay() || bulk.attempt() > 0;
    }

    private void sort(Publication publication, int index, int position) {
      ItemResult item = result.get(position);
      if (item instanceof ItemResult.Failed failed) {
        switch (failed.failureClass()) {
          case RETRY, UNAVAILABLE -> {
            busy += failed.failureClass() == FailureClass.RETRY ? 1 : 0;
            again.add(position);
          }
          case UNCLEAR -> (bulk.size() > 1 ? parts : again).add(position);
          case TOO_LARGE -> {
            if (bulk.size() > 1) {
              halves.add(position);
            } else {
              never(publication, index, failed);
            }
          }
          case NEVER -> never(publication, index, failed);
          case BLOCKED -> throw new IllegalStateException("it was turned away");
        }
        return;
      }
      if (!stuck.none()) {
        cursor.moveTo(position);
        stuck.answered(cursor.destination());
      }
      if (item instanceof ItemResult.Dropped) {
        publication.settle(index, Fate.DROPPED);
        return;
      }
      // On a later attempt the document that is there is the one an earlier attempt wrote, whose
      // acknowledgement got lost.
      boolean duplicate = item instanceof ItemResult.Duplicate && bulk.attempt() == 0;
      publication.settle(index, duplicate ? Fate.DUPLICATE : Fate.INDEXED);
    }

    /** Whether the cluster wants less, rather than one destination or document being at fault. */
    boolean isBusy() {
      boolean first = bulk.attempt() == 0;
      if (result.requestFailed()) {
        return !again.isEmpty() || (first && !parts.isEmpty());
      }
      return first && busy > 0 && 2 * busy >= bulk.size();
    }

    private void turnedAway(Publication publication, int first, int count, int position) {
      if (count == 0) {
        return;
      }
      String reason = reason(result, position);
      if (result.requestFailed()) {
        stateLog.failing("blocked", reason);
      }
      LastResort resort = lastResort;
      if (resort == null || bulk.replay()) {
        if (resort != null && isFailure(result.get(position), UNCLEAR)) {
          cursor.moveTo(position);
          resort.suspects.failed(cursor.destination(), cursor.id(), reason);
        }
        publication.settle(
            first, count, new Fate.Refused(Refusal.CLUSTER, reason, RETRY_AFTER_BLOCKED));
      } else {
        resort.overflow.accept(publication, first, count);
      }
    }

    private void never(Publication publication, int index, ItemResult.Failed failed) {
      if (lastResort == null) {
        publication.settle(index, rejected(failed));
        return;
      }
      if (!publication.isOpen(index)) {
        return;
      }
      letters.add(
          new DeadLetter(
              publication.documents().get(index),
              failed.reason(),
              publication.acceptedTime(),
              Instant.ofEpochMilli(clock.millis())));
      owners.add(new Span(publication, index, 1));
    }

    /** Keeps those that can never be written, and then answers for them. */
    void deadLetters() {
      LastResort resort = lastResort;
      if (resort == null || letters.isEmpty()) {
        return;
      }
      boolean replay = bulk.replay();
      var unused =
          Stages.of(() -> resort.deadLetters.add(letters))
              .whenComplete(
                  (nothing, failure) -> {
                    if (failure == null) {
                      listener.deadLettered(letters.size());
                    }
                    for (int i = 0; i < letters.size(); i++) {
                      Span owner = owners.get(i);
                      owner
                          .publication()
                          .settle(owner.first(), fate(letters.get(i), failure, replay));
                    }
                  });
    }
  }

  /** Without room for dead letters what was accepted is kept, and what is new is not accepted. */
  private static Fate fate(DeadLetter letter, @Nullable Throwable failure, boolean replay) {
    if (failure == null) {
      return new Fate.DeadLettered(letter.reason());
    }
    String reason = letter.reason() + "; " + cause(failure);
    return replay
        ? new Fate.Refused(Refusal.CLUSTER, reason, RETRY_AFTER_BLOCKED)
        : new Fate.Rejected(Rejection.DOCUMENT_REFUSED, reason);
  }

  private static Fate rejected(ItemResult.Failed failed) {
    boolean tooLarge = failed.failureClass() == FailureClass.TOO_LARGE;
    return new Fate.Rejected(
        tooLarge ? Rejection.TOO_LARGE : Rejection.DOCUMENT_REFUSED, failed.reason());
  }

  private void retry(Bulk bulk) {
    timer.schedule(
        () -> {
          retries.add(bulk.again());
          liveGoesOn.run();
        },
        backoff.nanos(bulk.attempt()));
  }

  private static boolean isFailure(ItemResult item, FailureClass failureClass) {
    return item instanceof ItemResult.Failed failed && failed.failureClass() == failureClass;
  }

  private static boolean isUnclear(SinkResult result) {
    return result.requestFailed() && isFailure(result.get(0), UNCLEAR);
  }

  private static String reason(SinkResult result, int position) {
    return result.get(position) instanceof ItemResult.Failed failed ? failed.reason() : "";
  }

  /**
   * What a log may hold of a reason. What an engine says of a single document may quote it, so only
   * the kind of the error remains, which comes first.
   */
  private static String loggable(SinkResult result, String reason) {
    return result.requestFailed() ? reason : kindOf(reason);
  }

  private static String kindOf(String reason) {
    int kindEnd = reason.indexOf(": ");
    return kindEnd < 0 ? reason : reason.substring(0, kindEnd) + ", for single documents";
  }

  private static String cause(@Nullable Throwable error) {
    Throwable cause = error;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause);
  }
}
