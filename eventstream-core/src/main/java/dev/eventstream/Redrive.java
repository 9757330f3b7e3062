package dev.eventstream;

import dev.eventstream.internal.delivery.Fate;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
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
  private final long limit;
  private final Predicate<Redriven> goOn;
  private final List<DeadLetter> batch = new ArrayList<>();
  private long batchBytes;
  private long tried;
  private long arrived;
  private long dead;
  private long notNow;

  /** Leaves the list of letters before its end. */
  private static final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Stop() {
      super(null, null, false, false);
    }
  }

  Redrive(
      DeadLetters letters,
      Function<DocumentBatch, CompletableFuture<List<Fate>>> deliver,
      long limit,
      Predicate<Redriven> goOn) {
    this.letters = letters;
    this.deliver = deliver;
    this.limit = limit;
    this.goOn = goOn;
  }

  Redriven run(Predicate<? super DeadLetter> filter) throws IOException {
    try {
      letters.forEach(filter, this::add);
      deliverBatch();
    } catch (Stop e) {
      return soFar();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return soFar();
  }

  private void add(DeadLetter letter) {
    batch.add(letter);
    batchBytes += letter.document().source().length;
    boolean last = tried + batch.size() == limit;
    if (last || batch.size() == BATCH || batchBytes >= BATCH_BYTES) {
      try {
        deliverBatch();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    if (last) {
      throw new Stop();
    }
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
    if (!goOn.test(soFar())) {
      throw new Stop();
    }
  }

  private Redriven soFar() {
    return new Redriven(tried, arrived, dead, notNow);
  }
}
