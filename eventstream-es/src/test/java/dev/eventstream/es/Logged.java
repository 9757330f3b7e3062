package dev.eventstream.es;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** What is logged meanwhile, by anyone. */
public final class Logged implements AutoCloseable {
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  public Logged() {
    lines.start();
    root.addAppender(lines);
  }

  /** The lines, with their stack traces. */
  public List<String> lines() {
    List<ILoggingEvent> events;
    synchronized (lines) { // as appending is
      events = List.copyOf(lines.list);
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
    root.detachAppender(lines);
    lines.stop();
  }
}
