package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.eventstream.internal.json.EventLayout;
import dev.eventstream.internal.json.EventScanner;
import dev.eventstream.internal.json.MalformedJsonException;
import dev.eventstream.internal.json.MemberPath;
import dev.eventstream.internal.text.JsonStrings;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.Rejection;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event as published: an {@code eventType}, an {@code eventValue} and any further members, as
 * JSON. It keeps its original bytes instead of a tree, so numbers, escapes and the order of members
 * are unchanged. Immutable and thread-safe.
 */
public final class Event implements ReadEvent {
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
    return valid((beginning(eventType, eventValue) + "}").getBytes(UTF_8));
  }

  private static String beginning(String eventType, String eventValue) {
    return "{\"eventType\":"
        + JsonStrings.quote(requireNonNull(eventType, "eventType"))
        + ",\"eventValue\":"
        + JsonStrings.quote(requireNonNull(eventValue, "eventValue"));
  }

  /**
   * Creates an event with further members.
   *
   * <p>Values are written as Jackson writes them: maps, collections, arrays, records and beans as
   * objects and arrays, enums by their names, {@code byte[]} as Base64. Times of {@code java.time}
   * and {@link java.util.Date} are ISO-8601 text, also durations; an {@link java.util.Optional} is
   * its content or null. A record of a named module must be open to {@code
   * com.fasterxml.jackson.databind}.
   *
   * @param members the further members, in the map's order
   * @throws IllegalArgumentException if a value has no JSON form (among them {@code NaN},
   *     infinities, resources and exceptions), with its path and type, as in {@code $.order.at:
   *     java.sql.Connection}; if a member is named {@code eventType} or {@code eventValue}; or if
   *     the event is larger or deeper than {@link EventReader} allows
   */
  public static Event of(String eventType, String eventValue, Map<String, ?> members) {
    String beginning = beginning(eventType, eventValue);
    for (String name : requireNonNull(members, "members").keySet()) {
      if (name != null && (name.equals("eventType") || name.equals("eventValue"))) {
        throw new IllegalArgumentException(
            "member \"" + name + "\" is given twice; leave it out of the map");
      }
    }
    return joined(beginning, MemberJson.write(members));
  }

  /**
   * Creates an event whose further members are those of an object, written in your own way, for
   * example by your {@code ObjectMapper}:
   *
   * <pre>{@code
   * Event.of("order", "placed", order, mapper::writeValueAsBytes)
   * }</pre>
   *
   * @param members a map, record or other object that {@code json} writes as a JSON object
   * @throws IllegalArgumentException if {@code json} fails or does not write an object, if a member
   *     is named {@code eventType} or {@code eventValue}, or if the event is larger or deeper than
   *     {@link EventReader} allows
   */
  public static Event of(String eventType, String eventValue, Object members, JsonWriter json) {
    String beginning = beginning(eventType, eventValue);
    requireNonNull(members, "members");
    byte[] written;
    try {
      written = requireNonNull(json, "json").write(members);
    } catch (Exception e) {
      throw new IllegalArgumentException(
          "the JsonWriter cannot write " + members.getClass().getTypeName() + ": " + e, e);
    }
    return joined(beginning, written);
  }

  /** Inserts type and value at the beginning of an object. */
  private static Event joined(String beginning, byte[] object) {
    int start = afterBlanks(object, 0);
    if (start == object.length || object[start] != '{') {
      throw new IllegalArgumentException(
          "the members are not a JSON object, but "
              + (start == object.length
                  ? "nothing"
                  : "begin with " + EventScanner.shown(object[start])));
    }
    int first = afterBlanks(object, start + 1);
    boolean isEmpty = first < object.length && object[first] == '}';
    byte[] head = (isEmpty ? beginning : beginning + ",").getBytes(UTF_8);
    byte[] all = Arrays.copyOf(head, head.length + object.length - first);
    System.arraycopy(object, first, all, head.length, object.length - first);
    try {
      return EventReader.single(all);
    } catch (InvalidEventException e) {
      String remedy =
          e.code() == Rejection.DUPLICATE_MEMBER
              ? "; leave eventType and eventValue out of the members"
              : "";
      throw new IllegalArgumentException(e.reason() + remedy, e);
    }
  }

  private static int afterBlanks(byte[] json, int start) {
    int p = start;
    while (p < json.length && " \n\r\t".indexOf(json[p]) >= 0) {
      p++;
    }
    return p;
  }

  /**
   * Parses an event.
   *
   * @param json one object in UTF-8; not copied, so it must not be modified afterwards
   * @throws InvalidEventException if the bytes are not a valid event
   */
  public static Event parse(byte[] json) throws InvalidEventException {
    return EventReader.single(requireNonNull(json, "json"));
  }

  /**
   * Parses an event.
   *
   * @param json one object
   * @throws InvalidEventException if the text is not a valid event
   */
  public static Event parse(String json) throws InvalidEventException {
    if (JsonStrings.hasLoneSurrogate(requireNonNull(json, "json"))) {
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
    int size = requireNonNull(id, "id").getBytes(UTF_8).length;
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

  /**
   * Returns the event with other JSON, which was made from its own.
   *
   * @throws InvalidEventException if the JSON is larger or deeper than an event may be, or has a
   *     member twice
   */
  Event withJson(byte[] json) throws InvalidEventException {
    if (json.length > EventReader.MAX_EVENT_BYTES) {
      throw new InvalidEventException(
          Rejection.TOO_LARGE,
          "the event is larger than " + EventReader.MAX_EVENT_BYTES + " bytes after its change");
    }
    EventScanner scanner = new EventScanner(EventReader.MAX_DEPTH);
    try {
      scanner.scan(json, 0, json.length);
    } catch (MalformedJsonException e) {
      throw new InvalidEventException(e.code(), e.reason());
    }
    return new Event(json, scanner.takeLayout(), documentId);
  }

  /** Returns the event's type with escapes resolved. */
  public String eventType() {
    return JsonStrings.unescape(bytes, layout.typeStart, layout.typeEnd);
  }

  /** Returns the event's value with escapes resolved. */
  public String eventValue() {
    return JsonStrings.unescape(bytes, layout.valueStart, layout.valueEnd);
  }

  /**
   * Returns a member: the content of a string with escapes resolved, and the JSON of any other
   * value.
   *
   * @param path the member's name, or the names on the way to it, separated by dots: {@code
   *     user.country}. A name with dots is found as well. Elements of arrays are not
   * @return null if there is no such member
   */
  public @Nullable String member(String path) {
    return MemberPath.parse(path).textIn(bytes, layout.start);
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
