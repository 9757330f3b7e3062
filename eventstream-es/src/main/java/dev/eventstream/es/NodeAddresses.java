package dev.eventstream.es;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
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
 * Finds the addresses of nodes, without letting a silent name server hold anybody up. The system's
 * lookup may take 20 s and cannot be interrupted, and those who connect are threads on which other
 * events wait: a caller's, the timer's, the one that receives. So lookups have threads of their
 * own, one a name, and who asks waits for a moment only: then the addresses of the last time count,
 * or else the node counts as not found, which is tried again. Thread-safe.
 *
 * <p>How long an answer is believed is the JVM's business ({@code networkaddress.cache.ttl}).
 */
final class NodeAddresses implements DnsResolver, AutoCloseable {
  /** Enough for a name server that works, little for those who wait behind one that does not. */
  private static final Duration PATIENCE = Duration.ofMillis(200);

  /** Asks the system. */
  @FunctionalInterface
  interface Lookup {
    InetAddress[] addresses(String name) throws UnknownHostException;
  }

  private final Lookup lookup;
  private final Duration patience;
  private final Map<String, Name> names = new ConcurrentHashMap<>();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE, // as many as there are names
          10,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          new DefaultThreadFactory("eventstream-es-names", true));

  NodeAddresses() {
    this(InetAddress::getAllByName, PATIENCE);
  }

  NodeAddresses(Lookup lookup, Duration patience) {
    this.lookup = lookup;
    this.patience = patience;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    return names.computeIfAbsent(host, Name::new).addresses();
  }

  /** Wanted by methods of authentication that the sink does not have. */
  @Override
  public String resolveCanonicalHostname(String host) {
    return host;
  }

  /**
   * Ends its threads, but for one whose lookup does not come back in time: nothing can end that.
   */
  @Override
  public void close() {
    threads.shutdownNow();
    try {
      var unused = threads.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Name {
    private final String name;
    // guarded by this
    private @Nullable Future<InetAddress[]> pending;
    private long began;
    private InetAddress @Nullable [] last;

    Name(String name) {
      this.name = name;
    }

    InetAddress[] addresses() throws UnknownHostException {
      Future<InetAddress[]> asked;
      long rest;
      synchronized (this) {
        asked = pending;
        if (asked == null || asked.isDone()) {
          asked = ask();
          pending = asked;
          began = System.nanoTime();
        }
        rest = Math.max(0, patience.toNanos() - (System.nanoTime() - began));
      }
      try {
        InetAddress[] found = asked.get(rest, TimeUnit.NANOSECONDS);
        synchronized (this) {
          last = found;
        }
        return found;
      } catch (TimeoutException e) {
        return ofTheLastTime();
      } catch (ExecutionException e) {
        throw unknown(String.valueOf(e.getCause()), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw unknown("interrupted", e);
      }
    }

    private Future<InetAddress[]> ask() throws UnknownHostException {
      try {
        return threads.submit(() -> lookup.addresses(name));
      } catch (RejectedExecutionException e) {
        throw unknown("the sink is closed", e);
      }
    }

    private synchronized InetAddress[] ofTheLastTime() throws UnknownHostException {
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
