package dev.eventstream.server.doctor;

import dev.eventstream.es.doctor.Finding;
import java.util.List;
import java.util.Locale;

/**
 * What is looked at beside the cluster. The code of a check is its name in lower case, with
 * hyphens.
 */
public enum LocalCheck {
  SETTINGS,
  CONTRADICTION,
  OPEN_FILES,
  CERTIFICATE,
  PORT,
  SPOOL,
  REPLICA,
  ORPHANED_SPOOL,
  DAMAGED_FILES,
  BACKLOG,
  DEAD_LETTERS,
  FREE_SPACE,
  FSYNC;

  String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All is well. */
  public Finding ok(List<String> subjects, String message) {
    return Finding.ok(code(), subjects, message);
  }

  /** It could not be examined. */
  public Finding unknown(List<String> subjects, String message) {
    return Finding.unknown(code(), subjects, message);
  }

  /** It will become worse. */
  public Finding warning(List<String> subjects, String message, String remedy) {
    return Finding.warning(code(), subjects, message, remedy);
  }

  /** It does not work. */
  public Finding fault(List<String> subjects, String message, String remedy) {
    return Finding.fault(code(), subjects, message, remedy);
  }
}
