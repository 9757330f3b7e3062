package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.backup.Backups;
import dev.eventstream.es.backup.Backups.Backup;
import dev.eventstream.es.backup.Backups.Retention;
import dev.eventstream.server.config.BackupSettings;
import dev.eventstream.server.metrics.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** When a backup is due, and what a schedule does before a cluster that is a stand-in. */
class BackupScheduleTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String THREAD = "eventstream-backup";
  private static final Clock NOON =
      Clock.fixed(Instant.parse("2026-11-28T12:00:00Z"), ZoneOffset.UTC);

  private final Logger logger = (Logger) LoggerFactory.getLogger(BackupSchedule.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Metrics metrics = Metrics.create("1");
  private volatile int status = 200;
  private volatile String error = "";
  private volatile String snapshots = "";
  private HttpServer cluster;

  @BeforeEach
  void start() throws IOException {
    log.list = new CopyOnWriteArrayList<>();
    log.start();
    logger.addAppender(log);
    cluster = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cluster.setExecutor(threads);
    cluster.createContext("/", this::answer);
  }

  @AfterEach
  void stop() {
    cluster.stop(0);
    threads.shutdownNow();
    metrics.close();
    logger.detachAppender(log);
  }

  @ParameterizedTest
  @CsvSource({
    // now, newest good backup, due
    "28T00:00:01, 27T00:00:00, 28T00:00:00", // the next day
    "28T00:00:01, 28T00:00:00,", // another server has made it
    "28T11:59:00, ,            28T09:00:00", // the first one
    "28T11:59:00, 28T09:00:00,", // that one is the day's
    "28T23:59:59, 28T00:00:00,",
    "28T03:00:02, 27T00:00:00, 28T03:00:00", // the first attempt of the day has failed
    "28T11:59:00, 26T00:00:00, 28T09:00:00", // the server was down
    "28T11:59:00, 28T10:17:31,", // somebody has made one
  })
  void aBackupIsDueOnceInEachInterval(String now, String lastGood, String due) {
    Instant last = lastGood == null ? null : time(lastGood);
    Backup backup =
        last == null
            ? null
            : new Backup(
                Backups.name(last), last, "SUCCESS", List.of(), 1, Duration.ZERO, List.of());

    assertThat(BackupSchedule.due(backup, time(now), Duration.ofDays(1)).orElse(null))
        .isEqualTo(due == null ? null : time(due));
  }

  private static Instant time(String day) {
    return Instant.parse("2026-11-" + day + "Z");
  }

  @Test
  void aClusterThatIsDownIsToldOnceAndAskedAgain() {
    try (BackupSchedule schedule = schedule()) { // bound, but not started: requests wait
      await().atMost(SOON).until(() -> !warnings().isEmpty());
      snapshots = snapshot("2026.11.28-00.00.00");
      cluster.start();

      await().atMost(SOON).until(() -> schedule.lastGood() != null);
    }
    assertThat(warnings()).hasSize(1);
    assertThat(warnings().get(0)).contains("127.0.0.1", "Events are accepted as before");
    assertThat(asked).allMatch(request -> request.startsWith("GET")); // the day has its backup
  }

  @Test
  void missingPrivilegesAreToldOnceWithTheRemedy() {
    status = 403;
    error = "security_exception";
    cluster.start();
    try (BackupSchedule schedule = schedule()) {
      await().atMost(SOON).until(() -> asked.size() > 3);
    }
    assertThat(warnings()).hasSize(1);
    assertThat(warnings().get(0)).contains("answered 403", "privilege manage", "manage_snapshots");
  }

  @Test
  void aMissingRepositoryIsToldOnceWithTheRemedy() {
    status = 404;
    error = "repository_missing_exception";
    cluster.start();
    try (BackupSchedule schedule = schedule()) {
      await().atMost(SOON).until(() -> asked.size() > 3);
    }
    assertThat(warnings()).hasSize(1);
    assertThat(warnings().get(0)).contains("EVENTSTREAM_BACKUP_LOCATION", "\"nightly\"");
  }

  @Test
  void doesNothingWithoutAnInterval() {
    try (BackupSchedule schedule =
        new BackupSchedule(
            new BackupSettings("nightly", null, null, new Retention(0, null)), List.of())) {
      schedule.begin(
          () -> {
            throw new AssertionError();
          },
          metrics);
    }
    assertThat(isRunning()).isFalse();
  }

  @Test
  void stopsItsThreadAlsoIfTheClusterNeverAnswers() {
    BackupSchedule schedule = schedule();
    assertThat(isRunning()).isTrue();

    schedule.close();

    assertThat(isRunning()).isFalse();
  }

  private BackupSchedule schedule() {
    BackupSchedule schedule =
        new BackupSchedule(
            new BackupSettings("nightly", null, Duration.ofDays(1), new Retention(0, null)),
            List.of("events-*"),
            NOON,
            Duration.ofMillis(1));
    URI url = URI.create("http://127.0.0.1:" + cluster.getAddress().getPort());
    schedule.begin(
        () ->
            ElasticsearchSink.builder(List.of(url)).requestTimeout(Duration.ofMillis(200)).build(),
        metrics);
    return schedule;
  }

  private static boolean isRunning() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals(THREAD));
  }

  private List<String> warnings() {
    return log.list.stream()
        .filter(event -> event.getLevel() == Level.WARN)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  private static String snapshot(String time) {
    return "{\"snapshot\":\"eventstream-" + time + "\",\"state\":\"SUCCESS\",\"indices\":[\"i\"]}";
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
      String body =
          error.isEmpty()
              ? "{\"snapshots\":[" + snapshots + "]}"
              : "{\"error\":{\"type\":\""
                  + error
                  + "\",\"reason\":\"no\"},\"status\":"
                  + status
                  + "}";
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getRequestBody().readAllBytes();
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }
}
