package dev.eventstream.es.doctor;

import java.util.List;

/** Picks from findings. */
final class Findings {
  private Findings() {}

  static Finding find(List<Finding> all, String code) {
    return all.stream()
        .filter(finding -> finding.code().equals(code))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + code + " in " + all));
  }
}
