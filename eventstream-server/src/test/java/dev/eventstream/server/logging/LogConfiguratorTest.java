package dev.eventstream.server.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogConfiguratorTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final LoggerContext loggers = new LoggerContext();

  private static ConsoleAppender<ILoggingEvent> appender(LoggerContext context) {
    return (ConsoleAppender<ILoggingEvent>)
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender("stderr");
  }

  private String logged(String message, @Nullable Throwable failure, Object... arguments) {
    Logger logger = loggers.getLogger("dev.eventstream.Somebody");
    loggers.setMDCAdapter(new LogbackMDCAdapter());
    LoggingEvent event =
        new LoggingEvent("caller", logger, Level.WARN, message, failure, arguments);
    event.setInstant(Instant.parse("2026-11-24T08:15:30.123Z"));
    return new String(appender(loggers).getEncoder().encode(event), UTF_8);
  }

  private JsonNode json(String line) throws IOException {
    assertThat(line).endsWith("\n");
    assertThat(line.strip()).doesNotContain("\n");
    return JSON.readTree(line);
  }

  @Test
  void logsTextUnlessToldOtherwise() {
    LogConfigurator.configure(loggers, null);

    assertThat(logged("the {} is full", null, "spool"))
        .isEqualTo("2026-11-24T08:15:30.123Z WARN  Somebody - the spool is full\n");
    assertThat(appender(loggers).getTarget()).isEqualTo("System.err");
  }

  @Test
  void logsOneJsonObjectALineWhereThatIsAskedFor() throws IOException {
    LogConfigurator.configure(loggers, "json");

    JsonNode line = json(logged("the {} is \"full\"\nreally", null, "spool"));
    assertThat(line.path("level").asText()).isEqualTo("WARN");
    assertThat(line.path("loggerName").asText()).isEqualTo("dev.eventstream.Somebody");
    assertThat(line.path("timestamp").asLong())
        .isEqualTo(Instant.parse("2026-11-24T08:15:30.123Z").toEpochMilli());
    assertThat(line.path("formattedMessage").asText()).isEqualTo("the spool is \"full\"\nreally");
    assertThat(line.has("arguments")).isFalse();
    assertThat(line.has("message")).isFalse();
  }

  @Test
  void aStackTraceStaysWithinItsLine() throws IOException {
    LogConfigurator.configure(loggers, "json");

    JsonNode line = json(logged("failed", new IllegalStateException("because\nof this")));

    assertThat(line.path("throwable").path("className").asText())
        .isEqualTo("java.lang.IllegalStateException");
    assertThat(line.path("throwable").path("message").asText()).isEqualTo("because\nof this");
  }

  @Test
  void isWhatLogbackFindsInThisProcess() {
    LoggerContext found = (LoggerContext) LoggerFactory.getILoggerFactory();

    assertThat(appender(found)).isNotNull();
    assertThat(found.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getLevel()).isEqualTo(Level.INFO);
    assertThat(found.getLogger("org.eclipse.jetty.server").getEffectiveLevel())
        .isEqualTo(Level.WARN);
    assertThat(found.getLogger("org.eclipse.jetty.http").getEffectiveLevel())
        .isEqualTo(Level.ERROR);
  }
}
