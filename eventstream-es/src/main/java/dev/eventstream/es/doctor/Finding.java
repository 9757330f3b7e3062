package dev.eventstream.es.doctor;

import java.util.List;
import java.util.Locale;

/**
 * What an examination has found.
 *
 * @param code names the check, for programs, such as {@code closed-index}
 * @param severity how bad it is
 * @param subjects names of what it concerns, such as nodes, indices, settings or files; empty: the
 *     whole
 * @param message what was found; names at most ten of the subjects
 * @param remedy what to do; empty if nothing
 */
public record Finding(
    String code, Severity severity, List<String> subjects, String message, String remedy) {

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

  public Finding {
    subjects = List.copyOf(subjects);
  }
}
