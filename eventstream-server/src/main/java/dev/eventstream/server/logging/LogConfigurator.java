package dev.eventstream.server.logging;

import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Configures Logback in Java, because parsing XML would take a considerable part of the start. Logs
 * to standard error, since standard output is for the line that reports readiness; as text, or as
 * one JSON object per line. Operators can use their own configuration with {@code
 * -Dlogback.configurationFile=…}, or with a {@code logback.xml} on the class path.
 *
 * <p>Found by Logback with {@code ServiceLoader}.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_NORMAL_PRIORITY)
public final class LogConfigurator extends ContextAwareBase implements Configurator {
  /** The environment variable with the format: {@code text}, the default, or {@code json}. */
  public static final String FORMAT_VARIABLE = "EVENTSTREAM_LOG_FORMAT";

  /** The system property with the format; takes precedence over the variable. */
  public static final String FORMAT_PROPERTY = "eventstream.log.format";

  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX,UTC} %-5level %logger{0} - %msg%n";

  /**
   * Loggers of faults of clients. The clients get them as answers, and must not be able to fill the
   * log.
   */
  private static final List<String> VERBOSE =
      List.of(
          "org.eclipse.jetty.http",
          "org.eclipse.jetty.server.ResourceService",
          "org.eclipse.jetty.util.HostPort");

  /** For {@code ServiceLoader}. */
  public LogConfigurator() {}

  @Override
  public ExecutionStatus configure(LoggerContext loggers) {
    if (hasOwnConfiguration()) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    configure(loggers, format());
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /**
   * Changes the format, once the settings are known; not if operators have their own configuration.
   *
   * @param format {@code text} or {@code json}
   */
  public static void use(String format) {
    if (!format.equals(Objects.requireNonNullElse(format(), "text"))
        && !hasOwnConfiguration()
        && LoggerFactory.getILoggerFactory() instanceof LoggerContext loggers) {
      loggers.reset();
      configure(loggers, format);
    }
  }

  /** Configures levels and appender. An unknown format counts as text. */
  static void configure(LoggerContext loggers, @Nullable String format) {
    ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
    stderr.setContext(loggers);
    stderr.setName("stderr");
    stderr.setTarget("System.err");
    stderr.setEncoder("json".equals(format) ? json(loggers) : text(loggers));
    stderr.start();
    ch.qos.logback.classic.Logger root = loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(stderr);
    loggers.getLogger("org.eclipse.jetty").setLevel(Level.WARN);
    VERBOSE.forEach(name -> loggers.getLogger(name).setLevel(Level.ERROR));
  }

  private static Encoder<ILoggingEvent> text(LoggerContext loggers) {
    PatternLayoutEncoder text = new PatternLayoutEncoder();
    text.setContext(loggers);
    text.setPattern(PATTERN);
    text.start();
    return text;
  }

  private static Encoder<ILoggingEvent> json(LoggerContext loggers) {
    JsonEncoder json = new JsonEncoder();
    json.setContext(loggers);
    json.setWithFormattedMessage(true); // instead of the pattern and its arguments
    json.setWithMessage(false);
    json.setWithArguments(false);
    json.setWithSequenceNumber(false);
    json.setWithNanoseconds(false);
    json.setWithContext(false);
    json.start();
    return json;
  }

  private static @Nullable String format() {
    String property = System.getProperty(FORMAT_PROPERTY);
    return property == null ? System.getenv(FORMAT_VARIABLE) : property;
  }

  private static boolean hasOwnConfiguration() {
    ClassLoader classes = LogConfigurator.class.getClassLoader();
    return System.getProperty(ClassicConstants.CONFIG_FILE_PROPERTY) != null
        || (classes != null
            && (classes.getResource(ClassicConstants.TEST_AUTOCONFIG_FILE) != null
                || classes.getResource(ClassicConstants.AUTOCONFIG_FILE) != null));
  }
}
