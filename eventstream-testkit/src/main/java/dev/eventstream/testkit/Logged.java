package dev.eventstream.testkit;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Records what all loggers write until it is closed. Needs Logback. Thread-safe. */
public final class Logged implements AutoCloseable {
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

  /** Starts to record. */
  public Logged() {
    appender.start();
    root.addAppender(appender);
  }

  /** Returns the log lines so far, each as its level, message and stack trace. */
  public List<String> lines() {
    List<ILoggingEvent> events;
    synchronized (appender) { // which it holds while it appends
      events = List.copyOf(appender.list);
    }
    return events.stream()
        .map(
            event ->
                event.getLevel()
                    + " "
                    + event.getFormattedMessage()
                    + ThrowableProxyUtil.asString(event.getThrowableProxy()))
        .toList();
  }

  @Override
  public void close() {
    root.detachAppender(appender);
    appender.stop();
  }
}
