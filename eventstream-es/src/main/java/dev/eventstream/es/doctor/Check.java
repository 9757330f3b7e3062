package dev.eventstream.es.doctor;

import dev.eventstream.es.doctor.Finding.Severity;
import java.util.List;
import java.util.Locale;

/** Something that is examined; the constants of an enum implement it. */
public interface Check {

  /** Returns the name of the constant. */
  String name();

  /** Returns the code of the findings: the name in lower case, with hyphens. */
  default String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All is well. */
  default Finding ok(List<String> subjects, String message) {
    return new Finding(code(), Severity.OK, subjects, message, "");
  }

  /** It could not be examined. */
  default Finding unknown(List<String> subjects, String message) {
    return new Finding(code(), Severity.UNKNOWN, subjects, message, "");
  }

  /** It will become worse. */
  default Finding warning(List<String> subjects, String message, String remedy) {
    return new Finding(code(), Severity.WARNING, subjects, message, remedy);
  }

  /** It does not work. */
  default Finding fault(List<String> subjects, String message, String remedy) {
    return new Finding(code(), Severity.FAULT, subjects, message, remedy);
  }
}
