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
 * Converts one CloudEvent to an event:
 *
 * <ul>
 *   <li>{@code eventType} is the type; upper case becomes lower case, and characters that are not
 *       valid in an event type become {@code -}.
 *   <li>{@code eventValue} is that of the data, otherwise the subject.
 *   <li>The members of the data become members of the event. Data that is not an object becomes the
 *       member {@code data}, or {@code data_base64} if it is not JSON.
 *   <li>{@code @timestamp} is the time, otherwise that of the data.
 *   <li>All attributes become strings in the member {@code cloudEvent}.
 *   <li>The document id is a hash of source and id.
 * </ul>
 *
 * <p>The data is copied as bytes, without a tree: numbers keep their text, and memory is bounded by
 * the body. Not thread-safe.
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
  private byte @Nullable [] ownValue; // that of the data, as a member
  private byte @Nullable [] ownTimestamp;
  private boolean hasData;
  private @Nullable InvalidEventException fault; // the first one

  /**
   * Adds an attribute.
   *
   * @param value null: absent
   */
  void attribute(String name, @Nullable String value) {
    if (value == null) {
      return;
    }
    if (!isText(name) || !isText(value)) {
      fault("an attribute has a control character or an unpaired surrogate");
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

  /** As CloudEvents define strings: no control characters, and valid in UTF-8. */
  private static boolean isText(String text) {
    return text.codePoints()
        .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
  }

  /** Sets {@code data_base64}. */
  void base64(@Nullable String encoded) {
    base64 = encoded;
  }

  /**
   * Adds the data at which a parser is, and skips it.
   *
   * @param source the parser's input
   */
  void data(JsonParser json, byte[] source) throws IOException {
    if (hasData) {
      fault("the data is given twice");
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
        case "eventType", "cloudEvent" -> {} // set by this class
        case "eventValue" -> ownValue = once(ownValue, member(name, source, start, end));
        case "@timestamp" -> ownTimestamp = once(ownTimestamp, member(name, source, start, end));
        default -> put(source, nameStart, end - nameStart);
      }
    }
  }

  private byte[] once(byte @Nullable [] before, byte[] member) {
    if (before != null) {
      fault(Rejection.DUPLICATE_MEMBER, "the data has two members with the same name");
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

  /** Records that the CloudEvent is not valid; the first fault counts. */
  void fault(String reason) {
    fault(Rejection.INVALID_CLOUD_EVENT, reason);
  }

  private void fault(Rejection code, String reason) {
    if (fault == null) {
      fault = new InvalidEventException(code, reason);
    }
  }

  /**
   * The event, or a broken event with the first fault.
   *
   * @param index its position in the request
   * @param offset its offset in the body
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
          "a CloudEvent needs \"eventValue\" in its data, or a subject, which is used instead");
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
      fault("the data is given twice");
    } else if (contentType == null || isJson(contentType)) {
      try {
        byte[] decoded = Base64.getDecoder().decode(base64);
        try (JsonParser json = JsonTokens.parser(decoded, decoded.length)) {
          if (json.currentToken() != null) {
            data(json, decoded);
          }
          if (json.currentToken() != null && json.nextToken() != null) {
            fault(Rejection.MALFORMED_JSON, "unexpected data after that of data_base64");
          }
        }
      } catch (JsonProcessingException e) {
        fault(Rejection.MALFORMED_JSON, "data_base64 is not JSON: " + e.getOriginalMessage());
      } catch (IOException | IllegalArgumentException e) {
        fault("data_base64 is not Base64 of UTF-8");
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
