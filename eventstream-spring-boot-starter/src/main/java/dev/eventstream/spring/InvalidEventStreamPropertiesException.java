package dev.eventstream.spring;

import java.util.List;

/**
 * Properties {@code eventstream.*} are not valid. The message contains all faults, each with the
 * property, its value unless that is a secret, and the remedy.
 */
public final class InvalidEventStreamPropertiesException extends IllegalStateException {
  InvalidEventStreamPropertiesException(List<String> faults) {
    super(String.join(System.lineSeparator(), faults));
  }

  InvalidEventStreamPropertiesException(String fault, Throwable cause) {
    super(fault, cause);
  }
}
