package dev.eventstream.internal.delivery;

import dev.eventstream.spi.Document;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Documents of the spool that failed alone in their requests while the cluster took others. They
 * are sent alone from then on, so that whatever is wrong with them does not reach others, and with
 * growing pauses. Known for the life of the process, and bounded: what is forgotten is found again
 * by dividing. Thread-safe.
 */
final class Suspects {
  private static final int MAX = 4_096;
  private static final long FIRST_PAUSE = TimeUnit.SECONDS.toNanos(15);
  private static final long LONGEST_PAUSE = TimeUnit.MINUTES.toNanos(10);

  /**
   * What is known of one.
   *
   * @param failures how often it failed
   * @param since when it failed first, in nanoseconds of the timer
   * @param notBefore when it may be sent again
   * @param reason why it failed last
   */
  record Suspect(int failures, long since, long notBefore, String reason) {
    boolean isDue(long now) {
      return now - notBefore >= 0;
    }
  }

  private final Timer timer;
  private final Map<String, Suspect> suspects = // guarded by this
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

  /** It has left the spool. */
  synchronized void left(String destination, String id) {
    suspects.remove(key(destination, id));
    none = suspects.isEmpty();
  }

  /** A destination is well again: its documents may have failed for its sake, and are due now. */
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
