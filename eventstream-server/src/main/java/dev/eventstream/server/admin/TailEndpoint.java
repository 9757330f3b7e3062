package dev.eventstream.server.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.observe.PublishedEvent;
import dev.eventstream.server.body.Pace;
import dev.eventstream.server.http.JsonBody;
import dev.eventstream.server.http.RequestError;
import dev.eventstream.server.http.RequestErrorException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/tail}: events while they pass, as server-sent events. Thread-safe. */
final class TailEndpoint extends Handler.Abstract {
  private static final List<String> NAMES = List.of("type", "outcome", "index");
  private static final Set<String> OUTCOMES =
      Arrays.stream(PublishedEvent.Result.values())
          .map(TailEvent::wireName)
          .collect(Collectors.toCollection(LinkedHashSet::new));
  private static final int PIECE = 64 * 1024;
  private static final byte[] COMMENT = ":\n\n".getBytes(UTF_8);

  private final Tail tail;
  private final Pace pace;
  private final Duration heartbeat;
  private final Duration timeout;

  /**
   * Creates the endpoint.
   *
   * @param heartbeat the interval of comments, by which a viewer that is gone is noticed
   * @param timeout the time that a viewer may take to read a piece before it is disconnected
   */
  TailEndpoint(Tail tail, Pace pace, Duration heartbeat, Duration timeout) {
    this.tail = tail;
    this.pace = pace;
    this.heartbeat = heartbeat;
    this.timeout = timeout;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Predicate<TailEvent> filter;
    try {
      filter = filter(Parameters.of(request, NAMES));
    } catch (RequestErrorException e) {
      e.answer(request).sendAndDrain(request, response, pace, callback);
      return true;
    }
    Connection viewer = new Connection(filter, request, response, callback);
    boolean head = HttpMethod.HEAD.is(request.getMethod());
    if (!head && !tail.add(viewer)) {
      RequestError.NO_MEMORY
          .answer(request, Tail.MAX_VIEWERS + " viewers are connected; disconnect one of them")
          .sendAndDrain(request, response, pace, callback);
      return true;
    }
    response.setStatus(200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    if (head) {
      callback.succeeded();
    } else {
      viewer.begin();
    }
    return true;
  }

  private static Predicate<TailEvent> filter(Parameters parameters) throws RequestErrorException {
    String type = parameters.get("type");
    String index = parameters.get("index");
    String outcome = parameters.get("outcome");
    Set<String> outcomes = outcome == null ? OUTCOMES : Set.of(outcome.split(",", -1));
    if (!OUTCOMES.containsAll(outcomes)) {
      throw Parameters.bad(
          "outcome is \""
              + outcome
              + "\"; write one or more, separated by commas, of "
              + String.join(", ", OUTCOMES));
    }
    return event ->
        outcomes.contains(event.outcome())
            && (type == null || type.equals(event.type()))
            && (index == null || matches(index, event.index()));
  }

  /** Whether an index has a name; the name of a filter may end with an asterisk. */
  private static boolean matches(String wanted, @Nullable String index) {
    return index != null
        && (wanted.endsWith("*")
            ? index.startsWith(wanted.substring(0, wanted.length() - 1))
            : index.equals(wanted));
  }

  /** The connection of a viewer. At most one write is under way; the next one takes what waits. */
  private final class Connection implements Tail.Viewer {
    private final Predicate<TailEvent> filter;
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final AtomicBoolean ended = new AtomicBoolean();

    @GuardedBy("this") private final ArrayDeque<TailEvent> waiting = new ArrayDeque<>();

    @GuardedBy("this") private long missed;

    @GuardedBy("this") private boolean writing;

    @GuardedBy("this") private boolean due; // a comment

    @GuardedBy("this") private long writingSince;

    private volatile Scheduler.Task next = () -> false;

    Connection(Predicate<TailEvent> filter, Request request, Response response, Callback callback) {
      this.filter = filter;
      this.request = request;
      this.response = response;
      this.callback = callback;
    }

    /** Sends the head of the answer with a comment, so that the viewer knows that it watches. */
    void begin() {
      beat();
    }

    @Override
    public synchronized boolean hasRoom() {
      return waiting.size() < Tail.BUFFER;
    }

    @Override
    public void show(TailEvent event) {
      if (filter.test(event)) {
        synchronized (this) {
          if (waiting.size() < Tail.BUFFER) {
            waiting.add(event);
          } else {
            missed++;
          }
        }
      }
    }

    @Override
    public synchronized void missed(long events) {
      missed += events;
    }

    @Override
    public void batchEnded() {
      synchronized (this) {
        if (writing || (waiting.isEmpty() && missed == 0 && !due)) {
          return;
        }
        writing = true;
        writingSince = System.nanoTime();
      }
      try {
        request.getComponents().getExecutor().execute(this::write);
      } catch (RejectedExecutionException e) {
        end(e); // the server is being stopped
      }
    }

    private void write() {
      byte[] piece = piece();
      if (piece.length == 0) {
        return;
      }
      response.write(false, ByteBuffer.wrap(piece), Callback.from(this::written, this::end));
    }

    private void written() {
      synchronized (this) {
        writing = false;
      }
      batchEnded();
    }

    /**
     * What waits, up to the size of a piece; empty: nothing, and no write is under way any more.
     */
    private byte[] piece() {
      ByteArrayOutputStream piece = new ByteArrayOutputStream(1024);
      while (piece.size() < PIECE) {
        TailEvent event;
        long lost;
        boolean comment;
        synchronized (this) {
          event = waiting.poll();
          lost = event == null ? missed : 0;
          missed -= lost;
          comment = due;
          due = false;
          if (event == null && lost == 0 && !comment) {
            writing = piece.size() > 0;
            return piece.toByteArray();
          }
        }
        if (comment) {
          piece.writeBytes(COMMENT);
        }
        if (lost > 0) {
          String text = "event: missed\ndata: {\"events\":" + lost + "}\n\n";
          piece.writeBytes(text.getBytes(UTF_8));
        }
        if (event != null) {
          piece.writeBytes("data: ".getBytes(UTF_8));
          piece.writeBytes(JsonBody.of(256, event::write));
          piece.writeBytes("\n\n".getBytes(UTF_8));
        }
      }
      return piece.toByteArray();
    }

    /** Notices viewers that are gone, or that do not read. */
    private void beat() {
      boolean tooSlow;
      synchronized (this) {
        due = true;
        tooSlow = writing && System.nanoTime() - writingSince > timeout.toNanos();
      }
      if (tooSlow) {
        request.getConnectionMetaData().getConnection().getEndPoint().close();
        end(new TimeoutException("the viewer does not read"));
        return;
      }
      next =
          request
              .getComponents()
              .getScheduler()
              .schedule(this::beat, heartbeat.toMillis(), TimeUnit.MILLISECONDS);
      if (ended.get()) {
        next.cancel();
      }
      batchEnded();
    }

    private void end(Throwable failure) {
      if (!ended.getAndSet(true)) {
        tail.remove(this);
        next.cancel();
        callback.failed(failure);
      }
    }
  }
}
