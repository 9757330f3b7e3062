package dev.eventstream;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The items of a publisher, requested a few at a time, so that few are in memory. The publisher's
 * thread does not wait. Thread-safe; one thread takes the items.
 */
final class Items implements Flow.Subscriber<ReadEvent>, PublishRun.Source, AutoCloseable {
  /** The most items that are requested and not taken. */
  private static final int WINDOW = 64;

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock") private final Deque<ReadEvent> items = new ArrayDeque<>();

  @GuardedBy("lock") private Flow.@Nullable Subscription subscription;

  @GuardedBy("lock") private boolean ended;

  @GuardedBy("lock") private @Nullable Throwable failure;

  private int taken; // since the last request; of the taking thread
  private volatile Runnable onReady = () -> {};

  @Override
  public void onSubscribe(Flow.Subscription newSubscription) {
    lock.lock();
    try {
      if (subscription != null || ended) {
        newSubscription.cancel();
        return;
      }
      subscription = newSubscription;
    } finally {
      lock.unlock();
    }
    newSubscription.request(WINDOW);
  }

  @Override
  public void onNext(ReadEvent item) {
    requireNonNull(item, "item");
    lock.lock();
    try {
      if (ended) {
        return;
      }
      if (items.size() >= WINDOW) {
        end(new IllegalStateException("the publisher sent more items than were requested"));
      } else {
        items.add(item);
      }
    } finally {
      lock.unlock();
    }
    onReady.run();
  }

  @Override
  public void onError(Throwable cause) {
    lock.lock();
    try {
      end(requireNonNull(cause, "cause"));
    } finally {
      lock.unlock();
    }
    onReady.run();
  }

  @Override
  public void onComplete() {
    lock.lock();
    try {
      end(null);
    } finally {
      lock.unlock();
    }
    onReady.run();
  }

  @GuardedBy("lock") private void end(@Nullable Throwable cause) {
    if (!ended) {
      ended = true;
      failure = cause;
    }
  }

  @Override
  public void whenReady(Runnable task) {
    onReady = task;
  }

  @Override
  public boolean isReady() {
    lock.lock();
    try {
      return ended || !items.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public @Nullable ReadEvent next() {
    Flow.Subscription more = null;
    ReadEvent item;
    lock.lock();
    try {
      item = items.poll();
      if (item == null && failure != null) {
        throw new CompletionException("the publisher of events failed: " + failure, failure);
      }
      if (++taken == WINDOW / 2) {
        taken = 0;
        more = subscription;
      }
    } finally {
      lock.unlock();
    }
    if (more != null) {
      more.request(WINDOW / 2);
    }
    return item;
  }

  /** Cancels the subscription. */
  @Override
  public void close() {
    Flow.Subscription open;
    lock.lock();
    try {
      ended = true;
      open = subscription;
      items.clear();
    } finally {
      lock.unlock();
    }
    if (open != null) {
      open.cancel();
    }
  }
}
