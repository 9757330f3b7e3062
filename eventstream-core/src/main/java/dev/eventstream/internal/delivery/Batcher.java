package dev.eventstream.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.internal.delivery.Bulk.Span;
import dev.eventstream.internal.delivery.ConcurrencyLimit.Permit;
import dev.eventstream.internal.delivery.ConcurrencyLimit.Use;
import dev.eventstream.spi.DocumentBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Combines the documents of many publications into bulks. A bulk is sent when it is full by count
 * or bytes, when its first document has waited for the linger time, or immediately if nothing is in
 * flight. An idle cluster therefore adds no delay, and a busy one receives full bulks.
 *
 * <p>A publication is split only if it is larger than a bulk. Thread-safe.
 */
public final class Batcher {
  private final int maxDocuments;
  private final long maxBytes;
  private final long lingerNanos;
  private final Delivery delivery;
  private final Timer timer;

  private final Object lock = new Object();

  @GuardedBy("lock") private final ArrayDeque<Publication> queue = new ArrayDeque<>();

  @GuardedBy("lock") private int taken; // documents of the first publication that were sent already

  @GuardedBy("lock") private long queuedDocuments;

  @GuardedBy("lock") private long queuedBytes;

  @GuardedBy("lock") private boolean lingering; // whether a timed task is scheduled

  @GuardedBy("lock") private boolean flushing;

  private volatile boolean apartWasLast; // alternates, so that both make progress with few permits

  public Batcher(
      int maxDocuments, long maxBytes, long lingerNanos, Delivery delivery, Timer timer) {
    this.maxDocuments = maxDocuments;
    this.maxBytes = maxBytes;
    this.lingerNanos = lingerNanos;
    this.delivery = delivery;
    this.timer = timer;
    delivery.roomForLive().subscribe(this::drain);
  }

  public void submit(Publication publication) {
    synchronized (lock) {
      queue.add(publication);
      queuedDocuments += publication.size();
      queuedBytes += publication.documents().byteSize();
    }
    drain();
  }

  /** Returns the number of documents that wait for their first bulk. */
  long queuedDocuments() {
    synchronized (lock) {
      return queuedDocuments;
    }
  }

  /** Sends everything without lingering from now on. */
  public void flush() {
    synchronized (lock) {
      flushing = true;
    }
    drain();
  }

  /** Sends bulks while some are due and delivery has room. */
  void drain() {
    Delivery.Ready ready = next();
    while (ready != null) {
      delivery.send(ready);
      ready = next();
    }
  }

  private Delivery.@Nullable Ready next() {
    Delivery.Ready retry = delivery.takeRetry();
    if (retry != null) {
      return retry;
    }
    boolean apartFirst = !apartWasLast;
    apartWasLast = false;
    Delivery.Ready next = apartFirst ? delivery.takeApart() : nextOfQueue();
    if (next == null) {
      next = apartFirst ? nextOfQueue() : delivery.takeApart();
    }
    if (next != null && next.permit().use() == Use.APART) {
      apartWasLast = true;
    }
    return next;
  }

  private Delivery.@Nullable Ready nextOfQueue() {
    List<Span> spans;
    Permit permit;
    synchronized (lock) {
      dropSettled();
      if (queue.isEmpty() || !due()) {
        return null;
      }
      permit = delivery.tryAcquire(Use.LIVE);
      if (permit == null) {
        return null;
      }
      spans = take();
    }
    return new Delivery.Ready(Bulk.first(spans), permit); // outside the lock, because it copies
  }

  /** Removes publications that were settled while queued, for example by their deadline. */
  @GuardedBy("this.lock") private void dropSettled() {
    while (!queue.isEmpty() && queue.element().done().isDone()) {
      Publication settled = queue.remove();
      DocumentBatch rest = settled.documents().slice(taken, settled.size());
      queuedDocuments -= rest.size();
      queuedBytes -= rest.byteSize();
      taken = 0;
    }
  }

  @GuardedBy("this.lock") private boolean due() {
    if (flushing
        || delivery.isIdle()
        || queuedDocuments >= maxDocuments
        || queuedBytes >= maxBytes) {
      return true;
    }
    long left = queue.element().acceptedAt() + lingerNanos - timer.nanoTime();
    if (left <= 0) {
      return true;
    }
    if (!lingering) {
      lingering = true;
      timer.schedule(this::lingered, left);
    }
    return false;
  }

  private void lingered() {
    synchronized (lock) {
      lingering = false;
    }
    drain();
  }

  @GuardedBy("this.lock") private List<Span> take() {
    List<Span> spans = new ArrayList<>();
    int documents = 0;
    long bytes = 0;
    while (!queue.isEmpty()) {
      Publication publication = queue.element();
      int first = taken;
      DocumentBatch rest = publication.documents().slice(first, publication.size());
      int count = rest.size();
      if (documents + count > maxDocuments || bytes + rest.byteSize() > maxBytes) {
        if (documents > 0) {
          break;
        }
        count = fitting(rest);
      }
      int countBytes = rest.slice(0, count).byteSize();
      spans.add(new Span(publication, first, count));
      documents += count;
      bytes += countBytes;
      queuedDocuments -= count;
      queuedBytes -= countBytes;
      if (count < rest.size()) {
        taken = first + count;
        break;
      }
      taken = 0;
      queue.remove();
    }
    return spans;
  }

  /**
   * Returns how many of the first documents fit into a bulk: at least one, regardless of its size.
   */
  private int fitting(DocumentBatch documents) {
    int withinBytes = documents.endWithin(0, (int) maxBytes);
    return Math.max(1, Math.min(withinBytes, maxDocuments));
  }
}
