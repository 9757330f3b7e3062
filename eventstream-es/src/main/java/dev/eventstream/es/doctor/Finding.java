package dev.eventstream.es.doctor;

import java.util.Locale;

/**
 * What an examination has found.
 *
 * @param code names the check, for programs, such as {@code closed-index}
 * @param severity how bad it is
 * @param message what was found, with the names of what it concerns
 * @param remedy what to do; empty if nothing
 */
public record Finding(String code, Severity severity, String message, String remedy) {

  /** How bad a finding is. */
  public enum Severity {
    /** All is well. */
    OK,
    /** It could not be examined, or does not apply. */
    UNKNOWN,
    /** Events are accepted, but this will become worse, or is slower than it could be. */
    WARNING,
    /** Events of some types, or all, cannot be indexed, or nothing can be kept on disk. */
    FAULT;

    /** Returns the name in lower case. */
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** All is well. */
  public static Finding ok(String code, String message) {
    return new Finding(code, Severity.OK, message, "");
  }

  /** It could not be examined. */
  public static Finding unknown(String code, String message) {
    return new Finding(code, Severity.UNKNOWN, message, "");
  }

  /** It will become worse. */
  public static Finding warning(String code, String message, String remedy) {
    return new Finding(code, Severity.WARNING, message, remedy);
  }

  /** It does not work. */
  public static Finding fault(String code, String message, String remedy) {
    return new Finding(code, Severity.FAULT, message, remedy);
  }
}
