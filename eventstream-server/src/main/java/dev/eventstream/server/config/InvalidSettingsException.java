package dev.eventstream.server.config;

import java.util.List;

/** Reports all faults of the settings at once. */
public final class InvalidSettingsException extends Exception {
  private static final long serialVersionUID = 1L;

  InvalidSettingsException(List<String> faults) {
    super(String.join(System.lineSeparator(), faults));
  }
}
