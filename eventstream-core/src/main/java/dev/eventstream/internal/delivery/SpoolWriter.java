package dev.eventstream.internal.delivery;

import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Refusal;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spi.Spool;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Writes documents that cannot go to the cluster now to the spool. Thread-safe. */
final class SpoolWriter {
  private static final Duration RETRY_AFTER_FULL = Duration.ofSeconds(10);

  private final Spool spool;
  private final Deadlines deadlines;
  private final Timer timer;
  private final StreamListener listener;

  /**
   * Creates a writer.
   *
   * @param deadlines limits how long documents wait for the spool
   */
  SpoolWriter(Spool spool, Deadlines deadlines, Environment environment) {
    this.spool = spool;
    this.deadlines = deadlines;
    this.timer = environment.timer();
    this.listener = environment.listener();
  }

  /**
   * Spools all unsettled documents. They are settled when the spool has fsynced them or has failed.
   */
  void accept(Publication publication, int first, int count) {
    write(publication, publication.takeOpen(first, count));
  }

  private void write(Publication publication, int[] positions) {
    if (positions.length == 0) {
      return;
    }
    deadlines.add(publication);
    DocumentBatch all = publication.documents();
    DocumentBatch documents = positions.length == all.size() ? all : all.select(positions);
    int bytes = documents.byteSize();
    long startedAt = timer.nanoTime();
    var unused =
        Stages.of(() -> spool.write(documents))
            .whenComplete(
                (result, failure) -> {
                  if (result != null && result.allWritten()) {
                    listener.spooled(
                        documents.size(),
                        bytes,
                        timer.nanoTime() - startedAt,
                        publication.origin());
                  }
                  settle(publication, positions, result, failure);
                });
  }

  private static void settle(
      Publication publication,
      int[] positions,
      @Nullable SinkResult result,
      @Nullable Throwable failure) {
    if (result != null && result.allWritten() && positions.length == publication.size()) {
      publication.settleAllOpen(Fate.SPOOLED);
      return;
    }
    for (int i = 0; i < positions.length; i++) {
      publication.settle(
          positions[i],
          result == null ? refused("the spool failed: " + failure) : fate(result.get(i)));
    }
  }

  private static Fate fate(ItemResult item) {
    if (item instanceof ItemResult.Failed failed) {
      return refused(failed.reason());
    }
    return Fate.SPOOLED;
  }

  private static Fate refused(String reason) {
    return new Fate.Refused(Refusal.SPOOL, reason, RETRY_AFTER_FULL);
  }
}
