package dev.eventstream.es.connect;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.core5.concurrent.DefaultThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Resolves host names with a short time limit. The system's lookup may block for 20 s and cannot be
 * interrupted, while the threads that connect have other work to do: a caller's thread, the timer
 * thread, the I/O thread. Therefore each name has its own lookup thread, and a caller waits for it
 * only briefly. After that the addresses of the last successful lookup are used; without one the
 * host is unknown, which is retried. Thread-safe.
 *
 * <p>The JVM decides how long answers are cached ({@code networkaddress.cache.ttl}).
 */
final class NodeAddresses implements DnsResolver, AutoCloseable {
  /** Long enough for a working name server. */
  private static final Duration MAX_WAIT = Duration.ofMillis(200);

  /** The system's lookup. */
  @FunctionalInterface
  interface Lookup {
    InetAddress[] addresses(String name) throws UnknownHostException;
  }

  private final Lookup lookup;
  private final Duration maxWait;
  private final Map<String, Name> names = new ConcurrentHashMap<>();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE, // bounded by the number of names
          10,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          new DefaultThreadFactory("eventstream-es-names", true));

  NodeAddresses() {
    this(InetAddress::getAllByName, MAX_WAIT);
  }

  NodeAddresses(Lookup lookup, Duration maxWait) {
    this.lookup = lookup;
    this.maxWait = maxWait;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    return names.computeIfAbsent(host, Name::new).addresses();
  }

  /** Used by authentication schemes that the sink does not support. */
  @Override
  public String resolveCanonicalHostname(String host) {
    return host;
  }

  /** Forgets all names except these. A forgotten name is looked up again when it is asked for. */
  void retain(Set<String> hosts) {
    names.keySet().retainAll(hosts);
  }

  /** Returns the names that are kept. */
  Set<String> names() {
    return Set.copyOf(names.keySet());
  }

  /**
   * Stops the lookup threads. A thread that is blocked in the system's lookup cannot be stopped.
   */
  @Override
  public void close() {
    threads.shutdownNow();
    try {
      var unused = threads.awaitTermination(maxWait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Name {
    private final String name;

    @GuardedBy("this") private @Nullable Future<InetAddress[]> pending;

    @GuardedBy("this") private long began;

    /** The addresses of the last successful lookup. */
    @GuardedBy("this") private InetAddress @Nullable [] last;

    Name(String name) {
      this.name = name;
    }

    InetAddress[] addresses() throws UnknownHostException {
      Future<InetAddress[]> lookup;
      long remaining;
      synchronized (this) {
        lookup = pending;
        if (lookup == null || lookup.isDone()) {
          lookup = start();
          pending = lookup;
          began = System.nanoTime();
        }
        remaining = Math.max(0, maxWait.toNanos() - (System.nanoTime() - began));
      }
      try {
        InetAddress[] found = lookup.get(remaining, TimeUnit.NANOSECONDS);
        synchronized (this) {
          last = found;
        }
        return found;
      } catch (TimeoutException e) {
        return lastAddresses();
      } catch (ExecutionException e) {
        throw unknown(String.valueOf(e.getCause()), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw unknown("interrupted", e);
      }
    }

    private Future<InetAddress[]> start() throws UnknownHostException {
      try {
        return threads.submit(() -> NodeAddresses.this.lookup.addresses(name));
      } catch (RejectedExecutionException e) {
        throw unknown("the sink is closed", e);
      }
    }

    private synchronized InetAddress[] lastAddresses() throws UnknownHostException {
      if (last == null) {
        throw unknown("no name server has answered yet", null);
      }
      return last;
    }

    private UnknownHostException unknown(String reason, @Nullable Throwable cause) {
      UnknownHostException unknown = new UnknownHostException(name + ": " + reason);
      unknown.initCause(cause);
      return unknown;
    }
  }
}
