package dev.eventstream.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Prints faults of properties without a stack trace. */
final class InvalidPropertiesFailureAnalyzer
    extends AbstractFailureAnalyzer<InvalidEventStreamPropertiesException> {

  @Override
  protected FailureAnalysis analyze(
      Throwable rootFailure, InvalidEventStreamPropertiesException cause) {
    return new FailureAnalysis(
        String.valueOf(cause.getMessage()), "Correct the properties named above.", cause);
  }
}
