package dev.eventstream.examples.logback;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.util.Duration;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.EventStreamBuilder;
import dev.eventstream.Outcome;
import dev.eventstream.spool.MapDbSpool;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Publishes what an application logs, as events of one type, with the level as their value and the
 * field names of the Elastic Common Schema.
 *
 * <p>Logging never waits: an event that finds no room in memory is dropped. {@link #dropped()}
 * counts these events, and those that neither the cluster nor the spool has accepted.
 *
 * <p>What the stream and its HTTP client log is not published, because publishing it would cause
 * the next such message. It comes from eventstream's own threads, or from a thread that is just
 * publishing. Give loggers another appender as well, such as the console.
 *
 * <p>The setters are for {@code logback.xml}. Thread-safe once started.
 */
public final class EventStreamAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
  /** The names of all threads of eventstream begin with it. */
  private static final String OWN_THREADS = "eventstream-";

  private final ThreadLocal<Boolean> publishing = ThreadLocal.withInitial(() -> false);
  private final AtomicLong dropped = new AtomicLong();
  private @Nullable String url;
  private @Nullable String spoolDirectory;
  private String eventType = "log";
  private long maxBytes = 8 << 20;
  private Duration stopTimeout = Duration.buildBySeconds(5);
  private volatile @Nullable EventStream stream;

  /** Sets the URL of the cluster, or of another sink. */
  public void setUrl(String url) {
    this.url = url;
  }

  /** Sets the directory of the spool, which keeps events during an outage; none by default. */
  public void setSpoolDirectory(String directory) {
    this.spoolDirectory = directory;
  }

  /** Sets the event type, from which the index is derived; {@code log} by default. */
  public void setEventType(String eventType) {
    this.eventType = eventType;
  }

  /** Sets how many bytes of events can be in memory, in bytes; 8 MiB by default. */
  public void setMaxBytes(long bytes) {
    this.maxBytes = bytes;
  }

  /**
   * Sets how long {@link #stop()} waits for the cluster, such as {@code 5 seconds}, the default.
   */
  public void setStopTimeout(Duration time) {
    this.stopTimeout = time;
  }

  /** Returns how many events were dropped since the start. */
  public long dropped() {
    return dropped.get();
  }

  @Override
  public void start() {
    if (url == null) {
      addError("the appender \"" + getName() + "\" has no <url>, such as http://localhost:9200");
      return;
    }
    try {
      EventStreamBuilder builder =
          EventStream.builder()
              .sink(url)
              .maxInFlightBytes(maxBytes)
              .closeTimeout(java.time.Duration.ofMillis(stopTimeout.getMilliseconds()));
      if (spoolDirectory != null) {
        builder.spool(MapDbSpool.open(Path.of(spoolDirectory)));
      }
      stream = builder.build();
      super.start();
    } catch (IOException | IllegalArgumentException e) {
      addError("the appender \"" + getName() + "\" cannot start: " + e.getMessage(), e);
    }
  }

  @Override
  protected void append(ILoggingEvent event) {
    EventStream to = stream;
    if (to == null
        || publishing.get()
        || Thread.currentThread().getName().startsWith(OWN_THREADS)) {
      return;
    }
    publishing.set(true);
    try {
      // Takes a moment of this thread and waits for nothing; the outcome comes on another one.
      var unused = to.publish(event(event)).thenAccept(this::count);
    } catch (IllegalArgumentException e) { // for example a message of more than 1 MiB
      drop(e.getMessage());
    } finally {
      publishing.set(false);
    }
  }

  private void count(Outcome outcome) {
    if (!outcome.accepted()) {
      drop(outcome.toString());
    }
  }

  private void drop(@Nullable String reason) {
    if (dropped.getAndIncrement() == 0) { // Logback's own status, not a logger
      addWarn("the appender \"" + getName() + "\" begins to drop events: " + reason);
    }
  }

  private Event event(ILoggingEvent event) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("@timestamp", Instant.ofEpochMilli(event.getTimeStamp()).toString());
    members.put("message", event.getFormattedMessage());
    members.put(
        "log", Map.of("level", event.getLevel().toString(), "logger", event.getLoggerName()));
    members.put("process", Map.of("thread", Map.of("name", event.getThreadName())));
    if (!event.getMDCPropertyMap().isEmpty()) {
      members.put("labels", event.getMDCPropertyMap());
    }
    IThrowableProxy error = event.getThrowableProxy();
    if (error != null) {
      members.put(
          "error",
          Map.of(
              "type", error.getClassName(),
              "message", String.valueOf(error.getMessage()),
              "stack_trace", ThrowableProxyUtil.asString(error)));
    }
    return Event.of(eventType, event.getLevel().toString(), members);
  }

  /**
   * Waits for the events in memory, at most for the time of {@link #setStopTimeout}; what is left
   * goes to the spool, or is dropped if there is none.
   */
  @Override
  public void stop() {
    super.stop();
    EventStream last = stream;
    stream = null;
    if (last != null) {
      last.close();
      if (dropped() > 0) {
        addWarn("the appender \"" + getName() + "\" has dropped " + dropped() + " events");
      }
    }
  }
}
