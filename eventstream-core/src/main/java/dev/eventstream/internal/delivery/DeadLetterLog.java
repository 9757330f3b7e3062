package dev.eventstream.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.spi.DeadLetter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs that documents became dead letters: immediately for a new index or kind of reason, and then
 * once a minute with their number. Quotes nothing of an event. Thread-safe.
 */
final class DeadLetterLog {
  private static final Logger LOG = LoggerFactory.getLogger(DeadLetterLog.class);
  private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int MOST_KINDS = 100;

  /** What is logged together; beyond the limit, everything else is. */
  private record Kind(String destination, String reason) {
    private static final Kind OTHERS = new Kind("other indices", "for other reasons");
  }

  private final Timer timer;
  private final Consumer<String> log;

  /** The letters since the last line. */
  @GuardedBy("this") private final Map<Kind, Integer> unlogged = new HashMap<>();

  DeadLetterLog(Timer timer) {
    this(timer, LOG::warn);
  }

  DeadLetterLog(Timer timer, Consumer<String> log) {
    this.timer = timer;
    this.log = log;
  }

  void added(List<DeadLetter> letters) {
    for (DeadLetter letter : letters) {
      added(new Kind(letter.document().destination(), kindOf(letter.reason())));
    }
  }

  private void added(Kind given) {
    Kind kind = given;
    synchronized (this) {
      if (!unlogged.containsKey(kind) && unlogged.size() >= MOST_KINDS) {
        kind = Kind.OTHERS;
      }
      if (unlogged.computeIfPresent(kind, (same, count) -> count + 1) != null) {
        return;
      }
      unlogged.put(kind, 0);
    }
    log(kind, 1);
    schedule(kind);
  }

  private void schedule(Kind kind) {
    timer.schedule(() -> logRest(kind), PAUSE_NANOS);
  }

  private void logRest(Kind kind) {
    int more;
    synchronized (this) {
      more = unlogged.getOrDefault(kind, 0);
      if (more == 0) {
        unlogged.remove(kind);
        return;
      }
      unlogged.put(kind, 0);
    }
    log(kind, more);
    schedule(kind);
  }

  private void log(Kind kind, int count) {
    boolean isOne = count == 1;
    log.accept(
        (isOne ? "A document" : count + " more documents")
            + " for "
            + kind.destination
            + (isOne ? " became a dead letter: " : " became dead letters: ")
            + kind.reason
            + (isOne ? ". It is kept with its reason" : ". They are kept with their reasons")
            + "; see \"dead-letters --help\", or"
            + " EventStream.deadLetters()");
  }

  /** The kind of the error comes first; what follows may quote the document. */
  private static String kindOf(String reason) {
    int end = reason.indexOf(": ");
    return end < 0 ? reason : reason.substring(0, end);
  }
}
