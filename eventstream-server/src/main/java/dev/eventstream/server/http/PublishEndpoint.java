package dev.eventstream.server.http;

import dev.eventstream.Acknowledgement;
import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.ReadEvent;
import dev.eventstream.TooManyEventsException;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Takes events over HTTP: collects the body, publishes what is in it, and answers when all of it
 * has its outcome. How an answer looks is the {@link Dialect}'s part.
 */
final class PublishEndpoint extends Handler.Abstract {
  /** What a client and this endpoint say to each other. */
  interface Dialect {
    /** Whether bodies of this type are read; null when the request names none. */
    boolean takes(@Nullable String mediaType);

    /** The answer to a request whose events have all got their outcomes. */
    Answer answer(boolean array, List<Outcome> outcomes);
  }

  /** When to come again where there was no room for a request. */
  private static final int RETRY_AFTER_SECONDS = 1;

  /** What one outcome takes of an answer, as a rule. */
  private static final int ANSWER_BYTES = 170;

  /** What a CloudEvent takes besides its own bytes until it is in its batch. */
  private static final int CLOUD_EVENT_BYTES = 300;

  /** No event that can be taken is smaller. */
  private static final int SMALLEST_EVENT = 33;

  private final EventStream stream;
  private final Dialect dialect;
  private final RequestMemory memory;
  private final HttpLimits limits;
  private final BodyReader.Pace pace;
  private final boolean canSpool;

  PublishEndpoint(EventStream stream, Dialect dialect, RequestMemory memory, HttpLimits limits) {
    this.stream = stream;
    this.dialect = dialect;
    this.memory = memory;
    this.limits = limits;
    this.pace = limits.pace();
    this.canSpool = stream.state().backlog() != null;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    PublishRequest asked;
    try {
      asked = PublishRequest.of(request, response, dialect);
    } catch (UnreadableRequestException e) {
      e.refusal().mark(request);
      Leftover.answer(e.problem().answer(), request, response, pace, callback);
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
                    share.giveBack(); // what is left of the body is read, but not kept
                    fail(cause(failure), request, response, callback);
                  }
                });
    return true;
  }

  /** Without a spool nobody can be answered before the cluster has. */
  private boolean spoolsFirst(PublishRequest asked) {
    return asked.respondAsync() && canSpool;
  }

  private CompletableFuture<Answer> publish(
      Request request, PublishRequest asked, RequestBody body, RequestMemory.Share share) {
    try {
      asked.check(body);
    } catch (UnreadableRequestException e) {
      return CompletableFuture.failedFuture(e);
    }
    long mostEvents = mostEvents(asked, body);
    long expected = ANSWER_BYTES * mostEvents;
    if (!share.tryTake(expected)) {
      return CompletableFuture.failedFuture(new RequestBody.NoRoomException());
    }
    CompletableFuture<List<Outcome>> published;
    int count;
    boolean array;
    try (Scope span = TracedRequests.context(request).makeCurrent()) {
      if (asked.cloudEvents() == null) {
        EventReader reader = reader(asked, body);
        published =
            spoolsFirst(asked)
                ? stream.publishAll(reader, Acknowledgement.SPOOLED)
                : stream.publishAll(reader);
        count = reader.count();
        array = reader.isArray();
      } else {
        if (!share.tryTake(CLOUD_EVENT_BYTES * mostEvents + 2L * body.length())) {
          return CompletableFuture.failedFuture(new RequestBody.NoRoomException());
        }
        List<ReadEvent> events =
            CloudEvents.read(
                asked.cloudEvents(),
                request.getHeaders(),
                body.bytes(),
                body.length(),
                limits.events());
        published =
            spoolsFirst(asked)
                ? stream.publishAll(events, Acknowledgement.SPOOLED)
                : stream.publishAll(events);
        count = events.size();
        array = asked.cloudEvents() == CloudEvents.Mode.BATCHED;
      }
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    RateLimit.count(request, count);
    // Broken ones can be smaller, and so more than expected.
    share.take(Math.max(0, (long) ANSWER_BYTES * count - expected));
    // What waits for the outcomes must not hold the body.
    return published.thenApply(outcomes -> answer(array, outcomes));
  }

  private EventReader reader(PublishRequest asked, RequestBody body) {
    EventReader reader =
        asked.lines()
            ? EventReader.ofLines(body.bytes(), 0, body.length())
            : EventReader.of(body.bytes(), 0, body.length());
    if (asked.documentIds() != null) {
      reader.documentIds(asked.documentIds());
    }
    return reader.maxEvents(limits.events());
  }

  /** How many events a body may hold; broken ones can be more. */
  private long mostEvents(PublishRequest asked, RequestBody body) {
    if (asked.cloudEvents() != null && asked.cloudEvents() != CloudEvents.Mode.BATCHED) {
      return 1;
    }
    int most = Math.min(limits.events(), 1 + body.length() / SMALLEST_EVENT);
    // Of a large body it is worth while to know better: each event begins with a brace.
    return body.length() > RequestMemory.SMALL ? body.count((byte) '{', most) : most;
  }

  private Answer answer(boolean array, List<Outcome> outcomes) {
    if (outcomes.isEmpty() && !array) {
      return new Problem(HttpStatus.BAD_REQUEST_400, "the body holds no event").answer();
    }
    return dialect.answer(array || outcomes.size() > 1, outcomes);
  }

  private void fail(
      @Nullable Throwable cause, Request request, Response response, Callback callback) {
    if (cause instanceof RequestBody.TooLargeException || cause instanceof TooManyEventsException) {
      (cause instanceof TooManyEventsException
              ? RequestRefusal.TOO_MANY_EVENTS
              : RequestRefusal.BODY_TOO_LARGE)
          .mark(request);
      Problem problem =
          new Problem(HttpStatus.PAYLOAD_TOO_LARGE_413, String.valueOf(cause.getMessage()));
      Leftover.answer(problem.answer(), request, response, pace, callback);
    } else if (cause instanceof UnreadableRequestException e) {
      e.refusal().mark(request);
      Leftover.answer(e.problem().answer(), request, response, pace, callback);
    } else if (cause instanceof ContentDecoder.CorruptException
        || cause instanceof RequestBody.CutException) {
      RequestRefusal.BAD_REQUEST.mark(request);
      Problem problem = new Problem(HttpStatus.BAD_REQUEST_400, String.valueOf(cause.getMessage()));
      Leftover.answer(problem.answer(), request, response, pace, callback);
    } else if (cause instanceof RequestBody.NoRoomException) {
      RequestRefusal.NO_MEMORY.mark(request);
      Problem problem =
          new Problem(HttpStatus.SERVICE_UNAVAILABLE_503, String.valueOf(cause.getMessage()));
      Leftover.answer(problem.answer(RETRY_AFTER_SECONDS), request, response, pace, callback);
    } else if (cause instanceof TimeoutException) {
      RequestRefusal.SLOW_BODY.mark(request);
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
      new Problem(HttpStatus.REQUEST_TIMEOUT_408, "the body did not arrive in time")
          .answer()
          .send(response, callback);
    } else if (cause instanceof IOException) {
      callback.failed(cause); // the client is gone
    } else {
      Response.writeError(request, response, callback, cause);
    }
  }

  /** What failed, without what futures wrap it in. */
  static @Nullable Throwable cause(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
