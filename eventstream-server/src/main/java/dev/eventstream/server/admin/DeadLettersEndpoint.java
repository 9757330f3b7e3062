package dev.eventstream.server.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.eventstream.EventStream;
import dev.eventstream.server.body.Pace;
import dev.eventstream.server.http.RequestError;
import dev.eventstream.server.http.RequestErrorException;
import dev.eventstream.spi.DeadLetter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * {@code GET /v1/dead-letters}: the letters as lines of JSON, read from disk while they are sent.
 * Each list occupies a thread, so there are few at a time. Thread-safe.
 */
final class DeadLettersEndpoint extends Handler.Abstract {
  private static final String DOCUMENTS = "documents";
  private static final String LIMIT = "limit";
  private static final List<String> NAMES = names();

  /** How many of the few threads of the admin port may send lists. */
  private static final int MAX_LISTS = 2;

  private static final int PIECE = 64 * 1024;

  /** The time that a client may take to read a piece. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private static final JsonFactory JSON = new JsonFactory();

  private final EventStream stream;
  private final Pace pace;
  private final Semaphore lists = new Semaphore(MAX_LISTS);

  DeadLettersEndpoint(EventStream stream, Pace pace) {
    this.stream = stream;
    this.pace = pace;
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>(LetterFilter.NAMES);
    names.add(LIMIT);
    names.add(DOCUMENTS);
    return List.copyOf(names);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    LetterFilter filter;
    long limit;
    boolean documents;
    try {
      Parameters parameters = Parameters.of(request, NAMES);
      filter = LetterFilter.of(parameters::get, Instant.now());
      limit = parameters.limit(LIMIT);
      documents = parameters.flag(DOCUMENTS);
    } catch (RequestErrorException e) {
      e.answer(request).sendAndDrain(request, response, pace, callback);
      return true;
    }
    if (!lists.tryAcquire()) {
      RequestError.NO_MEMORY
          .answer(request, MAX_LISTS + " lists of dead letters are being sent; try again")
          .sendAndDrain(request, response, pace, callback);
      return true;
    }
    try {
      response.setStatus(200);
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/x-ndjson");
      response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
      if (!HttpMethod.HEAD.is(request.getMethod())) {
        send(filter, limit, documents, new Timed(request, Content.Sink.asOutputStream(response)));
      }
      callback.succeeded();
    } catch (IOException e) {
      callback.failed(e); // the client sees that the list is not complete
    } finally {
      lists.release();
    }
    return true;
  }

  private void send(LetterFilter filter, long limit, boolean documents, OutputStream client)
      throws IOException {
    long[] left = {limit};
    try (OutputStream out = new BufferedOutputStream(client, PIECE);
        JsonGenerator json = JSON.createGenerator(out)) {
      json.setRootValueSeparator(null);
      try {
        stream
            .deadLetters()
            .forEach(
                filter.predicate(),
                letter -> {
                  try {
                    write(letter, documents, json);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                  if (--left[0] == 0) {
                    throw new Jobs.Stop();
                  }
                });
      } catch (Jobs.Stop e) {
        return; // there are enough
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
  }

  private static void write(DeadLetter letter, boolean documents, JsonGenerator json)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("index", letter.document().destination());
    json.writeStringField("id", letter.document().id());
    String type = letter.eventType();
    if (type != null) {
      json.writeStringField("type", type);
    }
    if (letter.document().eventId() != null) {
      json.writeStringField("eventId", letter.document().eventId());
    }
    json.writeStringField("reason", letter.reason());
    json.writeStringField("firstAttempt", letter.firstAttempt().toString());
    json.writeStringField("lastAttempt", letter.lastAttempt().toString());
    if (documents) {
      json.writeFieldName("document");
      json.writeRawValue(new String(letter.document().source(), UTF_8));
    }
    json.writeEndObject();
    json.writeRaw('\n');
  }

  /** Closes the connection of a client that does not read on. */
  private static final class Timed extends OutputStream {
    private final Request request;
    private final OutputStream out;

    Timed(Request request, OutputStream out) {
      this.request = request;
      this.out = out;
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      EndPoint connection = request.getConnectionMetaData().getConnection().getEndPoint();
      Scheduler.Task end =
          request
              .getComponents()
              .getScheduler()
              .schedule(connection::close, TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      try {
        out.write(bytes, from, length);
      } finally {
        end.cancel();
      }
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
