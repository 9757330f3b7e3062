package dev.eventstream.examples.logback;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Logs two messages; {@code logback.xml} says where to. */
public final class LoggingProgram {
  private static final Logger LOG = LoggerFactory.getLogger(LoggingProgram.class);

  private LoggingProgram() {}

  /** Runs the example. */
  public static void main(String[] args) {
    try (MDC.MDCCloseable customer = MDC.putCloseable("customer", "c-17")) {
      LOG.info("Order {} is placed", 4711);
      LOG.error("The payment failed", new IllegalStateException("the card has expired"));
    }
  }
}
