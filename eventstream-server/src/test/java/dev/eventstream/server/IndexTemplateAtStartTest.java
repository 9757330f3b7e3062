package dev.eventstream.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.server.config.IndexTemplateMode;
import dev.eventstream.server.config.IndexTemplateSettings;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a server does with the template, before a cluster that is a stand-in. */
class IndexTemplateAtStartTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String THREAD = "eventstream-index-template";

  private final Logger logger = (Logger) LoggerFactory.getLogger(IndexTemplateAtStart.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile int statusOfPut = 200;
  private volatile boolean installed;
  private HttpServer cluster;
  private ElasticsearchSink sink;

  @BeforeEach
  void start() throws IOException {
    log.list = new CopyOnWriteArrayList<>();
    log.start();
    logger.addAppender(log);
    cluster = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cluster.setExecutor(threads);
    cluster.createContext("/", this::answer);
    // Bound, but not started: requests wait.
    sink =
        ElasticsearchSink.builder(
                List.of(URI.create("http://127.0.0.1:" + cluster.getAddress().getPort())))
            .requestTimeout(Duration.ofMillis(200))
            .build();
  }

  @AfterEach
  void stop() {
    sink.close();
    cluster.stop(0);
    threads.shutdownNow();
    logger.detachAppender(log);
  }

  @Test
  void theTemplateIsThereBeforeTheFirstEvent() {
    cluster.start();
    try (IndexTemplateAtStart template = atStart(IndexTemplateMode.APPLY, "events-*")) {
      template.begin(sink);

      assertThat(installed).isTrue();
    }
    assertThat(messages(Level.INFO)).hasSize(1);
    assertThat(messages(Level.WARN)).isEmpty();
  }

  @Test
  void aClusterThatIsDownDelaysNoStartAndGetsTheTemplateWhenItIsBack() {
    IndexTemplateAtStart impatient =
        new IndexTemplateAtStart(
            settings(IndexTemplateMode.APPLY, "events-*"), Duration.ofMillis(1), Duration.ZERO);
    try (IndexTemplateAtStart template = impatient) {
      template.begin(sink);
      assertThat(installed).isFalse();
      await().atMost(SOON).until(() -> !messages(Level.INFO).isEmpty());

      cluster.start();

      await().atMost(SOON).until(() -> installed);
    }
    assertThat(messages(Level.INFO).get(0)).contains("installed when it does");
    assertThat(messages(Level.WARN)).isEmpty();
  }

  private static final DocumentBatch BATCH =
      DocumentBatch.of(new Document("events-a", "id", null, "{}".getBytes(UTF_8)));

  /** A sink that accepts everything. */
  private static final EventSink ACCEPTING =
      new EventSink() {
        @Override
        public CompletionStage<SinkResult> write(DocumentBatch documents) {
          return CompletableFuture.completedFuture(
              SinkResult.all(documents.size(), ItemResult.WRITTEN));
        }

        @Override
        public void close() {}
      };

  private static boolean writes(EventSink sink) {
    boolean isWritten = sink.write(BATCH).toCompletableFuture().join().allWritten();
    assertThat(sink.check().toCompletableFuture().isCompletedExceptionally()).isEqualTo(!isWritten);
    return isWritten;
  }

  @Test
  void nothingIsWrittenBeforeTheTemplateIsInstalled() {
    try (IndexTemplateAtStart template =
        new IndexTemplateAtStart(
            settings(IndexTemplateMode.APPLY, "events-*"), Duration.ofMillis(1), Duration.ZERO)) {
      EventSink guarded = template.before(ACCEPTING);
      assertThat(writes(guarded)).isFalse();
      template.begin(sink);
      assertThat(writes(guarded)).isFalse();

      cluster.start();

      await().atMost(SOON).until(() -> writes(guarded));
      assertThat(installed).isTrue();
    }
  }

  @Test
  void eventsDoNotWaitForATemplateThatTheClusterRefusesOrCannotInstall() {
    cluster.start();
    for (int status : new int[] {403, 400, 503}) {
      statusOfPut = status;
      try (IndexTemplateAtStart template = atStart(IndexTemplateMode.APPLY, "events-*")) {
        template.begin(sink);
        await().atMost(SOON).until(() -> writes(template.before(ACCEPTING)));
      }
    }
    assertThat(messages(Level.WARN)).hasSize(3);
    assertThat(messages(Level.WARN).get(2)).contains("events are written without it");
  }

  @Test
  void eventsDoNotWaitIfTheTemplateIsOnlyChecked() {
    try (IndexTemplateAtStart template = atStart(IndexTemplateMode.CHECK, "events-*")) {
      template.begin(sink);

      assertThat(writes(template.before(ACCEPTING))).isTrue();
    }
  }

  @Test
  void missingPrivilegesAreLoggedOnceWithTheRemedy() {
    cluster.start();
    statusOfPut = 403;
    try (IndexTemplateAtStart template = atStart(IndexTemplateMode.APPLY, "events-*")) {
      template.begin(sink);
      await().atMost(SOON).until(() -> messages(Level.WARN).size() == 1);
    }
    assertThat(messages(Level.WARN).get(0))
        .contains("answered 403", "manage_index_templates", "EVENTSTREAM_INDEX_TEMPLATE=off");
    assertThat(asked).containsOnlyOnce("PUT /_index_template/eventstream");
  }

  @Test
  void aMissingTemplateIsAWarningWithTheCommandThatInstallsIt() {
    cluster.start();
    try (IndexTemplateAtStart template = atStart(IndexTemplateMode.CHECK, "events-*")) {
      template.begin(sink);
      await().atMost(SOON).until(() -> messages(Level.WARN).size() == 1);
    }
    assertThat(messages(Level.WARN).get(0)).contains("has no index template", "indices apply");
    assertThat(asked).noneMatch(request -> request.startsWith("PUT"));
  }

  @Test
  void aDefaultInstallationGetsNoWarning() {
    cluster.start();
    try (IndexTemplateAtStart template =
        new IndexTemplateAtStart(
            new IndexTemplateSettings(
                IndexTemplateMode.CHECK, List.of(), 1, 1, null, 1000, false))) {
      template.begin(sink);
    }
    assertThat(messages(Level.WARN)).isEmpty();
    assertThat(messages(Level.INFO)).hasSize(1);
    assertThat(asked).isEmpty();
  }

  @Test
  void asksNothingIfItIsOff() {
    cluster.start();
    try (IndexTemplateAtStart template = atStart(IndexTemplateMode.OFF, "events-*")) {
      template.begin(sink);
    }
    assertThat(asked).isEmpty();
    assertThat(log.list).isEmpty();
  }

  @Test
  void stopsItsThreadAlsoIfTheClusterNeverAnswers() {
    IndexTemplateAtStart template = atStart(IndexTemplateMode.CHECK, "events-*");
    template.begin(sink);
    assertThat(isRunning()).isTrue();

    template.close();

    assertThat(isRunning()).isFalse();
  }

  private static boolean isRunning() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals(THREAD));
  }

  private List<String> messages(Level level) {
    return log.list.stream()
        .filter(event -> event.getLevel() == level)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  private static IndexTemplateAtStart atStart(IndexTemplateMode mode, String pattern) {
    return new IndexTemplateAtStart(settings(mode, pattern), Duration.ofMillis(1), SOON);
  }

  private static IndexTemplateSettings settings(IndexTemplateMode mode, String pattern) {
    return new IndexTemplateSettings(mode, List.of(pattern), 1, 1, null, 1000, false);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String request = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
      asked.add(request);
      boolean put = exchange.getRequestMethod().equals("PUT");
      int status = put ? statusOfPut : request.equals("GET /") ? 200 : 404;
      installed |= put && status == 200;
      byte[] body =
          "{\"version\":{\"number\":\"2.19.6\",\"distribution\":\"opensearch\"}}"
              .getBytes(StandardCharsets.UTF_8);
      exchange.getRequestBody().readAllBytes();
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
