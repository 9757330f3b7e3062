package dev.eventstream.es;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.es.bulk.FailureTable;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs which indices have documents that contradict their mapping, for each index at most once in
 * ten minutes. Quotes nothing of an event. Thread-safe.
 */
final class ShelterLog {
  private static final Logger LOG = LoggerFactory.getLogger(ElasticsearchSink.class);
  private static final long PAUSE_NANOS = Duration.ofMinutes(10).toNanos();
  private static final int MOST_INDICES = 1_000;

  @GuardedBy("told") private final Map<String, Long> told = new HashMap<>();

  void tell(DocumentBatch documents, SinkResult result) {
    DocumentBatch.Cursor cursor = documents.cursor();
    for (int i = 0; i < result.size(); i++) {
      if (result.get(i) instanceof ItemResult.Sheltered sheltered) {
        cursor.moveTo(i);
        String index = cursor.destination();
        if (isDue(index, System.nanoTime())) {
          LOG.warn(
              "Documents for {} contradict its mapping ({}). They are indexed with their type, value,"
                  + " ID and time; their other members are text in event.original, and the reason is"
                  + " in _mapping_failure",
              index,
              FailureTable.kind(sheltered.reason()));
        }
      }
    }
  }

  private boolean isDue(String index, long now) {
    synchronized (told) {
      Long last = told.get(index);
      if (last != null && now - last < PAUSE_NANOS) {
        return false;
      }
      if (told.size() >= MOST_INDICES) {
        told.values().removeIf(at -> now - at >= PAUSE_NANOS);
      }
      if (told.size() >= MOST_INDICES) {
        return false;
      }
      told.put(index, now);
      return true;
    }
  }
}
