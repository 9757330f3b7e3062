package dev.eventstream.es.doctor;

import dev.eventstream.es.request.IndexRequests;
import java.util.List;

/** What {@code action.auto_create_index} says about indices of a pattern. */
enum AutoCreation {
  ALLOWED,
  FORBIDDEN,
  /** Some names may be allowed, and others forbidden. */
  UNCLEAR;

  /**
   * Reads the setting as engines do: the first expression that matches a name decides, and a name
   * that none matches is forbidden.
   *
   * @param setting {@code true}, {@code false}, or expressions such as {@code -audit*,+*}
   * @param pattern with {@code *} for any characters
   */
  static AutoCreation of(String setting, String pattern) {
    boolean someAllowed = false;
    boolean someForbidden = false;
    for (String part : setting.split(",", -1)) {
      boolean allows = !part.strip().startsWith("-");
      String expression = part.strip().replaceFirst("^[+-]", "");
      if (expression.equals("true") || expression.equals("false")) {
        return expression.equals("true") ? ALLOWED : FORBIDDEN;
      }
      if (matches(expression, pattern)) { // all names: what follows does not matter
        return decide(someAllowed || allows, someForbidden || !allows);
      }
      if (matches(pattern, expression)) {
        someAllowed |= allows;
        someForbidden |= !allows;
      }
    }
    return decide(someAllowed, true);
  }

  private static AutoCreation decide(boolean allowed, boolean forbidden) {
    return !forbidden ? ALLOWED : allowed ? UNCLEAR : FORBIDDEN;
  }

  /** Whether a pattern matches all names of another one. */
  private static boolean matches(String pattern, String other) {
    return IndexRequests.matcher(List.of(pattern)).test(other);
  }
}
