package dev.eventstream;

import dev.eventstream.internal.delivery.Fate;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;

/** One redrive of dead letters, in batches. A letter is removed after its document has arrived. */
final class Redrive {
  private static final int BATCH = 500;
  private static final long BATCH_BYTES = 4 << 20;

  private final DeadLetters letters;
  private final Function<DocumentBatch, CompletableFuture<List<Fate>>> deliver;
  private final List<DeadLetter> batch = new ArrayList<>();
  private long batchBytes;
  private long tried;
  private long arrived;
  private long dead;
  private long notNow;

  Redrive(DeadLetters letters, Function<DocumentBatch, CompletableFuture<List<Fate>>> deliver) {
    this.letters = letters;
    this.deliver = deliver;
  }

  Redriven run(Predicate<? super DeadLetter> filter) throws IOException {
    IOException[] failure = new IOException[1];
    letters.forEach(
        filter,
        letter -> {
          if (failure[0] != null) {
            return;
          }
          batch.add(letter);
          batchBytes += letter.document().source().length;
          if (batch.size() == BATCH || batchBytes >= BATCH_BYTES) {
            try {
              deliverBatch();
            } catch (IOException e) {
              failure[0] = e;
            }
          }
        });
    if (failure[0] != null) {
      throw failure[0];
    }
    deliverBatch();
    return new Redriven(tried, arrived, dead, notNow);
  }

  private void deliverBatch() throws IOException {
    if (batch.isEmpty()) {
      return;
    }
    DocumentBatch documents =
        DocumentBatch.of(batch.stream().map(DeadLetter::document).toArray(Document[]::new));
    List<Fate> fates = deliver.apply(documents).join();
    List<DeadLetter> gone = new ArrayList<>();
    for (int i = 0; i < fates.size(); i++) {
      switch (fates.get(i).kind()) {
        case INDEXED, DUPLICATE, SPOOLED -> {
          arrived++;
          gone.add(batch.get(i));
        }
        case DEAD_LETTERED, REJECTED, DROPPED -> dead++; // keep the letter, it is the only copy
        case REFUSED -> notNow++;
      }
    }
    tried += fates.size();
    if (!gone.isEmpty()) {
      letters.remove(gone);
    }
    batch.clear();
    batchBytes = 0;
  }
}
