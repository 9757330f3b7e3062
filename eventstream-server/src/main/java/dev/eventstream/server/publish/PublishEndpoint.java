package dev.eventstream.server.publish;

import dev.eventstream.Acknowledgement;
import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.TooManyEventsException;
import dev.eventstream.server.body.BodyException;
import dev.eventstream.server.body.Pace;
import dev.eventstream.server.body.RequestBody;
import dev.eventstream.server.body.RequestMemory;
import dev.eventstream.server.cloudevents.CloudEvents;
import dev.eventstream.server.guard.RateLimit;
import dev.eventstream.server.http.Answer;
import dev.eventstream.server.http.HttpLimits;
import dev.eventstream.server.http.Problem;
import dev.eventstream.server.http.RequestError;
import dev.eventstream.server.http.RequestErrorException;
import dev.eventstream.server.http.TracedRequests;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Accepts events over HTTP: reads the body, publishes its events, and answers when each has its
 * outcome. The {@link Dialect} determines the form of the answer. Thread-safe.
 */
public final class PublishEndpoint extends Handler.Abstract {
  /** The usual size of one outcome in an answer. */
  private static final int ANSWER_BYTES = 170;

  /** The heap that a CloudEvent takes beside its own bytes until it is in its batch. */
  private static final int CLOUD_EVENT_BYTES = 300;

  /** The size of the smallest valid event. */
  private static final int SMALLEST_EVENT = 33;

  private final EventStream stream;
  private final Dialect dialect;
  private final RequestMemory memory;
  private final HttpLimits limits;
  private final Pace pace;
  private final boolean canSpool;

  private PublishEndpoint(
      EventStream stream, Dialect dialect, RequestMemory memory, HttpLimits limits) {
    this.stream = stream;
    this.dialect = dialect;
    this.memory = memory;
    this.limits = limits;
    this.pace = limits.pace();
    this.canSpool = stream.state().backlog() != null;
  }

  /** {@code POST /v1/events}. */
  public static PublishEndpoint events(
      EventStream stream, RequestMemory memory, HttpLimits limits) {
    return new PublishEndpoint(stream, new EventsDialect(), memory, limits);
  }

  /** {@code POST /}, as the predecessor answered it. */
  public static PublishEndpoint index(EventStream stream, RequestMemory memory, HttpLimits limits) {
    return new PublishEndpoint(stream, new IndexDialect(), memory, limits);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    PublishRequest asked;
    try {
      asked = PublishRequest.of(request, response, dialect);
    } catch (RequestErrorException e) {
      e.answer(request).sendAndDrain(request, response, pace, callback);
      return true;
    }
    RequestMemory.Share share = memory.share(request.getLength());
    Callback completion = Callback.from(callback, share::giveBack);
    var unused =
        RequestBody.read(
                request, request.getLength(), asked.codings(), limits.bodyBytes(), share, pace)
            .thenCompose(body -> publish(request, asked, body, share))
            .whenComplete(
                (answer, failure) -> {
                  if (answer != null) {
                    if (spoolsFirst(asked) && answer.status() < 400) {
                      response.getHeaders().put("Preference-Applied", PublishRequest.RESPOND_ASYNC);
                    }
                    answer.send(response, pace, completion);
                  } else {
                    share.giveBack(); // the rest of the body is drained, not kept
                    fail(cause(failure), request, response, callback);
                  }
                });
    return true;
  }

  /** Without a spool, an event can be acknowledged only by the cluster. */
  private boolean spoolsFirst(PublishRequest asked) {
    return asked.respondAsync() && canSpool;
  }

  private CompletableFuture<Answer> publish(
      Request request, PublishRequest asked, RequestBody body, RequestMemory.Share share) {
    long maxEvents = maxEvents(asked, body);
    long answerBytes = ANSWER_BYTES * maxEvents;
    CompletableFuture<List<Outcome>> published;
    int count;
    boolean array;
    try (Scope span = TracedRequests.context(request).makeCurrent()) {
      asked.check(body);
      if (!share.tryTake(answerBytes + conversionBytes(asked, body, maxEvents))) {
        throw BodyException.noMemory();
      }
      EventSource events = events(request, asked, body);
      published = events.publish(stream, spoolsFirst(asked) ? Acknowledgement.SPOOLED : null);
      count = events.count();
      array = events.isArray();
    } catch (IOException | RequestErrorException e) {
      return CompletableFuture.failedFuture(e);
    }
    RateLimit.count(request, count);
    // Broken events can be smaller than valid ones, so there may be more than expected.
    share.take(Math.max(0, (long) ANSWER_BYTES * count - answerBytes));
    // Nothing that waits for the outcomes may refer to the body.
    return published.thenApply(outcomes -> answer(array, outcomes));
  }

  private EventSource events(Request request, PublishRequest asked, RequestBody body)
      throws TooManyEventsException {
    CloudEvents.Mode mode = asked.cloudEvents();
    if (mode != null) {
      return EventSource.of(
          CloudEvents.read(
              mode, request.getHeaders(), body.bytes(), body.length(), limits.events()),
          mode == CloudEvents.Mode.BATCHED);
    }
    EventReader reader =
        asked.lines()
            ? EventReader.ofLines(body.bytes(), 0, body.length())
            : EventReader.of(body.bytes(), 0, body.length());
    if (asked.documentIds() != null) {
      reader.documentIds(asked.documentIds());
    }
    return EventSource.of(reader.maxEvents(limits.events()));
  }

  /** The heap that converting the events takes. */
  private static long conversionBytes(PublishRequest asked, RequestBody body, long maxEvents) {
    return asked.cloudEvents() == null ? 0 : CLOUD_EVENT_BYTES * maxEvents + 2L * body.length();
  }

  /** The number of events that a body can hold; there can be more broken ones. */
  private long maxEvents(PublishRequest asked, RequestBody body) {
    if (asked.cloudEvents() != null && asked.cloudEvents() != CloudEvents.Mode.BATCHED) {
      return 1;
    }
    int max = Math.min(limits.events(), 1 + body.length() / SMALLEST_EVENT);
    // For a large body a better estimate is worth a scan: each event begins with a brace.
    return body.length() > RequestMemory.SMALL ? body.count((byte) '{', max) : max;
  }

  private Answer answer(boolean array, List<Outcome> outcomes) {
    if (outcomes.isEmpty() && !array) {
      return new Problem(HttpStatus.BAD_REQUEST_400, "the body holds no event").answer();
    }
    return dialect.answer(array || outcomes.size() > 1, outcomes);
  }

  private void fail(
      @Nullable Throwable cause, Request request, Response response, Callback callback) {
    if (cause instanceof BodyException e) {
      fail(RequestError.of(e.kind()), e, request, response, callback);
    } else if (cause instanceof TooManyEventsException e) {
      fail(RequestError.TOO_MANY_EVENTS, e, request, response, callback);
    } else if (cause instanceof RequestErrorException e) {
      e.answer(request).sendAndDrain(request, response, pace, callback);
    } else if (cause instanceof IOException) {
      callback.failed(cause); // the client has disconnected
    } else {
      Response.writeError(request, response, callback, cause);
    }
  }

  private void fail(
      RequestError error, Exception fault, Request request, Response response, Callback callback) {
    Answer answer = error.answer(request, String.valueOf(fault.getMessage()));
    if (error == RequestError.SLOW_BODY) {
      response.getHeaders().put(HttpHeader.CONNECTION, "close"); // no reason to wait for the rest
      answer.send(response, callback);
    } else {
      answer.sendAndDrain(request, response, pace, callback);
    }
  }

  /** The failure without the wrapper that futures add. */
  private static @Nullable Throwable cause(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
