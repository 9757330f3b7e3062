package dev.eventstream.server.cloudevents;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.eventstream.BrokenEvent;
import dev.eventstream.EventReader;
import dev.eventstream.ReadEvent;
import dev.eventstream.TooManyEventsException;
import dev.eventstream.server.http.RequestError;
import dev.eventstream.server.http.RequestErrorException;
import dev.eventstream.spi.Rejection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/**
 * Reads CloudEvents 1.0 as events, in the three content modes of the HTTP binding. {@link
 * CloudEvent} converts one. Reads one request; not thread-safe.
 */
public final class CloudEvents {

  /** A content mode of the HTTP binding. */
  public enum Mode {
    /** One CloudEvent: its attributes are headers, its data is the body. */
    BINARY,
    /** One CloudEvent: an object with attributes and data. */
    STRUCTURED,
    /** An array of CloudEvents. */
    BATCHED
  }

  private static final String FORMATS = "application/cloudevents";
  private static final String HEADER_PREFIX = "ce-";

  private final byte[] body;
  private final int length;
  private final List<ReadEvent> events = new ArrayList<>();

  private CloudEvents(byte[] body, int length) {
    this.body = body;
    this.length = length;
  }

  /**
   * The content mode of a request.
   *
   * @param mediaType the content type, in lower case and without parameters; null: none
   * @return the mode; null: the request holds no CloudEvents
   * @throws RequestErrorException if the format is not supported
   */
  public static @Nullable Mode mode(@Nullable String mediaType, HttpFields headers)
      throws RequestErrorException {
    if (mediaType != null && mediaType.startsWith(FORMATS)) {
      return switch (mediaType) {
        case FORMATS + "+json" -> Mode.STRUCTURED;
        case FORMATS + "-batch+json" -> Mode.BATCHED;
        default ->
            throw unsupported(
                "content type " + mediaType + " is not supported; send " + FORMATS + "+json");
      };
    }
    if (!headers.contains(HEADER_PREFIX + "specversion")) {
      return null;
    }
    if (mediaType != null && !CloudEvent.isJson(mediaType)) {
      throw unsupported(
          "data of content type " + mediaType + " is not supported; send application/json");
    }
    return Mode.BINARY;
  }

  private static RequestErrorException unsupported(String detail) {
    return new RequestErrorException(RequestError.UNSUPPORTED_TYPE, detail);
  }

  /**
   * Reads the events of a request.
   *
   * @param length the length of the body in the array
   * @return the events, broken ones included, in order. Events that follow a syntax error cannot be
   *     told apart; they are one broken event
   * @throws TooManyEventsException if there are more than {@code maxEvents}
   */
  public static List<ReadEvent> read(
      Mode mode, HttpFields headers, byte[] body, int length, int maxEvents)
      throws TooManyEventsException {
    CloudEvents cloudEvents = new CloudEvents(body, length);
    cloudEvents.read(mode, headers, maxEvents);
    return cloudEvents.events;
  }

  private void read(Mode mode, HttpFields headers, int maxEvents) throws TooManyEventsException {
    BrokenEvent unreadable = EventReader.unreadable(body, 0, length);
    if (unreadable != null) {
      events.add(unreadable);
      return;
    }
    try (JsonParser json = JsonTokens.parser(body, length)) {
      switch (mode) {
        case BINARY -> binary(headers, json);
        case STRUCTURED -> {
          if (json.currentToken() != null) {
            structured(json);
          }
        }
        case BATCHED -> batch(json, maxEvents);
      }
      if (json.currentToken() != null && json.nextToken() != null) {
        broken(
            Rejection.MALFORMED_JSON,
            "unexpected data after the CloudEvents",
            JsonTokens.start(json));
      }
    } catch (TooManyEventsException e) {
      throw e;
    } catch (JsonProcessingException e) {
      long at = e.getLocation() == null ? 0 : e.getLocation().getByteOffset();
      broken(Rejection.MALFORMED_JSON, e.getOriginalMessage(), Math.max(0, at));
    } catch (IOException e) {
      broken(Rejection.INVALID_UNICODE, "the body is not UTF-8", 0);
    }
  }

  private void broken(Rejection code, String reason, long offset) {
    events.add(new BrokenEvent(events.size(), code, reason, offset));
  }

  private void binary(HttpFields headers, JsonParser json) throws IOException {
    CloudEvent event = new CloudEvent();
    for (HttpField header : headers) {
      String name = header.getLowerCaseName();
      if (name.startsWith(HEADER_PREFIX)) {
        event.attribute(
            name.substring(HEADER_PREFIX.length()), HeaderText.decode(header.getValue()));
      }
    }
    event.attribute("datacontenttype", headers.get(HttpHeader.CONTENT_TYPE));
    if (json.currentToken() != null) {
      event.data(json, body);
    }
    events.add(event.toEvent(0, 0));
  }

  private void batch(JsonParser json, int maxEvents) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      broken(Rejection.MALFORMED_JSON, "expected an array of CloudEvents", 0);
      json.skipChildren();
      return;
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (events.size() == maxEvents) {
        throw new TooManyEventsException(maxEvents);
      }
      structured(json);
    }
  }

  private void structured(JsonParser json) throws IOException {
    int start = JsonTokens.start(json);
    if (json.currentToken() != JsonToken.START_OBJECT) {
      json.skipChildren();
      broken(Rejection.NOT_AN_OBJECT, "a CloudEvent must be a JSON object", start);
      return;
    }
    CloudEvent event = new CloudEvent();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String name = json.currentName();
      JsonToken value = json.nextToken();
      if (name.equals("data")) {
        event.data(json, body);
      } else if (value.isStructStart()) {
        json.skipChildren();
        event.fault("attribute \"" + name.toLowerCase(Locale.ROOT) + "\" is not a string");
      } else if (name.equals("data_base64")) {
        event.base64(json.getValueAsString());
      } else {
        event.attribute(name, json.getValueAsString());
      }
    }
    events.add(event.toEvent(events.size(), start));
  }
}
