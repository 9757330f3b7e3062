package dev.eventstream.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.spi.Document;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Spooled documents that failed alone in their requests while the cluster accepted others. They are
 * sent alone from then on, so that their fault does not affect others, and with growing pauses.
 * Kept in memory and bounded: a suspect that is forgotten is found again by halving. Thread-safe.
 */
final class Suspects {
  private static final int MAX = 4_096;
  private static final long FIRST_PAUSE = TimeUnit.SECONDS.toNanos(15);
  private static final long LONGEST_PAUSE = TimeUnit.MINUTES.toNanos(10);

  /**
   * What is known about a suspect.
   *
   * @param failures the number of failures
   * @param since the time of the first failure, in nanoseconds of the timer
   * @param notBefore when it may be sent again
   * @param reason the reason of the last failure
   */
  record Suspect(int failures, long since, long notBefore, String reason) {
    boolean isDue(long now) {
      return now - notBefore >= 0;
    }
  }

  private final Timer timer;

  @GuardedBy("this") private final Map<String, Suspect> suspects =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Suspect> eldest) {
          return size() > MAX;
        }
      };

  private volatile boolean none = true;

  Suspects(Timer timer) {
    this.timer = timer;
  }

  boolean none() {
    return none;
  }

  synchronized void failed(String destination, String id, String reason) {
    long now = timer.nanoTime();
    Suspect before = suspects.remove(key(destination, id));
    int failures = before == null ? 1 : before.failures + 1;
    long pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE << Math.min(20, failures - 1));
    long since = before == null ? now : before.since;
    suspects.put(key(destination, id), new Suspect(failures, since, now + pause, reason));
    none = false;
  }

  synchronized @Nullable Suspect get(String destination, String id) {
    return suspects.get(key(destination, id));
  }

  void left(Document document) {
    left(document.destination(), document.id());
  }

  /** Records that a document has left the spool. */
  synchronized void left(String destination, String id) {
    suspects.remove(key(destination, id));
    none = suspects.isEmpty();
  }

  /**
   * Records that a destination has recovered. It may have caused the failures of its documents, so
   * these are due now.
   */
  synchronized void retry(String destination) {
    long now = timer.nanoTime();
    suspects.replaceAll(
        (key, suspect) ->
            key.startsWith(destination + '\n')
                ? new Suspect(suspect.failures, suspect.since, now, suspect.reason)
                : suspect);
  }

  private static String key(String destination, String id) {
    return destination + '\n' + id;
  }
}
