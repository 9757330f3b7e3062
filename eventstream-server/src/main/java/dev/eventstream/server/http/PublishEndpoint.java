package dev.eventstream.server.http;

import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.TooManyEventsException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EofException;
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
  /** How large a body may be: 10 MiB. */
  static final int MAX_BODY_BYTES = 10 << 20;

  /** How many events a request may have: 10,000. */
  static final int MAX_EVENTS = 10_000;

  /** What a client and this endpoint say to each other. */
  interface Dialect {
    /** Whether bodies of this type are read; null when the request names none. */
    boolean takes(@Nullable String mediaType);

    /** The answer to a request whose events have all got their outcomes. */
    Answer answer(boolean array, List<Outcome> outcomes);
  }

  private final EventStream stream;
  private final Dialect dialect;

  PublishEndpoint(EventStream stream, Dialect dialect) {
    this.stream = stream;
    this.dialect = dialect;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String mediaType = mediaType(request);
    if (!dialect.takes(mediaType)) {
      String detail =
          "content type "
              + mediaType
              + " is not read; send application/json or application/x-ndjson";
      new Problem(HttpStatus.UNSUPPORTED_MEDIA_TYPE_415, detail).answer().send(response, callback);
      return true;
    }
    String encoding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      response.getHeaders().put(HttpHeader.ACCEPT_ENCODING, "identity");
      String detail = "content encoding " + encoding + " is not read; send the body as it is";
      new Problem(HttpStatus.UNSUPPORTED_MEDIA_TYPE_415, detail).answer().send(response, callback);
      return true;
    }
    boolean lines = mediaType != null && mediaType.endsWith("ndjson");
    var unused =
        RequestBody.read(request, request.getLength(), MAX_BODY_BYTES)
            .thenCompose(body -> publish(body, lines))
            .whenComplete(
                (answer, failure) -> {
                  if (answer != null) {
                    answer.send(response, callback);
                  } else {
                    fail(failure, request, response, callback);
                  }
                });
    return true;
  }

  private CompletableFuture<Answer> publish(RequestBody body, boolean lines) {
    EventReader reader =
        lines
            ? EventReader.ofLines(body.bytes(), 0, body.length())
            : EventReader.of(body.bytes(), 0, body.length());
    try {
      return stream
          .publishAll(reader.maxEvents(MAX_EVENTS))
          .thenApply(
              outcomes -> {
                if (outcomes.isEmpty() && !reader.isArray()) {
                  return new Problem(HttpStatus.BAD_REQUEST_400, "the body holds no event")
                      .answer();
                }
                return dialect.answer(reader.isArray() || outcomes.size() > 1, outcomes);
              });
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static void fail(
      @Nullable Throwable failure, Request request, Response response, Callback callback) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof RequestBody.TooLargeException || cause instanceof TooManyEventsException) {
      // What has not been read of the body is not worth reading: the connection ends here.
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
      new Problem(HttpStatus.PAYLOAD_TOO_LARGE_413, String.valueOf(cause.getMessage()))
          .answer()
          .send(response, callback);
    } else if (cause instanceof TimeoutException) {
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
      new Problem(HttpStatus.REQUEST_TIMEOUT_408, "the body did not arrive in time")
          .answer()
          .send(response, callback);
    } else if (cause instanceof EofException) {
      callback.failed(cause); // the client is gone
    } else {
      Response.writeError(request, response, callback, cause);
    }
  }

  private static @Nullable String mediaType(Request request) {
    String contentType = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
    if (contentType == null || contentType.isBlank()) {
      return null;
    }
    int parameters = contentType.indexOf(';');
    return (parameters < 0 ? contentType : contentType.substring(0, parameters))
        .strip()
        .toLowerCase(Locale.ROOT);
  }
}
