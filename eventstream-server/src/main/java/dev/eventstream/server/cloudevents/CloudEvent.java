package dev.eventstream.server.cloudevents;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.eventstream.BrokenEvent;
import dev.eventstream.Event;
import dev.eventstream.InvalidEventException;
import dev.eventstream.ReadEvent;
import dev.eventstream.server.idempotency.DocumentIds;
import dev.eventstream.spi.Rejection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One CloudEvent on its way to become an event:
 *
 * <ul>
 *   <li>{@code eventType} is the type; upper case becomes lower case, and what no event type may
 *       have becomes {@code -}.
 *   <li>{@code eventValue} is that of the data, or else the subject.
 *   <li>The members of the data are the event's own; data that is no object is its member {@code
 *       data}, or {@code data_base64} where it is no JSON.
 *   <li>{@code @timestamp} is the time, or else that of the data.
 *   <li>All attributes are in the member {@code cloudEvent}, as strings.
 *   <li>The document id is a hash of source and id.
 * </ul>
 *
 * <p>What is in the data is copied as it came, not turned into a tree: numbers stay what they are,
 * and memory is bounded by the body. Not thread-safe.
 */
public final class CloudEvent {
  private static final String SPEC_VERSION = "1.0";
  private static final byte[] ATTRIBUTES_MEMBER = "\"cloudEvent\":{".getBytes(UTF_8);

  private final ByteArrayOutputStream attributes = new ByteArrayOutputStream();
  private final ByteArrayOutputStream members = new ByteArrayOutputStream();
  private @Nullable String specVersion;
  private @Nullable String type;
  private @Nullable String source;
  private @Nullable String id;
  private @Nullable String subject;
  private @Nullable String time;
  private @Nullable String contentType;
  private @Nullable String base64;
  private byte @Nullable [] ownValue; // of the data, as a whole member
  private byte @Nullable [] ownTimestamp;
  private boolean hasData;
  private @Nullable InvalidEventException fault; // the first one

  /**
   * Takes an attribute.
   *
   * @param value null: it is as good as not there
   */
  void attribute(String name, @Nullable String value) {
    if (value == null) {
      return;
    }
    if (!isText(name) || !isText(value)) {
      fault("an attribute has a control character or half of a surrogate pair");
      return;
    }
    switch (name) {
      case "specversion" -> specVersion = value;
      case "type" -> type = value;
      case "source" -> source = value;
      case "id" -> id = value;
      case "subject" -> subject = value;
      case "time" -> time = value;
      case "datacontenttype" -> contentType = value;
      default -> {} // an extension
    }
    if (attributes.size() > 0) {
      attributes.write(',');
    }
    putString(name, attributes);
    attributes.write(':');
    putString(value, attributes);
  }

  /** As CloudEvents have it: no control characters, and what can be written in UTF-8. */
  private static boolean isText(String text) {
    return text.codePoints()
        .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
  }

  /** Takes data that is no JSON, or said not to be. */
  void base64(@Nullable String encoded) {
    base64 = encoded;
  }

  /**
   * Takes the data that a parser is at, and moves to its end.
   *
   * @param source what the parser reads
   */
  void data(JsonParser json, byte[] source) throws IOException {
    if (hasData) {
      fault("there is data twice");
    }
    hasData = true;
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (json.currentToken() != JsonToken.START_OBJECT) {
      int start = JsonTokens.start(json);
      byte[] member = member("data", source, start, JsonTokens.end(json));
      put(member, 0, member.length);
      return;
    }
    while (json.nextToken() != JsonToken.END_OBJECT) {
      int nameStart = JsonTokens.start(json);
      String name = json.currentName();
      json.nextToken();
      int start = JsonTokens.start(json);
      int end = JsonTokens.end(json);
      switch (name) {
        case "eventType", "cloudEvent" -> {} // ours to say
        case "eventValue" -> ownValue = once(ownValue, member(name, source, start, end));
        case "@timestamp" -> ownTimestamp = once(ownTimestamp, member(name, source, start, end));
        default -> put(source, nameStart, end - nameStart);
      }
    }
  }

  private byte[] once(byte @Nullable [] before, byte[] member) {
    if (before != null) {
      fault(Rejection.DUPLICATE_MEMBER, "the data has two members of one name");
    }
    return member;
  }

  /** Adds to the event's members. */
  private void put(byte[] json, int start, int length) {
    if (members.size() > 0) {
      members.write(',');
    }
    members.write(json, start, length);
  }

  private static byte[] member(String name, byte[] json, int start, int end) {
    ByteArrayOutputStream member = new ByteArrayOutputStream(name.length() + 3 + end - start);
    putString(name, member);
    member.write(':');
    member.write(json, start, end - start);
    return member.toByteArray();
  }

  private static byte[] member(String name, String text) {
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    putString(text, json);
    return member(name, json.toByteArray(), 0, json.size());
  }

  private static void putString(String text, ByteArrayOutputStream into) {
    into.write('"');
    into.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(text));
    into.write('"');
  }

  /** Says that the CloudEvent is none. */
  void fault(String reason) {
    fault(Rejection.INVALID_CLOUD_EVENT, reason);
  }

  private void fault(Rejection code, String reason) {
    if (fault == null) {
      fault = new InvalidEventException(code, reason);
    }
  }

  /**
   * The event, or why there is none.
   *
   * @param index its position in the request
   * @param offset where in the body it starts
   */
  ReadEvent toEvent(int index, long offset) {
    try {
      return event();
    } catch (InvalidEventException e) {
      return new BrokenEvent(index, e.code(), e.reason(), offset);
    }
  }

  private Event event() throws InvalidEventException {
    String eventType = eventType(required("type", type));
    String documentId =
        DocumentIds.of("CloudEvents", required("source", source), required("id", id));
    if (!SPEC_VERSION.equals(required("specversion", specVersion))) {
      fault("specversion is \"" + specVersion + "\"; send " + SPEC_VERSION);
    }
    decodeBase64();
    if (ownValue == null && subject == null) {
      fault(
          Rejection.MISSING_MEMBER,
          "a CloudEvent needs \"eventValue\" in its data, or a subject, which then is that");
    }
    if (fault != null) {
      throw fault;
    }
    byte[] own = members.toByteArray();
    members.reset();
    putMember(member("eventType", eventType));
    putMember(ownValue == null ? member("eventValue", String.valueOf(subject)) : ownValue);
    if (time != null) {
      putMember(member("@timestamp", time));
    } else if (ownTimestamp != null) {
      putMember(ownTimestamp);
    }
    if (own.length > 0) {
      putMember(own);
    }
    putMember(ATTRIBUTES_MEMBER);
    members.writeBytes(attributes.toByteArray());
    members.write('}');
    byte[] inner = members.toByteArray();
    byte[] json = new byte[inner.length + 2];
    json[0] = '{';
    System.arraycopy(inner, 0, json, 1, inner.length);
    json[json.length - 1] = '}';
    return Event.parse(json).withDocumentId(documentId);
  }

  private void putMember(byte[] member) {
    put(member, 0, member.length);
  }

  private String required(String name, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      fault("a CloudEvent needs \"" + name + "\"");
      return "";
    }
    return value;
  }

  private void decodeBase64() {
    if (base64 == null) {
      return;
    }
    if (hasData) {
      fault("there is data twice");
    } else if (contentType == null || isJson(contentType)) {
      try {
        byte[] decoded = Base64.getDecoder().decode(base64);
        try (JsonParser json = JsonTokens.parser(decoded, decoded.length)) {
          if (json.currentToken() != null) {
            data(json, decoded);
          }
          if (json.currentToken() != null && json.nextToken() != null) {
            fault(Rejection.MALFORMED_JSON, "unexpected data behind that of data_base64");
          }
        }
      } catch (JsonProcessingException e) {
        fault(Rejection.MALFORMED_JSON, "data_base64 is no JSON: " + e.getOriginalMessage());
      } catch (IOException | IllegalArgumentException e) {
        fault("data_base64 is no UTF-8 in Base64");
      }
    } else {
      putMember(member("data_base64", base64));
    }
  }

  /** Whether data of a content type is JSON. */
  static boolean isJson(String contentType) {
    int parameters = contentType.indexOf(';');
    String plain = (parameters < 0 ? contentType : contentType.substring(0, parameters)).strip();
    String lowerCase = plain.toLowerCase(Locale.ROOT);
    return lowerCase.endsWith("/json") || lowerCase.endsWith("+json");
  }

  private static String eventType(String type) {
    StringBuilder eventType = new StringBuilder(type.length());
    for (int i = 0; i < type.length(); i++) {
      char c = type.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        eventType.append((char) (c + ('a' - 'A')));
      } else {
        boolean stays = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        eventType.append(stays ? c : '-');
      }
    }
    return eventType.toString();
  }
}
