package dev.eventstream.testkit;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection to a {@link FaultProxy} and the corresponding connection to the target:
 * {@link #run()} forwards requests, a second thread forwards answers.
 *
 * <p>The end of one side is passed to the other: if the target closes or resets its connection, the
 * client's is closed or reset, and vice versa.
 */
final class ProxiedConnection implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(ProxiedConnection.class);

  private static final int CONNECT_MILLIS = 10_000;

  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] GARBAGE =
      "\u0000\u0001 This is not HTTP.\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final InetSocketAddress target;
  private final Function<String, Fault> faults;
  private final Socket client;
  private final Socket upstream = new Socket();
  private final CountDownLatch ended = new CountDownLatch(1);

  /** The latest request sent to the target; written by the thread of the requests. */
  private volatile Exchange exchange = new Exchange(Fault.NONE, false);

  /** Whether the client has finished sending. */
  private volatile boolean finished;

  /** Forwards the answers; used only by the thread of the requests. */
  private @Nullable Thread answers;

  /** A request that was sent to the target. */
  private static final class Exchange {
    final Fault fault;
    final boolean head;

    /** Released when the client has the complete answer. */
    final CountDownLatch answered = new CountDownLatch(1);

    /** Released when the client begins the next request. */
    final CountDownLatch followed = new CountDownLatch(1);

    Exchange(Fault fault, boolean head) {
      this.fault = fault;
      this.head = head;
    }

    boolean isAnswered() {
      return answered.getCount() == 0;
    }

    /**
     * Returns whether the client must receive nothing, not even the end of the target's connection.
     */
    boolean isSilent() {
      return fault.kind == Fault.Kind.BLACK_HOLE || fault.kind == Fault.Kind.LOSE_ANSWER;
    }

    void release() {
      answered.countDown();
      followed.countDown();
    }
  }

  /**
   * Creates a connection made by a client.
   *
   * @param faults returns the fault for a request line; called once per request
   */
  ProxiedConnection(InetSocketAddress target, Function<String, Fault> faults, Socket client) {
    this.target = target;
    this.faults = faults;
    this.client = client;
    exchange.answered.countDown();
  }

  /** Forwards requests to the target until one side ends the connection. */
  @Override
  public void run() {
    try {
      client.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(client.getInputStream());
      readRequests(in, client.getOutputStream());
      finished = true;
      if (exchange.isAnswered() || exchange.isSilent()) {
        end(false);
      } else {
        upstream.shutdownOutput(); // the target may still answer
      }
      awaitAnswers();
      end(false);
    } catch (IOException | InterruptedException e) {
      LOG.debug("A connection to {} ends: {}", target, e.toString());
    } finally {
      end(true); // does nothing if it has ended
      joinAnswers();
    }
  }

  private void awaitAnswers() throws InterruptedException {
    if (answers != null) {
      answers.join();
    }
  }

  private void joinAnswers() {
    try {
      awaitAnswers();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns when the client has finished sending. */
  private void readRequests(InputStream in, OutputStream out)
      throws IOException, InterruptedException {
    while (arrives(in)) {
      exchange.followed.countDown();
      if (exchange.isSilent()) {
        in.transferTo(OutputStream.nullOutputStream()); // after an answer that never arrives
        return;
      }
      exchange.answered.await();
      if (ended.getCount() == 0) {
        return;
      }
      HttpMessage request = HttpMessage.request(in);
      Fault fault = faults.apply(request.firstLine());
      switch (fault.kind) {
        case RESET_REQUEST -> {
          welcome(request, out);
          request.copyHalf(in, OutputStream.nullOutputStream());
          end(true);
          return;
        }
        case BLACK_HOLE -> {
          exchange = new Exchange(fault, false);
          in.transferTo(OutputStream.nullOutputStream());
          return;
        }
        case ANSWER -> {
          welcome(request, out);
          request.copy(in, OutputStream.nullOutputStream());
          out.write(answer(fault, isHead(request)));
        }
        default -> forward(request, fault, in);
      }
    }
  }

  /** Makes the client send the body of a request that is not sent to the target. */
  private static void welcome(HttpMessage request, OutputStream out) throws IOException {
    if (request.expectsContinue()) {
      out.write(CONTINUE);
    }
  }

  private void forward(HttpMessage request, Fault fault, InputStream in) throws IOException {
    if (answers == null) {
      upstream.connect(target, CONNECT_MILLIS);
      upstream.setTcpNoDelay(true);
    }
    Exchange next = new Exchange(fault, isHead(request));
    exchange = next;
    if (ended.getCount() == 0) {
      next.release(); // end() may have seen the previous one
    }
    if (answers == null) {
      answers = new Thread(this::runAnswers, Thread.currentThread().getName() + "-answers");
      answers.setDaemon(true);
      answers.start();
    }
    request.copy(in, new Patient(upstream.getOutputStream()));
  }

  /**
   * Ignores write failures: the target may have answered and closed before reading the whole
   * request, and the other thread forwards its answer.
   */
  private static final class Patient extends FilterOutputStream {
    private boolean broken;

    Patient(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      if (!broken) {
        try {
          out.write(bytes, offset, length);
        } catch (IOException e) {
          broken = true;
        }
      }
    }
  }

  private void runAnswers() {
    boolean reset = true;
    try {
      InputStream in = new BufferedInputStream(upstream.getInputStream());
      readAnswers(in, client.getOutputStream());
      reset = false;
    } catch (EOFException e) {
      reset = false; // the target closed the connection in the middle of an answer
    } catch (IOException | InterruptedException e) {
      LOG.debug("A connection from {} ends: {}", target, e.toString());
    } finally {
      if (!exchange.isSilent()) {
        end(reset);
      }
    }
  }

  /** Returns when there are no more answers. */
  private void readAnswers(InputStream in, OutputStream out)
      throws IOException, InterruptedException {
    while (arrives(in)) {
      Exchange current = exchange;
      Fault fault = current.fault;
      HttpMessage answer = HttpMessage.answer(in, current.head);
      if (answer.status() < 200) {
        answer.copy(in, out);
        continue;
      }
      switch (fault.kind) {
        case RESET_ANSWER -> {
          answer.copyHalf(in, out);
          end(true);
          return;
        }
        case CUT_ANSWER -> {
          answer.copyHalf(in, out);
          return;
        }
        case LOSE_ANSWER -> {
          answer.copy(in, OutputStream.nullOutputStream());
          continue;
        }
        case REPLACE_ANSWER -> {
          answer.copy(in, OutputStream.nullOutputStream());
          out.write(answer(fault, current.head));
        }
        case GARBLE_ANSWER -> {
          answer.copy(in, OutputStream.nullOutputStream());
          out.write(GARBAGE);
          return;
        }
        case DELAY_ANSWER -> {
          pause(fault.time);
          answer.copy(in, out);
        }
        case DRIP_ANSWER -> answer.copy(in, new Dripping(out, fault));
        default -> answer.copy(in, out);
      }
      current.answered.countDown();
      if (finished) {
        return;
      }
      if (fault.kind == Fault.Kind.CLOSE_AFTER_ANSWER
          && !current.followed.await(fault.time.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    }
  }

  private final class Dripping extends FilterOutputStream {
    private final Fault fault;

    Dripping(OutputStream out, Fault fault) {
      super(out);
      this.fault = fault;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int end = offset + length;
      for (int i = offset; i < end; i += fault.number) {
        out.write(bytes, i, Math.min(fault.number, end - i));
        pause(fault.time);
      }
    }
  }

  private void pause(Duration time) throws IOException {
    try {
      if (ended.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new IOException("Ended meanwhile");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static boolean isHead(HttpMessage request) {
    return request.firstLine().startsWith("HEAD ");
  }

  private static byte[] answer(Fault fault, boolean toHead) {
    String type = fault.body.startsWith("{") ? "application/json" : "text/plain; charset=UTF-8";
    int length = fault.body.getBytes(StandardCharsets.UTF_8).length;
    String head =
        "HTTP/1.1 %d Injected\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
            .formatted(fault.number, type, length);
    return (toHead ? head : head + fault.body).getBytes(StandardCharsets.UTF_8);
  }

  /** Waits for a byte without consuming it; returns false at the end. */
  private static boolean arrives(InputStream in) throws IOException {
    in.mark(1);
    int b = in.read();
    in.reset();
    return b >= 0;
  }

  /**
   * Ends both connections and their threads. Idempotent.
   *
   * @param reset whether to reset the connections instead of closing them normally
   */
  synchronized void end(boolean reset) {
    if (ended.getCount() == 0) {
      return;
    }
    ended.countDown();
    exchange.release();
    close(client, reset);
    close(upstream, reset);
  }

  private static void close(Socket socket, boolean reset) {
    try (socket) {
      if (reset) {
        socket.setSoLinger(true, 0);
      }
    } catch (IOException e) {
      LOG.debug("Cannot close a socket: {}", e.toString());
    }
  }
}
