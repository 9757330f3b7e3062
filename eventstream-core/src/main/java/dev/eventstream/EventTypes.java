package dev.eventstream;

import dev.eventstream.spi.IndexPattern;
import dev.eventstream.spi.Rejection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Decides which event types may become index names. Prevents clients from naming system indices,
 * paths or wildcards, and from flooding the cluster with indices. Thread-safe.
 */
final class EventTypes {
  /** The default limit of distinct types if there is no allow-list. */
  static final int DEFAULT_MAX_TYPES = 1_000;

  private final String member; // in messages
  private final Set<String> allowed; // empty: all valid types
  private final int maxTypes;
  private final Set<String> seen = ConcurrentHashMap.newKeySet();

  EventTypes(Set<String> allowed, int maxTypes) {
    this("eventType", allowed, maxTypes);
  }

  private EventTypes(String member, Set<String> allowed, int maxTypes) {
    this.member = member;
    for (String type : allowed) {
      if (!IndexPattern.isEventType(type)) {
        throw new IllegalArgumentException(
            "the allowed event type " + shown(type) + " cannot be used: it " + RULE);
      }
    }
    this.allowed = Set.copyOf(allowed);
    this.maxTypes = maxTypes;
  }

  /** Returns the rules for names that take the place of types in the index pattern. */
  static EventTypes routes(int max) {
    return new EventTypes("the route", Set.of(), max);
  }

  private static final String RULE =
      "must be 1 to "
          + IndexPattern.MAX_EVENT_TYPE_LENGTH
          + " characters of a-z, 0-9, \"-\" and \"_\", and start with a letter"
          + " or digit, because it becomes an index name";

  void check(String type) throws InvalidEventException {
    if (seen.contains(type)) {
      return;
    }
    if (!IndexPattern.isEventType(type)) {
      throw new InvalidEventException(
          Rejection.INVALID_EVENT_TYPE, member + " " + shown(type) + " " + RULE);
    }
    if (!allowed.isEmpty()) {
      if (!allowed.contains(type)) {
        throw new InvalidEventException(
            Rejection.EVENT_TYPE_NOT_ALLOWED,
            "eventType \"" + type + "\" is not one of the allowed event types");
      }
      seen.add(type);
      return;
    }
    synchronized (seen) {
      if (seen.size() >= maxTypes && !seen.contains(type)) {
        throw new InvalidEventException(
            Rejection.TOO_MANY_EVENT_TYPES,
            member
                + " \""
                + type
                + "\" exceeds the limit of "
                + maxTypes
                + " distinct event types; set the allowed event types to choose which are accepted");
      }
      seen.add(type);
    }
  }

  /**
   * Returns the type for use in a message: shortened, and without characters that could break a log
   * line.
   */
  private static String shown(String type) {
    String shortened = type.length() > 60 ? type.substring(0, 60) + "..." : type;
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < shortened.length(); i++) {
      char c = shortened.charAt(i);
      text.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
    }
    return text.append('"').toString();
  }
}
