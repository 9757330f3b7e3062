package dev.eventstream.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP/1.1 proxy between a client under test and an engine, which injects faults. It listens on
 * 127.0.0.1 only.
 *
 * <pre>{@code
 * try (RealEngine engine = RealEngine.start("opensearch");
 *     FaultProxy proxy = FaultProxy.start(engine.url())) {
 *   proxy.injectNext(Fault.resetAnswer().on("_bulk"));
 *   // a client of proxy.url() does not learn that its first bulk was executed
 * }
 * }</pre>
 *
 * <p>At most one fault applies to a request: the first of those {@linkplain #injectNext injected
 * for the next requests}, or else the latest of those {@linkplain #inject injected for all} that
 * matches it. The fault is chosen when the head of the request has arrived; a fault in progress is
 * not cancelled.
 *
 * <p>Without faults, all bytes are passed unchanged. Each connection of a client has a separate
 * connection to the engine, which is opened with the first request that is sent there. If the
 * engine closes or resets its connection, the client's is closed or reset; if the engine cannot be
 * reached, the client's is reset. The proxy supports neither TLS nor protocol upgrades. It accepts
 * 500 concurrent connections and resets the others.
 *
 * <p>Thread-safe. Methods that start or stop listening exclude each other; the others do not block.
 */
public final class FaultProxy implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(FaultProxy.class);

  /** Maximum number of connections; further ones are reset. */
  static final int MOST_CONNECTIONS = 500;

  private final InetSocketAddress target;
  private final InetSocketAddress address;
  private final String threadName;

  private final AtomicLong accepted = new AtomicLong();
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong faults = new AtomicLong();

  /**
   * The connections and their threads. Ended ones are removed when another connection is accepted.
   */
  private final Map<ProxiedConnection, Thread> connections = new ConcurrentHashMap<>();

  /**
   * Faults for the next requests, in the order of injection. Also the lock for {@link #standing}.
   */
  private final Deque<Rule> next = new ArrayDeque<>();

  /** Faults for all requests, the latest first. */
  private final Deque<Rule> standing = new ArrayDeque<>();

  /** Null while connections are refused. Guarded by this object's monitor. */
  private @Nullable Listener listener;

  /** Guarded by this object's monitor. */
  private boolean closed;

  /** An injected fault. */
  private static final class Rule {
    final Fault fault;
    final double rate;
    final SplittableRandom random;

    /** The remaining number of requests, for faults of the next requests. */
    int left;

    Rule(Fault fault, double rate, long seed, int left) {
      this.fault = fault;
      this.rate = rate;
      this.random = new SplittableRandom(seed);
      this.left = left;
    }

    /** Makes a random choice for each matching request, even if another fault applies to it. */
    boolean meets(String requestLine) {
      return fault.isFor(requestLine) && random.nextDouble() < rate;
    }
  }

  private FaultProxy(InetSocketAddress target, int port) throws IOException {
    this.target = target;
    this.address = new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
    this.threadName = "eventstream-proxy-" + port;
    this.listener = new Listener();
  }

  /**
   * Starts a proxy on a free port, without any fault.
   *
   * @param target where requests are sent, such as {@code http://127.0.0.1:9200}; no server needs
   *     to listen there yet
   * @throws IllegalArgumentException if the target is not the root of a server for plain HTTP
   * @throws UncheckedIOException if the proxy cannot listen
   */
  public static FaultProxy start(URI target) {
    boolean root = target.getPath() == null || target.getPath().matches("/?");
    if (!"http".equals(target.getScheme()) || target.getHost() == null || !root) {
      throw new IllegalArgumentException("Not of the form http://host:port: " + target);
    }
    int port = target.getPort() < 0 ? 80 : target.getPort();
    try {
      return new FaultProxy(new InetSocketAddress(target.getHost(), port), LoopbackPort.next());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns the root URL of the proxy, such as {@code http://127.0.0.1:15200}. It is unchanged
   * after connections were refused.
   */
  public URI url() {
    return URI.create("http://127.0.0.1:" + address.getPort());
  }

  /** Injects a fault for all requests that no later fault applies to. */
  public void inject(Fault fault) {
    inject(fault, 1, 0);
  }

  /**
   * Injects a fault for a share of the requests. The selection depends only on the seed and the
   * order of requests, not on other faults.
   *
   * @param rate the share of requests, from 0 to 1
   * @param seed the seed of the random choices
   * @throws IllegalArgumentException if the rate is less than 0 or more than 1
   */
  public void inject(Fault fault, double rate, long seed) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new IllegalArgumentException("Not from 0 to 1: " + rate);
    }
    synchronized (next) {
      standing.addFirst(new Rule(fault, rate, seed, 0));
    }
  }

  /**
   * Injects a fault for the next request, or the next one that {@linkplain Fault#on matches}. It
   * follows the faults injected in this way before.
   */
  public void injectNext(Fault fault) {
    injectNext(fault, 1);
  }

  /**
   * Injects a fault for the next requests, or the next ones that {@linkplain Fault#on match}. It
   * follows the faults injected in this way before.
   *
   * @param count the number of requests
   * @throws IllegalArgumentException if the count is not positive
   */
  public void injectNext(Fault fault, int count) {
    if (count < 1) {
      throw new IllegalArgumentException("Not a positive number of requests: " + count);
    }
    synchronized (next) {
      next.addLast(new Rule(fault, 1, 0, count));
    }
  }

  /**
   * Refuses connections, like a machine without a running engine, until {@link #heal()}: the proxy
   * stops listening and resets the existing connections.
   *
   * @throws IllegalStateException if this is closed
   */
  public synchronized void refuseConnections() {
    checkOpen();
    stopListening();
  }

  /**
   * Ends all faults: removes the injected ones, and listens again on the same port. Requests with a
   * fault in progress are not affected.
   *
   * @throws IllegalStateException if this is closed
   * @throws UncheckedIOException if another program has taken the port; the call may be repeated
   */
  public synchronized void heal() {
    checkOpen();
    synchronized (next) {
      next.clear();
      standing.clear();
    }
    if (listener == null) {
      try {
        listener = new Listener();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Returns the number of connections that clients have made so far, open and ended ones. */
  public long connections() {
    return accepted.get();
  }

  /** Returns the number of requests whose head has arrived so far, with and without faults. */
  public long requests() {
    return requests.get();
  }

  /** Returns the number of requests with a fault so far, including faults in progress. */
  public long faults() {
    return faults.get();
  }

  /** Stops listening, resets all connections, and ends all threads. Idempotent. */
  @Override
  public synchronized void close() {
    closed = true;
    stopListening();
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("The proxy is closed.");
    }
  }

  private synchronized void stopListening() {
    if (listener != null) {
      listener.close();
      listener = null;
    }
    List<Thread> threads = new ArrayList<>(connections.values());
    connections.keySet().forEach(connection -> connection.end(true));
    threads.forEach(FaultProxy::join);
    connections.clear();
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the thread ends anyway
    }
  }

  /** Counts a request and returns its fault. */
  private Fault meet(String requestLine) {
    requests.incrementAndGet();
    Fault fault = find(requestLine);
    if (fault != Fault.NONE) {
      faults.incrementAndGet();
      LOG.debug("{} meets {}", requestLine, fault);
    }
    return fault;
  }

  private Fault find(String requestLine) {
    synchronized (next) {
      Fault found = Fault.NONE;
      for (Iterator<Rule> rules = next.iterator(); rules.hasNext() && found == Fault.NONE; ) {
        Rule rule = rules.next();
        if (rule.meets(requestLine)) {
          found = rule.fault;
          if (--rule.left == 0) {
            rules.remove();
          }
        }
      }
      for (Rule rule : standing) {
        if (rule.meets(requestLine) && found == Fault.NONE) {
          found = rule.fault;
        }
      }
      return found;
    }
  }

  /** One period of listening. */
  private final class Listener {

    private final ServerSocket socket = new ServerSocket();
    private final Thread thread = new Thread(this::accept, threadName);

    Listener() throws IOException {
      try {
        socket.setReuseAddress(true); // recently ended connections do not block the port
        socket.bind(address, MOST_CONNECTIONS);
      } catch (IOException e) {
        socket.close();
        throw e;
      }
      thread.setDaemon(true);
      thread.start();
    }

    private void accept() {
      while (!socket.isClosed()) {
        try {
          serve(socket.accept());
        } catch (IOException e) {
          LOG.debug("No connection at {}: {}", address, e.toString());
        }
      }
    }

    private void serve(Socket client) {
      accepted.incrementAndGet();
      connections.values().removeIf(thread -> !thread.isAlive());
      ProxiedConnection connection = new ProxiedConnection(target, FaultProxy.this::meet, client);
      if (connections.size() >= MOST_CONNECTIONS) {
        connection.end(true);
        return;
      }
      Thread worker = new Thread(connection, threadName + "-connection");
      worker.setDaemon(true);
      connections.put(connection, worker);
      worker.start();
    }

    /** Returns when no more connections will be accepted. */
    void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      join(thread);
    }
  }
}
