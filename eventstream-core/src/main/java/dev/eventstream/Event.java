package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.internal.json.EventLayout;
import dev.eventstream.internal.text.JsonStrings;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.Rejection;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event as published: an {@code eventType}, an {@code eventValue} and any further members, as
 * JSON. It keeps its original bytes instead of a tree, so numbers, escapes and the order of members
 * are unchanged. Immutable and thread-safe.
 */
public final class Event implements ReadEvent {
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  final byte[] bytes;
  final EventLayout layout;
  final @Nullable String documentId;

  Event(byte[] bytes, EventLayout layout, @Nullable String documentId) {
    this.bytes = bytes;
    this.layout = layout;
    this.documentId = documentId;
  }

  /**
   * Creates an event without further members.
   *
   * @param eventType for example {@code pageview}
   * @param eventValue for example {@code homepage}
   * @throws IllegalArgumentException if either contains an unpaired surrogate, or if the event
   *     exceeds {@link EventReader#MAX_EVENT_BYTES}
   */
  public static Event of(String eventType, String eventValue) {
    String json =
        "{\"eventType\":"
            + JsonStrings.quote(eventType)
            + ",\"eventValue\":"
            + JsonStrings.quote(eventValue)
            + "}";
    return valid(json.getBytes(UTF_8));
  }

  /**
   * Creates an event with further members.
   *
   * @param members the further members, written as Jackson writes them, in the map's order
   * @throws IllegalArgumentException if a member cannot be written as JSON, is named {@code
   *     eventType} or {@code eventValue}, or makes the event larger or deeper than {@link
   *     EventReader} allows
   */
  public static Event of(String eventType, String eventValue, Map<String, ?> members) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("eventType", eventType);
    all.put("eventValue", eventValue);
    members.forEach(
        (name, value) -> {
          if (all.containsKey(name)) {
            throw new IllegalArgumentException(
                "member \"" + name + "\" is given twice; leave it out of the map");
          }
          all.put(name, value);
        });
    try {
      return valid(MAPPER.writeValueAsBytes(all));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the members cannot be written as JSON", e);
    }
  }

  /**
   * Parses an event.
   *
   * @param json one object in UTF-8; not copied, so it must not be modified afterwards
   * @throws InvalidEventException if the bytes are not a valid event
   */
  public static Event parse(byte[] json) throws InvalidEventException {
    return EventReader.single(json);
  }

  /**
   * Parses an event.
   *
   * @param json one object
   * @throws InvalidEventException if the text is not a valid event
   */
  public static Event parse(String json) throws InvalidEventException {
    if (JsonStrings.hasLoneSurrogate(json)) {
      throw new InvalidEventException(
          Rejection.INVALID_UNICODE, "the text contains an unpaired surrogate");
    }
    return EventReader.single(json.getBytes(UTF_8));
  }

  private static Event valid(byte[] json) {
    try {
      return EventReader.single(json);
    } catch (InvalidEventException e) {
      throw new IllegalArgumentException(e.reason(), e);
    }
  }

  /**
   * Returns the same event with a document ID chosen by the caller. The ID is an idempotency key:
   * publishing the event again does not create a second document. Events without one get a new
   * UUIDv7.
   *
   * @param id unique among all events of the same destination, 1 to 512 bytes of UTF-8
   */
  public Event withDocumentId(String id) {
    int size = id.getBytes(UTF_8).length;
    if (size == 0 || size > Document.MAX_ID_BYTES) {
      throw new IllegalArgumentException(
          "the document ID has "
              + size
              + " bytes; it must have 1 to "
              + Document.MAX_ID_BYTES
              + ": shorten or hash it");
    }
    if (JsonStrings.hasLoneSurrogate(id)) {
      throw new IllegalArgumentException("the document ID contains an unpaired surrogate");
    }
    return new Event(bytes, layout, id);
  }

  /** Returns the event's type with escapes resolved. */
  public String eventType() {
    return JsonStrings.unescape(bytes, layout.typeStart, layout.typeEnd);
  }

  /** Returns the event's value with escapes resolved. */
  public String eventValue() {
    return JsonStrings.unescape(bytes, layout.valueStart, layout.valueEnd);
  }

  /** Returns the document ID chosen by the caller, or null if the stream chooses one. */
  public @Nullable String documentId() {
    return documentId;
  }

  /** Returns the size of the JSON in bytes. */
  public int size() {
    return layout.end - layout.start;
  }

  /** Returns a copy of the JSON, unchanged since it was received. */
  public byte[] toJson() {
    return Arrays.copyOfRange(bytes, layout.start, layout.end);
  }

  /** Returns the JSON as text. */
  @Override
  public String toString() {
    return new String(bytes, layout.start, size(), UTF_8);
  }
}
