package dev.eventstream.spi;

import java.util.Locale;

/** Why an event can never be accepted as it is. Sending it again unchanged has the same result. */
public enum Rejection {
  /** The bytes are not JSON (RFC 8259). */
  MALFORMED_JSON,
  /** The bytes are not UTF-8, or a string contains an unpaired surrogate. */
  INVALID_UNICODE,
  /** An object has two members with the same name. */
  DUPLICATE_MEMBER,
  /** Objects and arrays are nested deeper than 64 levels. A dot in a name counts as one level. */
  TOO_DEEP,
  /** The name of a member is longer than engines can handle in large numbers. */
  NAME_TOO_LONG,
  /** The event has more distinct fields than the limit. */
  TOO_MANY_FIELDS,
  /** The event has more values, at all depths, than the limit. */
  TOO_MANY_VALUES,
  /** The event has a member with a name that engines reserve, such as {@code _routing}. */
  RESERVED_MEMBER,
  /** The event is larger than the limit, or larger than the engine accepts. */
  TOO_LARGE,
  /** The event is JSON, but not an object. */
  NOT_AN_OBJECT,
  /** {@code eventType} or {@code eventValue} is missing. */
  MISSING_MEMBER,
  /** {@code eventType} or {@code eventValue} is not a string. */
  NOT_A_STRING,
  /** {@code eventType} cannot become an index name. */
  INVALID_EVENT_TYPE,
  /** {@code eventType} is not on the allow-list. */
  EVENT_TYPE_NOT_ALLOWED,
  /** The event would exceed the limit of distinct event types. */
  TOO_MANY_EVENT_TYPES,
  /** The resolver knows no ID for the value, and unknown values are configured to be rejected. */
  UNKNOWN_EVENT_VALUE,
  /** An attribute of the CloudEvent is missing or invalid. */
  INVALID_CLOUD_EVENT,
  /** The transformer failed on this event. */
  TRANSFORM_FAILED,
  /** The engine reports that it can never index this document (mapping, parsing). */
  DOCUMENT_REFUSED;

  private final String wireName = name().toLowerCase(Locale.ROOT);

  /**
   * Returns the name used in answers and logs: the constant's name in lower case, for example
   * {@code malformed_json}.
   */
  public String wireName() {
    return wireName;
  }
}
