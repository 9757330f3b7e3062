package dev.eventstream.es.reindex;

import dev.eventstream.es.reindex.HitPage.Hit;
import dev.eventstream.es.reindex.ReindexReport.Failure;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.DocumentBatchBuilder;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Writes documents with bulk requests, a few at a time, until each of them is in its target or
 * certainly never will be. Documents that the cluster cannot take now are sent again; one that
 * fails because of itself is separated from the others of its request.
 *
 * <p>Used by one thread. Each request in flight has a thread of its own, which waits for it; {@link
 * #close()} ends them.
 */
final class BulkCopier implements AutoCloseable {
  static final int BULK_DOCUMENTS = 1_000;
  private static final int BULK_BYTES = 2 << 20;
  private static final int IN_FLIGHT = 3;

  /** Attempts for a document that fails alone while the cluster answers. */
  private static final int ATTEMPTS_ALONE = 5;

  /** An operator has to act, and the copy can be continued: waiting longer is of no use. */
  private static final Duration LONGEST_BLOCKED = Duration.ofMinutes(1);

  private final EventSink sink;
  private final Duration maxWait;
  private final int perSecond; // 0: no limit
  private final RejectedDocuments rejected;
  private final Consumer<String> onWaiting;
  private final ExecutorService threads;
  private final Semaphore permits = new Semaphore(IN_FLIGHT);
  private final List<Future<?>> inFlight = new ArrayList<>();
  private DocumentBatchBuilder batch = new DocumentBatchBuilder(1 << 16, 256);
  private long nextAt = System.nanoTime(); // when the rate permits the next request

  /** Documents that are sent together, and what they have waited so far. */
  private record Bulk(DocumentBatch documents, Patience patience) {}

  /**
   * Creates a copier.
   *
   * @param perSecond documents per second; 0: no limit
   * @param onWaiting is told why documents wait; called by several threads
   */
  BulkCopier(
      EventSink sink,
      Duration maxWait,
      int perSecond,
      RejectedDocuments rejected,
      Consumer<String> onWaiting) {
    this.sink = sink;
    this.maxWait = maxWait;
    this.perSecond = perSecond;
    this.rejected = rejected;
    this.onWaiting = onWaiting;
    this.threads =
        Executors.newFixedThreadPool(
            IN_FLIGHT, task -> new Thread(task, "eventstream-reindex-bulk"));
  }

  /**
   * Adds a document; its request is sent with later ones.
   *
   * @param source the index that was read; the same until {@link #drain}
   * @throws IOException if documents of an earlier request could not be written for too long
   */
  void add(String source, Hit hit, String target, ReindexTally tally)
      throws IOException, InterruptedException {
    batch.begin();
    batch.putText(target);
    batch.endDestination();
    batch.putText(hit.id());
    batch.endId();
    batch.endEventId(null);
    batch.putOnOneLine(hit.answer(), hit.start(), hit.length());
    batch.end();
    int most = perSecond == 0 ? BULK_DOCUMENTS : Math.min(perSecond, BULK_DOCUMENTS);
    if (batch.size() >= most || batch.byteSize() >= BULK_BYTES) {
      send(source, tally);
    }
  }

  /**
   * Waits until all documents are in their targets or have failed for good.
   *
   * @throws IOException if documents could not be written for too long
   */
  void drain(String source, ReindexTally tally) throws IOException, InterruptedException {
    if (batch.size() > 0) {
      send(source, tally);
    }
    for (Future<?> flight : inFlight) {
      await(flight);
    }
    inFlight.clear();
  }

  private void send(String source, ReindexTally tally) throws IOException, InterruptedException {
    DocumentBatch documents = batch.build();
    batch = new DocumentBatchBuilder(documents.byteSize(), documents.size());
    throttle(documents.size());
    permits.acquire();
    for (Iterator<Future<?>> flights = inFlight.iterator(); flights.hasNext(); ) {
      Future<?> flight = flights.next();
      if (flight.isDone()) {
        flights.remove();
        await(flight);
      }
    }
    inFlight.add(
        threads.submit(
            () -> {
              try {
                deliver(source, documents, tally);
              } finally {
                permits.release();
              }
              return null;
            }));
  }

  private void throttle(int documents) throws InterruptedException {
    if (perSecond > 0) {
      long now = System.nanoTime();
      TimeUnit.NANOSECONDS.sleep(Math.max(0, nextAt - now));
      nextAt = Math.max(nextAt, now) + TimeUnit.SECONDS.toNanos(documents) / perSecond;
    }
  }

  private static void await(Future<?> flight) throws IOException, InterruptedException {
    try {
      flight.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private void deliver(String source, DocumentBatch documents, ReindexTally tally)
      throws IOException, InterruptedException {
    Deque<Bulk> open = new ArrayDeque<>();
    open.add(new Bulk(documents, new Patience(maxWait)));
    while (!open.isEmpty()) {
      Bulk bulk = open.remove();
      if (bulk.patience.attempts() > 0) {
        bulk.patience.await();
      }
      settle(source, bulk, write(bulk.documents), tally, open);
    }
  }

  private SinkResult write(DocumentBatch documents) throws InterruptedException {
    try {
      return sink.write(documents).toCompletableFuture().get();
    } catch (ExecutionException e) {
      String reason = String.valueOf(e.getCause());
      return SinkResult.all(documents.size(), new ItemResult.Failed(FailureClass.RETRY, reason));
    }
  }

  /** Counts what is settled, and adds the rest to the open bulks: halves first, others last. */
  private void settle(
      String source, Bulk bulk, SinkResult result, ReindexTally tally, Deque<Bulk> open)
      throws IOException, InterruptedException {
    boolean alone = bulk.documents.size() == 1;
    IntStream.Builder halved = IntStream.builder();
    IntStream.Builder again = IntStream.builder();
    ItemResult.Failed wait = null;
    for (int i = 0; i < result.size(); i++) {
      ItemResult item = result.get(i);
      switch (item.kind()) {
        case WRITTEN, SHELTERED, DUPLICATE -> tally.settled(target(bulk, i), item.kind());
        case DROPPED -> reject(source, bulk, i, "a pipeline of the target drops it", tally);
        case FAILED -> {
          ItemResult.Failed failed = (ItemResult.Failed) item;
          switch (failed.failureClass()) {
            case NEVER -> reject(source, bulk, i, failed.reason(), tally);
            case TOO_LARGE -> {
              if (alone) {
                reject(source, bulk, i, failed.reason(), tally);
              } else {
                halved.add(i);
              }
            }
            case UNCLEAR -> {
              if (!alone) {
                halved.add(i);
              } else if (bulk.patience.attempts() + 1 >= ATTEMPTS_ALONE && clusterAnswers()) {
                reject(source, bulk, i, failed.reason(), tally);
              } else {
                again.add(i);
                wait = failed;
              }
            }
            case RETRY, UNAVAILABLE, BLOCKED -> {
              again.add(i);
              wait = failed;
            }
          }
        }
      }
    }
    int[] apart = halved.build().toArray();
    if (apart.length > 0) {
      DocumentBatch documents = bulk.documents.select(apart);
      int middle = apart.length / 2;
      if (middle > 0) {
        open.addFirst(new Bulk(documents.slice(0, middle), new Patience(maxWait)));
      }
      open.addFirst(new Bulk(documents.slice(middle, apart.length), new Patience(maxWait)));
    }
    if (wait != null) {
      waitFor(wait, bulk.patience);
      open.addLast(new Bulk(bulk.documents.select(again.build().toArray()), bulk.patience));
    }
  }

  private void waitFor(ItemResult.Failed failed, Patience patience) throws IOException {
    Duration limit =
        failed.failureClass() == FailureClass.BLOCKED && LONGEST_BLOCKED.compareTo(maxWait) < 0
            ? LONGEST_BLOCKED
            : maxWait;
    if (!patience.failed(limit)) {
      throw new IOException(
          "the cluster did not accept documents for "
              + limit.toSeconds()
              + " s; the same copy continues when it is run again. "
              + failed.reason());
    }
    onWaiting.accept(failed.reason());
  }

  private boolean clusterAnswers() throws InterruptedException {
    try {
      sink.check().toCompletableFuture().get();
      return true;
    } catch (ExecutionException e) {
      return false;
    }
  }

  private void reject(String source, Bulk bulk, int at, String reason, ReindexTally tally)
      throws IOException {
    DocumentBatch.Cursor document = bulk.documents.cursor();
    document.moveTo(at);
    String id = document.id();
    rejected.add(
        source, id, reason, document.buffer(), document.sourceStart(), document.sourceEnd());
    tally.failed(new Failure(source, id, reason));
  }

  private static String target(Bulk bulk, int at) {
    DocumentBatch.Cursor document = bulk.documents.cursor();
    document.moveTo(at);
    return document.destination();
  }

  /** Interrupts the requests and waits for their threads. */
  @Override
  public void close() {
    threads.shutdownNow();
    boolean interrupted = false;
    while (true) {
      try {
        if (threads.awaitTermination(1, TimeUnit.MINUTES)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
