package dev.eventstream.es.doctor;

import static dev.eventstream.es.Writes.sink;
import static dev.eventstream.es.doctor.Findings.find;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.doctor.Finding.Severity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What cannot be provoked on the engines of the tests: they have no security, their clocks are this
 * machine's, and their shards are small. A server with answers of that form stands in.
 */
class ClusterDoctorTest {
  private static final String ENGINE = "{\"version\":{\"number\":\"%s\"}}";
  private static final String PRIVILEGES = "/_security/user/_has_privileges";

  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final Map<String, String> asked = new ConcurrentHashMap<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer cluster;

  @BeforeEach
  void start() throws IOException {
    answers.put("/", ENGINE.formatted("8.6.2"));
    cluster = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cluster.setExecutor(threads);
    cluster.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          asked.put(path, new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          String answer = answers.getOrDefault(path, "{}");
          if (answer.equals("never")) {
            try {
              end.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
          byte[] body = answer.getBytes(UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(answer.startsWith("{\"error\"") ? 400 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    cluster.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    cluster.stop(0);
    threads.shutdownNow();
  }

  private List<Finding> examine(Duration limit) throws Exception {
    try (ElasticsearchSink sink =
        sink(URI.create("http://127.0.0.1:" + cluster.getAddress().getPort()))
            .requestTimeout(Duration.ofMinutes(5))
            .build()) {
      return ClusterDoctor.of(sink).indices(List.of("events-*")).timeLimit(limit).examine();
    }
  }

  private List<Finding> examine() throws Exception {
    return examine(Duration.ofSeconds(30));
  }

  @Test
  void missingPrivilegesForTheIndicesAreAFault() throws Exception {
    answers.put(
        PRIVILEGES,
        "{\"cluster\":{\"monitor\":true},\"index\":{\"events-*\":{\"create_doc\":true,"
            + "\"auto_configure\":false}}}");

    Finding found = find(examine(), "privileges");

    assertThat(found.severity()).isEqualTo(Severity.FAULT);
    assertThat(found.subjects()).containsExactly("auto_configure for events-*");
    assertThat(asked.get(PRIVILEGES)).contains("\"create_doc\"").doesNotContain("template");
  }

  @Test
  void missingPrivilegesForTheClusterAreAWarning() throws Exception {
    answers.put(PRIVILEGES, "{\"cluster\":{\"monitor\":false},\"index\":{}}");

    Finding found = find(examine(), "privileges");

    assertThat(found.severity()).isEqualTo(Severity.WARNING);
    assertThat(found.message()).contains("monitor for the cluster");
  }

  @Test
  void allPrivilegesAreInOrder() throws Exception {
    answers.put(
        PRIVILEGES,
        "{\"cluster\":{\"monitor\":true},\"index\":{\"events-*\":{\"create_doc\":true}}}");

    assertThat(find(examine(), "privileges").severity()).isEqualTo(Severity.OK);
  }

  @Test
  void oldEnginesAreAskedForThePrivilegesThatTheyHave() throws Exception {
    answers.put("/", ENGINE.formatted("6.8.23"));

    examine();

    assertThat(asked.get("/_xpack/security/user/_has_privileges")).contains("\"create_index\"");
  }

  @Test
  void privilegesThatCannotBeAskedForAreNotExamined() throws Exception {
    answers.put(PRIVILEGES, "{\"error\":{\"type\":\"illegal_argument_exception\"}}");
    assertThat(find(examine(), "privileges").message()).contains("not examined: security is off");

    answers.put("/", "{\"version\":{\"number\":\"2.19.6\",\"distribution\":\"opensearch\"}}");
    assertThat(find(examine(), "privileges").severity()).isEqualTo(Severity.UNKNOWN);
  }

  @Test
  void versionsThatAreNotTestedAreNamed() throws Exception {
    answers.put("/", ENGINE.formatted("5.6.16"));
    assertThat(find(examine(), "engine").severity()).isEqualTo(Severity.WARNING);

    answers.put("/", ENGINE.formatted("10.0.0"));
    assertThat(find(examine(), "engine").severity()).isEqualTo(Severity.UNKNOWN);
  }

  @Test
  void aClockThatDiffersIsAWarning() throws Exception {
    long late = Instant.now().minusSeconds(120).toEpochMilli();
    answers.put(
        "/_nodes/stats/os", "{\"nodes\":{\"x\":{\"name\":\"es-1\",\"timestamp\":" + late + "}}}");

    Finding found = find(examine(), "clock");

    assertThat(found.severity()).isEqualTo(Severity.WARNING);
    assertThat(found.message()).containsPattern("es-1 differs by 1[12]\\d s");
  }

  @Test
  void largeShardsAreAWarning() throws Exception {
    answers.put(
        "/_cat/indices/events-*",
        "[{\"index\":\"events-a\",\"status\":\"open\",\"pri\":\"2\",\"pri.store.size\":\""
            + (120L << 30)
            + "\"},{\"index\":\"events-b\",\"status\":\"open\",\"pri\":\"3\",\"pri.store.size\":\""
            + (120L << 30)
            + "\"}]");

    assertThat(find(examine(), "large-shards").subjects()).containsExactly("events-a");
  }

  @Test
  void disksBeyondTheirMarksAreNamedWithTheMark() throws Exception {
    String mark = "\"cluster.routing.allocation.disk.watermark.";
    answers.put(
        "/_cluster/settings",
        "{\"defaults\":{"
            + mark
            + "low\":\"85%\","
            + mark
            + "high\":\"90%\","
            + mark
            + "flood_stage\":\"95%\"}}");
    answers.put(
        "/_cat/allocation",
        "[{\"node\":\"a\",\"disk.avail\":\"40\",\"disk.total\":\"1000\"},"
            + "{\"node\":\"b\",\"disk.avail\":\"90\",\"disk.total\":\"1000\"},"
            + "{\"node\":\"c\",\"disk.avail\":\"140\",\"disk.total\":\"1000\"},"
            + "{\"node\":\"d\",\"disk.avail\":\"160\",\"disk.total\":\"1000\"},"
            + "{\"node\":\"UNASSIGNED\",\"disk.avail\":null,\"disk.total\":null}]");

    assertThat(examine())
        .filteredOn(finding -> finding.code().equals("disk-watermark"))
        .extracting(
            finding -> finding.severity() + " " + finding.message().replaceFirst(".*mark\\.", ""))
        .containsExactly(
            "FAULT flood_stage: its indices become read-only",
            "WARNING high: its shards are moved to other nodes",
            "WARNING low: it gets no more shards");
  }

  @Test
  void aQuestionThatIsNotAnsweredDelaysNeitherTheOthersNorTheEnd() throws Exception {
    answers.put("/_alias", "never");

    List<Finding> all = examine(Duration.ofSeconds(9));

    Finding missing = find(all, "no-answer");
    assertThat(missing.severity()).isEqualTo(Severity.WARNING);
    assertThat(missing.subjects()).containsExactly("alias-without-write-index");
    assertThat(find(all, "clock").severity()).isEqualTo(Severity.OK);
  }

  @Test
  void everyCodeIsDifferent() {
    assertThat(ClusterDoctor.codes()).doesNotHaveDuplicates().contains("red-index");
  }
}
