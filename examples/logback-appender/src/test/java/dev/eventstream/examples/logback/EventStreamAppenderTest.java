package dev.eventstream.examples.logback;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.status.Status;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.examples.file.FileSink;
import dev.eventstream.testkit.Logged;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class EventStreamAppenderTest {
  @TempDir Path directory;
  private final LoggerContext context = new LoggerContext();

  @AfterEach
  void stop() {
    context.stop();
  }

  private Logger configure(String properties) throws JoranException {
    context.setMDCAdapter(new LogbackMDCAdapter());
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    String xml =
        """
        <configuration>
          <appender name="EVENTS" class="%s">%s</appender>
          <root level="INFO"><appender-ref ref="EVENTS"/></root>
        </configuration>"""
            .formatted(EventStreamAppender.class.getName(), properties);
    configurator.doConfigure(new ByteArrayInputStream(xml.getBytes(UTF_8)));
    return context.getLogger("shop.Orders");
  }

  private Logger configureFile() throws JoranException {
    return configure("<url>" + directory.toUri() + "</url>");
  }

  private EventStreamAppender appender() {
    return (EventStreamAppender)
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender("EVENTS");
  }

  private List<String> statuses() {
    return context.getStatusManager().getCopyOfStatusList().stream()
        .filter(status -> status.getLevel() >= Status.WARN)
        .map(Status::getMessage)
        .toList();
  }

  @Test
  void aLogEventBecomesADocument() throws Exception {
    Logger log = configureFile();
    context.getMDCAdapter().put("customer", "c-17");
    log.error("Order {} failed", 4711, new IllegalStateException("no stock"));
    context.stop(); // writes what is in memory

    JsonNode document = JsonMapper.builder().build().readTree(FileSink.read(directory).get(0));
    assertThat(document.path("eventType").textValue()).isEqualTo("log");
    assertThat(document.path("eventValue").textValue()).isEqualTo("ERROR");
    assertThat(document.path("message").textValue()).isEqualTo("Order 4711 failed");
    assertThat(document.at("/log/logger").textValue()).isEqualTo("shop.Orders");
    assertThat(document.at("/log/level").textValue()).isEqualTo("ERROR");
    assertThat(document.at("/process/thread/name").textValue())
        .isEqualTo(Thread.currentThread().getName());
    assertThat(document.at("/labels/customer").textValue()).isEqualTo("c-17");
    assertThat(document.at("/error/message").textValue()).isEqualTo("no stock");
    assertThat(document.at("/error/type").textValue()).isEqualTo("java.lang.IllegalStateException");
    assertThat(document.at("/error/stack_trace").textValue()).contains("aLogEventBecomesADocument");
    assertThat(document.path("@timestamp").textValue()).endsWith("Z");
    assertThat(document.has("clientTimestamp")).isFalse();
  }

  @Test
  void anAppenderThatCannotStartSaysWhy() throws Exception {
    Logger log = configure("");
    log.info("not lost by an exception");

    assertThat(statuses()).anySatisfy(line -> assertThat(line).contains("EVENTS", "<url>"));
  }

  @Test
  void aBadUrlIsNamed() throws Exception {
    configure("<url>nowhere://host</url>");

    assertThat(statuses()).anySatisfy(line -> assertThat(line).contains("nowhere://host"));
  }

  @Test
  @Timeout(60)
  void loggingDoesNotWaitForAClusterThatHangsAndCountsWhatItDrops() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Logger log =
          configure(
              "<url>http://127.0.0.1:%d</url><maxBytes>100000</maxBytes><stopTimeout>100 milliseconds</stopTimeout>"
                  .formatted(silent.getLocalPort()));
      EventStreamAppender appender = appender();
      long longest = 0;
      for (int i = 0; i < 5_000; i++) {
        long start = System.nanoTime();
        log.info("Order {} is placed", i);
        longest = Math.max(longest, System.nanoTime() - start);
      }

      // The delivery time-out is 10 s; the pauses of a busy machine are shorter.
      assertThat(Duration.ofNanos(longest)).isLessThan(Duration.ofSeconds(5));
      long immediately = appender.dropped();
      assertThat(immediately).isBetween(3_000L, 4_999L); // about 250 bytes each
      context.stop();
      assertThat(appender.dropped()).isEqualTo(5_000);
    }
  }

  @Test
  void whatItDropsIsInTheStatusOfLogbackOnce() throws Exception {
    Logger log = configureFile();
    log.info("x".repeat(2 << 20)); // larger than an event may be
    log.info("a broken character: \ud800");
    log.info("good");
    EventStreamAppender appender = appender();
    List<String> before = statuses();
    appender.stop();

    assertThat(appender.dropped()).isEqualTo(2);
    assertThat(before).singleElement().asString().contains("begins to drop", "1048576");
    assertThat(statuses()).last().asString().contains("has dropped 2 events");
    assertThat(FileSink.read(directory)).hasSize(1);
  }

  @Test
  void eventsOfAnOutageAreInTheSpool() throws Exception {
    Logger log =
        configure(
            "<url>http://127.0.0.1:1</url><spoolDirectory>%s</spoolDirectory><stopTimeout>0</stopTimeout>"
                .formatted(directory.resolve("spool")));
    log.info("kept");
    EventStreamAppender appender = appender();
    context.stop();

    assertThat(appender.dropped()).isZero();
  }

  /** At the level TRACE, the HTTP client logs on both the publishing thread and its own. */
  @Test
  @Timeout(60)
  void whatItsOwnLibrariesLogIsNotPublished() {
    LoggerContext all = (LoggerContext) LoggerFactory.getILoggerFactory(); // also of the libraries
    Logger root = all.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    EventStreamAppender appender = new EventStreamAppender();
    appender.setContext(all);
    appender.setUrl("http://127.0.0.1:1"); // where nothing listens: each event is dropped
    appender.setStopTimeout(ch.qos.logback.core.util.Duration.buildByMilliseconds(200));
    appender.start();
    try (Logged logged = new Logged()) {
      root.addAppender(appender);
      root.setLevel(Level.TRACE);
      for (int i = 0; i < 10; i++) {
        LoggerFactory.getLogger("shop.Orders").info("Order {} is placed", i);
      }
      appender.stop();
      assertThat(logged.lines()).hasSizeGreaterThan(20);
    } finally {
      root.setLevel(Level.OFF);
      root.detachAppender(appender);
      appender.stop();
    }

    assertThat(appender.dropped()).isEqualTo(10);
  }
}
