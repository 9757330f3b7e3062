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
 * What a caller publishes: an {@code eventType}, an {@code eventValue}, any further members, as
 * JSON. Held as its own bytes, never as a tree: numbers, escapes and the members' order stay as
 * they came. Immutable and thread-safe.
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
   * An event without further members.
   *
   * @param eventType its type, for example {@code pageview}
   * @param eventValue its value, for example {@code homepage}
   * @return the event
   * @throws IllegalArgumentException when either holds half of a surrogate pair, or they are larger
   *     than {@link EventReader#MAX_EVENT_BYTES}
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
   * An event with further members.
   *
   * @param eventType its type
   * @param eventValue its value
   * @param members the further members, written as Jackson writes them, in the map's order
   * @return the event
   * @throws IllegalArgumentException when a member cannot be written as JSON, is named {@code
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
   * An event from its JSON.
   *
   * @param json one object in UTF-8; not copied, so it must not be changed afterwards
   * @return the event
   * @throws InvalidEventException when it is no event, with the reason
   */
  public static Event parse(byte[] json) throws InvalidEventException {
    return EventReader.single(json);
  }

  /**
   * An event from its JSON.
   *
   * @param json one object
   * @return the event
   * @throws InvalidEventException when it is no event, with the reason
   */
  public static Event parse(String json) throws InvalidEventException {
    if (JsonStrings.hasLoneSurrogate(json)) {
      throw new InvalidEventException(
          Rejection.INVALID_UNICODE, "the text holds half of a surrogate pair");
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
   * The same event with a document id of the caller's, so that publishing it again changes nothing:
   * an idempotency key. Without one the stream gives each event a new UUIDv7.
   *
   * @param id unique among all events of this destination, 1 to 512 bytes of UTF-8
   * @return the event with that id
   */
  public Event withDocumentId(String id) {
    int size = id.getBytes(UTF_8).length;
    if (size == 0 || size > Document.MAX_ID_BYTES) {
      throw new IllegalArgumentException(
          "the document id has "
              + size
              + " bytes; it must have 1 to "
              + Document.MAX_ID_BYTES
              + ": shorten or hash it");
    }
    if (JsonStrings.hasLoneSurrogate(id)) {
      throw new IllegalArgumentException("the document id holds half of a surrogate pair");
    }
    return new Event(bytes, layout, id);
  }

  /**
   * The event's type.
   *
   * @return the type, its escapes resolved
   */
  public String eventType() {
    return JsonStrings.unescape(bytes, layout.typeStart, layout.typeEnd);
  }

  /**
   * The event's value.
   *
   * @return the value, its escapes resolved
   */
  public String eventValue() {
    return JsonStrings.unescape(bytes, layout.valueStart, layout.valueEnd);
  }

  /**
   * The document id that the caller chose.
   *
   * @return the id, or null where the stream is to choose one
   */
  public @Nullable String documentId() {
    return documentId;
  }

  /**
   * The event's size.
   *
   * @return bytes of JSON
   */
  public int size() {
    return layout.end - layout.start;
  }

  /**
   * The event as it came in.
   *
   * @return a copy of its JSON
   */
  public byte[] toJson() {
    return Arrays.copyOfRange(bytes, layout.start, layout.end);
  }

  /**
   * The event's JSON as text.
   *
   * @return the JSON
   */
  @Override
  public String toString() {
    return new String(bytes, layout.start, size(), UTF_8);
  }
}
