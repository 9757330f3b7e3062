package dev.eventstream.internal.delivery;

import dev.eventstream.internal.delivery.ConcurrencyLimit.Permit;
import dev.eventstream.internal.delivery.ConcurrencyLimit.Use;
import dev.eventstream.internal.delivery.Suspects.Suspect;
import dev.eventstream.observe.SpoolExit;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.Spool;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the spool's documents to the cluster, oldest first, in full bulks and with lower priority
 * than live traffic. A portion leaves the spool when each of its documents is in the cluster or
 * among the dead letters. Documents that the cluster does not accept while it accepts others are
 * rewritten at the end of the spool, so that a stuck index blocks neither the other documents nor
 * the release of their disk space.
 *
 * <p>A portion that is not answered at all may contain one document that is the cause. It is
 * halved, and so are its parts, until that document is alone. Parts that may contain it wait behind
 * portions that do not. A document that failed alone is sent alone from then on.
 *
 * <p>Thread-safe; reads the spool on its executor, which runs one task at a time.
 */
final class Replayer implements Replay {
  private static final Logger LOG = LoggerFactory.getLogger(Replayer.class);

  private static final String NO_ANSWER = "the cluster does not answer requests with this document";

  /**
   * The settings of a replayer.
   *
   * @param maxDocuments the maximum number of documents in a portion
   * @param maxBytes the maximum size of a portion
   * @param maxPortions the maximum number of portions in memory
   * @param timeoutNanos the time after which a portion counts as not answered
   * @param giveUpNanos how long a document may fail while the cluster accepts others, before it
   *     becomes a dead letter; 0 for no limit
   * @param roundPauses the total pause per round through the spool, by the number of rounds in
   *     which nothing left it
   */
  record Settings(
      int maxDocuments,
      int maxBytes,
      int maxPortions,
      long timeoutNanos,
      long giveUpNanos,
      Backoff roundPauses) {}

  /** The parts of the delivery that the replay uses. */
  record Parts(
      Delivery delivery,
      Breaker breaker,
      StuckDestinations stuck,
      Suspects suspects,
      Throttle throttle,
      DeadLetterLog deadLetterLog) {}

  private final Spool spool;
  private final Delivery delivery;
  private final Breaker breaker;
  private final StuckDestinations stuck;
  private final Suspects suspects;
  private final Throttle throttle;
  private final DeadLetterLog deadLetterLog;
  private final Settings settings;
  private final Timer timer;
  private final Clock clock;
  private final StreamListener listener;
  private final Executor executor;
  private final Deadlines deadlines;
  private final Deadlines riskyDeadlines; // of pieces whose documents may prevent an answer
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private volatile boolean stopped;

  private final Pieces pieces;
  private final ReplayPace pace;
  private @Nullable Piece waiting; // for the throttle; used only by the executor
  private final AtomicReference<@Nullable CatchingUp> catchingUp = new AtomicReference<>();
  private volatile boolean foundNothing; // in the last run; written by the executor

  /**
   * Creates an idle replayer.
   *
   * @param executor runs one task at a time; the spool is read there
   */
  Replayer(
      Spool spool, Parts parts, Settings settings, Environment environment, Executor executor) {
    this.spool = spool;
    this.delivery = parts.delivery;
    this.breaker = parts.breaker;
    this.stuck = parts.stuck;
    this.suspects = parts.suspects;
    this.throttle = parts.throttle;
    this.deadLetterLog = parts.deadLetterLog;
    this.settings = settings;
    this.timer = environment.timer();
    this.clock = environment.clock();
    this.listener = environment.listener();
    this.executor = executor;
    this.deadlines = new Deadlines(timer, settings.timeoutNanos, this::expired);
    this.riskyDeadlines =
        new Deadlines(timer, settings.timeoutNanos, late -> late.settleAllOpen(notYet()));
    this.pieces = new Pieces(spool, settings.maxDocuments, settings.maxBytes, settings.maxPortions);
    this.pace = new ReplayPace(timer, settings.roundPauses);
    delivery.roomForReplay().subscribe(this::roomAgain);
  }

  private void expired(Publication late) {
    breaker.expired(late.acceptedAt());
    late.settleAllOpen(notYet());
  }

  private Fate notYet() {
    return Pipeline.timedOut(Duration.ofNanos(settings.timeoutNanos));
  }

  /**
   * Called when a permit became free. Avoids a run of the executor for each bulk while the spool is
   * empty.
   */
  private void roomAgain() {
    if (!foundNothing) {
      wake();
    }
  }

  @Override
  public void wake() {
    if (scheduled.compareAndSet(false, true)) {
      executor.execute(this::run);
    }
  }

  /** The replay after the cluster was away, until the spool is empty. */
  private record CatchingUp(long sinceNanos, LongAdder documents) {}

  @Override
  public void clusterIsBack() {
    catchingUp.set(new CatchingUp(timer.nanoTime(), new LongAdder()));
    wake();
  }

  private void logIfCaughtUp() {
    CatchingUp now = catchingUp.get();
    if (now != null
        && spool.state().documents() == 0
        && catchingUp.compareAndSet(now, null)
        && now.documents.sum() > 0) {
      LOG.info(
          "{} documents of the spool were replayed in {} s; it is empty",
          now.documents.sum(),
          TimeUnit.NANOSECONDS.toSeconds(timer.nanoTime() - now.sinceNanos));
    }
  }

  @Override
  public void expireAll() {
    deadlines.expireAll();
    riskyDeadlines.expireAll();
  }

  @Override
  public void stop() {
    stopped = true;
    wake(); // releases the permit that live traffic may wait for
  }

  @Override
  public double documentsPerSecond() {
    return pace.documentsPerSecond();
  }

  private void run() {
    scheduled.set(false);
    foundNothing = false; // documents that arrive from here on schedule the next run
    try {
      while (sendNext()) {}
    } catch (RuntimeException e) {
      LOG.error("The replay of the spool failed and will be retried; please report this", e);
      wakeIn(pace.pauseLong());
    }
    delivery.roomForLive().send(); // live traffic may have waited for a permit held here
  }

  @Override
  public void lookAgain() {
    pace.goOn();
    wake();
  }

  private boolean sendNext() {
    if (stopped || waits()) {
      delivery.replayNeedsNone();
      return false; // the event that ends this state wakes the replayer
    }
    Permit permit = delivery.tryAcquire(Use.REPLAY);
    if (permit == null) {
      return false;
    }
    boolean trial = !breaker.isClosed();
    Piece next;
    try {
      next = waiting == null ? pieces.next(trial) : waiting;
    } catch (RuntimeException e) {
      delivery.release(permit);
      throw e;
    }
    if (next == null) {
      breaker.closeUntried();
      delivery.release(permit);
      foundNothing = true;
      return false;
    }
    Piece sendable = sendable(next, trial);
    if (sendable == null) {
      waiting = null;
      if (trial) {
        breaker.closeUntried();
      }
      delivery.release(permit);
      return true;
    }
    if (!throttle.tryTake(true, sendable.size())) {
      waiting = sendable;
      delivery.release(permit);
      timer.schedule(this::wake, throttle.nanosUntil(true));
      return false;
    }
    waiting = null;
    send(trial ? forTrial(sendable) : sendable, permit, trial);
    return true;
  }

  private boolean waits() {
    return pace.isPaused() || (waiting == null && pieces.areAllUnderWay());
  }

  /**
   * Returns the documents of a piece that may be sent now; null if there are none. Documents of
   * stuck destinations, and those that failed alone and are not due, go to the end of the spool.
   */
  private @Nullable Piece sendable(Piece piece, boolean trial) {
    if (stuck.none() && suspects.none()) {
      return piece;
    }
    DocumentBatch all = piece.documents();
    int[] ofStuck = stuck.positions(all);
    Selection send = new Selection(all.size());
    Selection away = new Selection(all.size());
    int alone = -1;
    DocumentBatch.Cursor cursor = all.cursor();
    for (int i = 0, next = 0; cursor.next(); i++) {
      Suspect suspect = suspects.get(cursor.destination(), cursor.id());
      if (next < ofStuck.length && ofStuck[next] == i) {
        next++;
        away.add(i);
      } else if (suspect == null) {
        send.add(i);
      } else if (alone < 0 && !trial && suspect.isDue(timer.nanoTime()) && pieces.mayRisk(piece)) {
        alone = i;
      } else {
        away.add(i);
      }
    }
    if (away.isAll()) {
      pauseAfter(all.size());
      moveToEnd(piece);
      return null;
    }
    if (!away.isEmpty()) {
      moveToEnd(pieces.split(piece, all.select(away.positions()), piece.risky()));
    }
    if (alone < 0) {
      return send.isAll() ? piece : piece.with(all.select(send.positions()));
    }
    if (send.isEmpty()) {
      return new Piece(piece.from(), piece.order(), all.select(alone), true);
    }
    Piece suspected = pieces.split(piece, all.select(alone), true);
    pieces.hold(suspected);
    return piece.with(all.select(send.positions()));
  }

  /**
   * Returns one document for a trial. One document is enough to test whether the cluster accepts
   * any, and is unlikely to be the one that prevents a whole portion from being answered.
   */
  private Piece forTrial(Piece piece) {
    int size = piece.size();
    if (size == 1) {
      return piece;
    }
    hold(pieces.split(piece, piece.documents().slice(1, size), piece.risky()));
    return piece.with(piece.documents().slice(0, 1));
  }

  private void send(Piece next, Permit permit, boolean trial) {
    pieces.sent(next);
    Publication publication =
        new Publication(next.documents(), timer.nanoTime(), next.from().portion.oldest());
    var unused = publication.done().thenAccept(fates -> settled(next, publication, trial, fates));
    (next.risky() ? riskyDeadlines : deadlines).add(publication);
    delivery.send(new Delivery.Ready(Bulk.replay(publication), permit));
  }

  private void settled(Piece sent, Publication publication, boolean trial, List<Fate> fates) {
    pieces.answered(sent);
    int[] open =
        IntStream.range(0, fates.size())
            .filter(i -> fates.get(i) instanceof Fate.Refused)
            .toArray();
    int left = fates.size() - open.length;
    left(sent.documents(), fates, left);
    if (open.length == 0) {
      done(sent);
      return;
    }
    Piece rest = left == 0 ? sent : sent.with(sent.documents().select(open));
    boolean timedOut = timer.nanoTime() - publication.acceptedAt() >= settings.timeoutNanos;
    boolean others = sent.risky() || breaker.hasSucceededSince(publication.acceptedAt());
    if ((timedOut && others) || (trial && !publication.isAnswered())) {
      unanswered(rest);
    } else if (breaker.isClosed()) {
      if (left == 0) {
        pauseAfter(open.length);
      }
      moveToEnd(rest);
    } else { // it may be the cause of the open breaker although the cluster is healthy
      hold(timedOut ? rest.asRisky() : rest);
    }
  }

  /** Records that documents have left the spool. */
  private void left(DocumentBatch documents, List<Fate> fates, int left) {
    pace.count(left);
    if (left == 0) {
      return;
    }
    CatchingUp now = catchingUp.get();
    if (now != null) {
      now.documents.add(left);
    }
    listener.replayed(left);
    listener.left(documents, i -> exit(fates.get(i)));
    if (suspects.none()) {
      return;
    }
    DocumentBatch.Cursor cursor = documents.cursor();
    for (int i = 0; cursor.next(); i++) {
      if (!(fates.get(i) instanceof Fate.Refused)) {
        suspects.left(cursor.destination(), cursor.id());
      }
    }
  }

  /** Returns null if a document stays in the spool. */
  private static @Nullable SpoolExit exit(Fate fate) {
    return switch (fate.kind()) {
      case INDEXED -> SpoolExit.INDEXED;
      case DUPLICATE -> SpoolExit.DUPLICATE;
      case DROPPED -> SpoolExit.DROPPED;
      case DEAD_LETTERED -> SpoolExit.DEAD_LETTERED;
      case SPOOLED, REJECTED, REFUSED -> null;
    };
  }

  /** Handles documents of which one may be at fault: halves them, or isolates a single document. */
  private void unanswered(Piece piece) {
    DocumentBatch documents = piece.documents();
    int size = documents.size();
    if (size == 1) {
      Document document = documents.get(0);
      String destination = document.destination();
      if (suspects.get(destination, document.id()) == null) {
        boolean unused = stuck.unclear(destination, document.id(), NO_ANSWER, () -> document);
      }
      suspects.failed(destination, document.id(), NO_ANSWER);
      moveToEnd(piece);
      return;
    }
    Piece first = piece.with(documents.slice(0, size / 2)).asRisky();
    Piece second = pieces.split(piece, documents.slice(size / 2, size), true);
    if (!pieces.tryHold(first, second)) {
      moveToEnd(second);
      moveToEnd(first);
    }
    wake();
  }

  /** Rewrites documents at the end of the spool, except those that have failed for too long. */
  private void moveToEnd(Piece piece) {
    if (settings.giveUpNanos == 0) {
      writeAtEnd(piece);
      return;
    }
    Selection rest = new Selection(piece.size());
    List<DeadLetter> hopeless = new ArrayList<>();
    DocumentBatch.Cursor cursor = piece.documents().cursor();
    for (int i = 0; cursor.next(); i++) {
      String reason = giveUpReason(cursor.destination(), cursor.id());
      if (reason == null) {
        rest.add(i);
      } else {
        Instant since = piece.from().portion.oldest();
        hopeless.add(new DeadLetter(piece.documents().get(i), reason, since, clock.instant()));
      }
    }
    if (hopeless.isEmpty()) {
      writeAtEnd(piece);
      return;
    }
    var unused =
        Stages.of(() -> spool.deadLetters().add(hopeless))
            .whenComplete(
                (nothing, failure) -> {
                  if (failure != null) { // no room for dead letters: they stay in the spool
                    writeAtEnd(piece);
                    return;
                  }
                  listener.deadLettered(hopeless.size());
                  deadLetterLog.added(hopeless);
                  listener.replayed(hopeless.size());
                  Document[] left =
                      hopeless.stream().map(DeadLetter::document).toArray(Document[]::new);
                  listener.left(DocumentBatch.of(left), i -> SpoolExit.DEAD_LETTERED);
                  pace.count(hopeless.size());
                  hopeless.forEach(letter -> suspects.left(letter.document()));
                  if (rest.isEmpty()) {
                    done(piece);
                  } else {
                    writeAtEnd(piece.with(piece.documents().select(rest.positions())));
                  }
                });
  }

  /** Returns why a document is given up; null if it is not. */
  private @Nullable String giveUpReason(String destination, String id) {
    Suspect suspect = suspects.get(destination, id);
    long now = timer.nanoTime();
    if (suspect != null && now - suspect.since() >= settings.giveUpNanos) {
      return suspect.reason();
    }
    return stuck.stuckNanos(destination) >= settings.giveUpNanos ? stuck.reason(destination) : null;
  }

  private void writeAtEnd(Piece piece) {
    var unused =
        Stages.of(() -> piece.from().portion.moveToEnd(piece.documents()))
            .whenComplete(
                (result, failure) -> {
                  if (result != null && result.allWritten()) {
                    done(piece);
                  } else {
                    pauseAfter(piece.size()); // no room on disk: it stays where it is
                    pieces.holdUnmoved(piece);
                    wake();
                  }
                });
  }

  private void done(Piece piece) {
    pieces.done(piece);
    logIfCaughtUp();
    wake();
  }

  private void hold(Piece unsettled) {
    pieces.hold(unsettled);
    wake();
  }

  /** Pauses because no document of a portion could leave the spool. */
  private void pauseAfter(int documents) {
    wakeIn(pace.pauseAfter(documents, spool.state().documents()));
  }

  private void wakeIn(long nanos) {
    timer.schedule(this::wake, nanos);
  }
}
