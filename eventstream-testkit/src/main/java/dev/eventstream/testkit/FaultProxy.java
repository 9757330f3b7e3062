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
 * A proxy for HTTP/1.1 between a client under test and an engine, which does harm as it is told. It
 * listens on 127.0.0.1 only.
 *
 * <pre>{@code
 * try (RealEngine engine = RealEngine.start("opensearch");
 *     FaultProxy proxy = FaultProxy.start(engine.url())) {
 *   proxy.injectNext(Fault.resetAnswer().on("_bulk"));
 *   // a client of proxy.url() does not hear that its first bulk was executed
 * }
 * }</pre>
 *
 * <p>A request meets at most one fault: the first of those {@linkplain #injectNext injected for the
 * next requests}, else the latest of those {@linkplain #inject injected for all} that meets it.
 * Faults are found when the head of a request has arrived; a fault under way is not called back.
 *
 * <p>Without faults all bytes pass as they are. Each client's connection has one of its own to the
 * engine, made with its first request that goes there. Where the engine closes or resets its
 * connection, the client's is closed or reset; where it cannot be reached, the client's is reset.
 * It knows neither TLS nor protocol upgrades. It bears 500 connections at once, and resets more.
 *
 * <p>Thread-safe. Methods that start or end listening wait for each other; the others do not wait.
 */
public final class FaultProxy implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(FaultProxy.class);

  /** Those beyond are reset. */
  static final int MOST_CONNECTIONS = 500;

  private final InetSocketAddress target;
  private final InetSocketAddress address;
  private final String threadName;

  private final AtomicLong accepted = new AtomicLong();
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong faults = new AtomicLong();

  /** The connections, and the thread of each; those that have ended go when another one comes. */
  private final Map<ProxiedConnection, Thread> connections = new ConcurrentHashMap<>();

  /** For the next requests; first come, first served. Also the lock for {@link #standing}. */
  private final Deque<Rule> next = new ArrayDeque<>();

  /** For all requests; the latest first. */
  private final Deque<Rule> standing = new ArrayDeque<>();

  /** Null while connections are refused. Guarded by this object's monitor. */
  private @Nullable Listener listener;

  /** Guarded by this object's monitor. */
  private boolean closed;

  /** A fault that was injected. */
  private static final class Rule {
    final Fault fault;
    final double rate;
    final SplittableRandom random;

    /** How many requests it is still for, where it is for the next requests. */
    int left;

    Rule(Fault fault, double rate, long seed, int left) {
      this.fault = fault;
      this.rate = rate;
      this.random = new SplittableRandom(seed);
      this.left = left;
    }

    /** Draws for each request that it may meet, whether another fault has met it or not. */
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
   * Starts a proxy on a free port.
   *
   * @param target where requests go, such as {@code http://127.0.0.1:9200}; nothing needs to listen
   *     there yet
   * @return the proxy, without any fault
   * @throws IllegalArgumentException if the target is not the root of a server for plain HTTP
   * @throws UncheckedIOException if the proxy cannot listen
   */
  public static FaultProxy start(URI target) {
    boolean root = target.getPath() == null || target.getPath().matches("/?");
    if (!"http".equals(target.getScheme()) || target.getHost() == null || !root) {
      throw new IllegalArgumentException("Not of the kind http://host:port: " + target);
    }
    int port = target.getPort() < 0 ? 80 : target.getPort();
    try {
      return new FaultProxy(new InetSocketAddress(target.getHost(), port), LoopbackPort.next());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Where the proxy listens. It stays the same when connections have been refused.
   *
   * @return the root URL, such as {@code http://127.0.0.1:15200}
   */
  public URI url() {
    return URI.create("http://127.0.0.1:" + address.getPort());
  }

  /**
   * Injects a fault for all requests.
   *
   * @param fault what happens to each that is not met by a later fault
   */
  public void inject(Fault fault) {
    inject(fault, 1, 0);
  }

  /**
   * Injects a fault for some of the requests. Which these are depends on the seed and on the order
   * of requests alone, not on other faults.
   *
   * @param fault what happens to them
   * @param rate the share of requests, from 0 to 1
   * @param seed what the dice start from
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
   * Injects a fault for the next request, or the next one that the fault is {@linkplain Fault#on
   * for}, after those that have been injected so before.
   *
   * @param fault what happens to it
   */
  public void injectNext(Fault fault) {
    injectNext(fault, 1);
  }

  /**
   * Injects a fault for the next requests, or the next ones that the fault is {@linkplain Fault#on
   * for}, after those that have been injected so before.
   *
   * @param fault what happens to them
   * @param count how many requests
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
   * Refuses connections, as a machine does where no engine runs, until {@link #heal()}: the proxy
   * stops listening, and resets the connections that there are.
   *
   * @throws IllegalStateException if this is closed
   */
  public synchronized void refuseConnections() {
    checkOpen();
    stopListening();
  }

  /**
   * Ends all faults: none is injected any more, and the proxy listens again, on the same port.
   * Requests that have met a fault stay as they are.
   *
   * @throws IllegalStateException if this is closed
   * @throws UncheckedIOException if another program has taken the port; it may be tried again
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

  /**
   * How many connections clients have made so far.
   *
   * @return the number, of open and ended ones
   */
  public long connections() {
    return accepted.get();
  }

  /**
   * How many requests have come so far, with faults or without.
   *
   * @return the number of requests whose head has arrived
   */
  public long requests() {
    return requests.get();
  }

  /**
   * How many requests have met a fault so far.
   *
   * @return the number, of those under way too
   */
  public long faults() {
    return faults.get();
  }

  /** Stops listening, resets all connections, and ends all threads. Nothing the second time. */
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
      Thread.currentThread().interrupt(); // it ends without us
    }
  }

  /** Counts a request, and finds its fault. */
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

  /** One time of listening. */
  private final class Listener {

    private final ServerSocket socket = new ServerSocket();
    private final Thread thread = new Thread(this::accept, threadName);

    Listener() throws IOException {
      try {
        socket.setReuseAddress(true); // connections just ended do not count
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

    /** Returns when there will be no more connections. */
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
