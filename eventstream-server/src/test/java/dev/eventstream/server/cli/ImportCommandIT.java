package dev.eventstream.server.cli;

import static dev.eventstream.server.cli.CommandProcesses.exitCode;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.testkit.EngineExtension;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The import as a process, which can be killed. */
@Tag("slow")
class ImportCommandIT {

  @RegisterExtension static final EngineExtension engine = EngineExtension.shared("opensearch");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int EVENTS = 60_000;
  private static final int TORN_EACH = 1_000;

  private static final String MAPPING =
      """
      {"mappings": {"properties": {"number": {"type": "long"}}}}
      """;

  @TempDir Path directory;
  private Path file;
  private CommandProcesses processes;

  @BeforeEach
  void nameTheFile() {
    file = directory.resolve("durable_queue.json");
    processes = new CommandProcesses(directory);
  }

  @AfterEach
  void endTheProcesses() throws InterruptedException {
    processes.close();
  }

  @Test
  void everyEventIsInTheIndexOnceAfterImportsThatWereKilled() throws Exception {
    write("killed");
    for (int kill = 0; kill < 3; kill++) {
      long before = offset();
      Process process = start();
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> offset() > before || !process.isAlive());
      process.destroyForcibly().waitFor(); // SIGKILL
      assertThat(process.exitValue()).as(errors(process)).isEqualTo(137);
      assertThat(state().path("finished").isNull()).isTrue();
    }
    assertThat(offset()).isPositive().isLessThan(Files.size(file));

    Process last = start();

    assertThat(exitCode(last)).as(errors(last)).isEqualTo(1);
    int torn = EVENTS / TORN_EACH;
    assertThat(output(last))
        .contains("durable_queue.json: imported")
        .containsPattern("lines +" + (EVENTS + torn) + "\\R")
        .containsPattern("events +" + EVENTS + "\\R")
        .containsPattern("unreadable +" + torn + "; see .*durable_queue\\.json\\.unreadable\\R");
    assertEveryEventOnce("killed");
    assertThat(Files.readAllLines(file.resolveSibling("durable_queue.json.unreadable")))
        .hasSize(torn)
        .doesNotHaveDuplicates();

    Process again = start();

    assertThat(exitCode(again)).isEqualTo(1);
    assertThat(output(again)).contains("already imported");
    assertEveryEventOnce("killed");
  }

  @Test
  void anImportThatIsToldToStopStopsAndIsGoneOnWith() throws Exception {
    write("stopped");
    Process process = start();
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> offset() > 0 || !process.isAlive());

    process.destroy(); // SIGTERM

    assertThat(exitCode(process)).as(errors(process)).isEqualTo(143);
    assertThat(errors(process)).contains("stopped; the next import of ");
    assertThat(errors(process)).doesNotContain("\tat ");
    Process last = start();
    assertThat(exitCode(last)).as(errors(last)).isEqualTo(1); // because of the torn lines
    assertEveryEventOnce("stopped");
  }

  @Test
  void anImportBesideAClusterThatIsAwayWaitsUntilAllIsInTheIndex() throws Exception {
    Files.writeString(file, "{\"eventType\":\"away\",\"eventValue\":\"homepage\",\"number\":0}\n");
    URI url = engine.get().url();
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort(); // nobody listens there afterwards
    }
    Process process =
        start(
            Map.of(
                "ELASTICSEARCH_URL",
                "http://127.0.0.1:" + port,
                "EVENTSTREAM_DELIVERY_TIMEOUT",
                "1s"));
    await().atMost(PATIENCE).until(() -> errors(process).contains("in the spool wait"));
    process.destroy(); // SIGTERM
    assertThat(exitCode(process)).isEqualTo(143);

    Process next = start(Map.of("ELASTICSEARCH_URL", url.toString()));

    assertThat(exitCode(next)).as(errors(next)).isZero();
    assertThat(output(next))
        .contains("already imported")
        .containsPattern("indexed +1\\R")
        .containsPattern("spooled +0\\R");
    assertThat(engine.get().client().count("away")).isEqualTo(1);
  }

  @Test
  void spooledEventsThatNoIndexAcceptsAreCountedAsDeadLetters() throws Exception {
    engine.get().client().request("PUT", "/strict", MAPPING).orThrow();
    int events = 3_000;
    try (BufferedWriter out = Files.newBufferedWriter(file, UTF_8)) {
      for (int i = 0; i < events; i++) {
        String number = i % 3 == 0 ? "\"none\"" : String.valueOf(i);
        out.write("{\"eventType\":\"strict\",\"eventValue\":\"homepage\",\"number\":" + number);
        out.write("}\n");
      }
    }
    Map<String, String> settings =
        Map.of(
            "ELASTICSEARCH_URL",
            engine.get().url().toString(),
            "EVENTSTREAM_ON_MAPPING_FAILURE",
            "dead-letter",
            "EVENTSTREAM_ACK",
            "spooled"); // every event goes through the spool

    Process process = start(settings);

    assertThat(exitCode(process)).as(errors(process)).isEqualTo(1);
    assertThat(output(process))
        .containsPattern("events +3000\\R")
        .containsPattern("indexed +2000\\R")
        .containsPattern("spooled +0\\R")
        .containsPattern("dead letters +1000; see \\./eventstream dead-letters ")
        .containsPattern("rejected +0\\R")
        .containsPattern("unreadable +0\\R");
    assertThat(engine.get().client().count("strict")).isEqualTo(2_000);

    Process again = start(settings);

    assertThat(exitCode(again)).isEqualTo(1);
    assertThat(output(again))
        .containsPattern("indexed +2000\\R")
        .containsPattern("dead letters +1000;");
  }

  @Test
  void anImportThatDoesNotWaitSaysWhereItsEventsWait() throws Exception {
    Files.writeString(file, "{\"eventType\":\"later\",\"eventValue\":\"homepage\",\"number\":0}\n");
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort(); // nobody listens there afterwards
    }

    Process process =
        start(
            Map.of(
                "ELASTICSEARCH_URL",
                "http://127.0.0.1:" + port,
                "EVENTSTREAM_DELIVERY_TIMEOUT",
                "1s"),
            "--no-wait");

    assertThat(exitCode(process)).as(errors(process)).isZero();
    assertThat(output(process))
        .containsPattern("spooled +1\\R")
        .contains("1 events wait in the spool ./data/spool.", "EVENTSTREAM_SPOOL_DIR=./data/spool");
  }

  @Test
  void anImportThatGivesUpWaitingHasAnExitCodeOfItsOwn() throws Exception {
    Files.writeString(file, "{\"eventType\":\"later\",\"eventValue\":\"homepage\",\"number\":0}\n");
    Map<String, String> settings =
        Map.of("ELASTICSEARCH_URL", "http://127.0.0.1:1", "EVENTSTREAM_DELIVERY_TIMEOUT", "1s");

    for (int run = 0; run < 2; run++) {
      Process process = start(settings, "--max-wait", "1s");

      assertThat(exitCode(process)).as(errors(process)).isEqualTo(3);
      assertThat(output(process)).contains("1 events wait in the spool ./data/spool.");
    }
  }

  @Test
  void aSecondImportOfAFileIsTurnedAway() throws Exception {
    write("locked");
    Path lock = file.resolveSibling("durable_queue.json.import.lock");
    try (FileChannel channel =
        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.lock();

      Process second = start();

      assertThat(exitCode(second)).isEqualTo(1);
      assertThat(errors(second))
          .contains("another import of " + file + " is running")
          .doesNotContain("\tat ");
    }
    assertThat(engine.get().client().count("locked")).isZero();
  }

  /** Numbered events, and a torn line now and then. */
  private void write(String index) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file, UTF_8)) {
      for (int i = 0; i < EVENTS; i++) {
        out.write("{\"eventType\":\"" + index + "\",\"eventValue\":\"homepage\",\"number\":" + i);
        out.write("}\n");
        if (i % TORN_EACH == 0) {
          out.write("{\"eventType\":\"" + index + "\",\"eventVal\n");
        }
      }
    }
  }

  private JsonNode state() throws IOException {
    Path state = file.resolveSibling("durable_queue.json.import");
    return Files.exists(state) ? JSON.readTree(Files.readAllBytes(state)) : JSON.createObjectNode();
  }

  private long offset() throws IOException {
    return state().path("offset").asLong();
  }

  private static void assertEveryEventOnce(String index) throws IOException {
    assertThat(engine.get().client().count(index)).isEqualTo(EVENTS); // refreshes
    String query =
        """
        {"size": 0, "aggs": {
          "min": {"min": {"field": "number"}},
          "max": {"max": {"field": "number"}},
          "twice": {"terms": {"field": "number", "min_doc_count": 2}}}}
        """;
    JsonNode found =
        JSON.readTree(
                engine
                    .get()
                    .client()
                    .request("POST", "/" + index + "/_search", query)
                    .orThrow()
                    .body())
            .path("aggregations");
    assertThat(found.path("min").path("value").asInt(-1)).isZero();
    assertThat(found.path("max").path("value").asInt()).isEqualTo(EVENTS - 1);
    assertThat(found.path("twice").path("buckets")).isEmpty();
  }

  private Process start() throws IOException {
    return start(Map.of("ELASTICSEARCH_URL", engine.get().url().toString()));
  }

  private Process start(Map<String, String> settings, String... options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("import", file.toString()));
    arguments.addAll(List.of(options));
    return processes.start(settings, arguments); // the spool's default is below the directory
  }

  private String output(Process process) throws IOException {
    return processes.output(process);
  }

  private String errors(Process process) throws IOException {
    return processes.errors(process);
  }
}
