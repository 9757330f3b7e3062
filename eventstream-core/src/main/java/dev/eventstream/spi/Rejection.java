package dev.eventstream.spi;

import java.util.Locale;

/** Why an event can never be taken as it is. Sending it again unchanged gives the same answer. */
public enum Rejection {
  /** The bytes are not JSON (RFC 8259). */
  MALFORMED_JSON,
  /** The bytes are not UTF-8, or a string holds half of a surrogate pair. */
  INVALID_UNICODE,
  /** An object has two members of the same name. */
  DUPLICATE_MEMBER,
  /** Objects and arrays are nested deeper than 64 levels; a dot in a name is a level. */
  TOO_DEEP,
  /** A member has a longer name than engines can keep by the thousand. */
  NAME_TOO_LONG,
  /** The event has more distinct fields than the bound. */
  TOO_MANY_FIELDS,
  /** The event has more values, at all depths, than the bound. */
  TOO_MANY_VALUES,
  /** The event has a member of its own that engines reserve, such as {@code _routing}. */
  RESERVED_MEMBER,
  /** The event is larger than the limit, or larger than the engine takes. */
  TOO_LARGE,
  /** The event is a JSON value, but no object. */
  NOT_AN_OBJECT,
  /** {@code eventType} or {@code eventValue} is missing. */
  MISSING_MEMBER,
  /** {@code eventType} or {@code eventValue} is no string. */
  NOT_A_STRING,
  /** {@code eventType} cannot become an index name. */
  INVALID_EVENT_TYPE,
  /** {@code eventType} is not on the allow-list. */
  EVENT_TYPE_NOT_ALLOWED,
  /** One more distinct {@code eventType} would exceed the bound on index names. */
  TOO_MANY_EVENT_TYPES,
  /** The resolver knows no ID for the value, and unknown values are set to be rejected. */
  UNKNOWN_EVENT_VALUE,
  /** An attribute of the CloudEvent is missing, or cannot be what it is. */
  INVALID_CLOUD_EVENT,
  /** The transformer failed on this event. */
  TRANSFORM_FAILED,
  /** The engine says that it can never index this document (mapping, parsing). */
  DOCUMENT_REFUSED;

  private final String wireName = name().toLowerCase(Locale.ROOT);

  /**
   * The name used in answers and logs.
   *
   * @return the constant's name in lower case, for example {@code malformed_json}
   */
  public String wireName() {
    return wireName;
  }
}
