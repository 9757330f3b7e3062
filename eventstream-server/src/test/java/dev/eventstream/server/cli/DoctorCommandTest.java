package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.TestCa;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor finds on this machine, without a cluster. */
class DoctorCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Map<String, String> environment = new HashMap<>();

  private int run(String... arguments) {
    out.reset();
    environment.putIfAbsent("ELASTICSEARCH_URL", "http://127.0.0.1:1");
    environment.putIfAbsent("EVENTSTREAM_SPOOL_DIR", directory.resolve("spool").toString());
    environment.putIfAbsent("EVENTSTREAM_PORT", "0");
    environment.putIfAbsent("EVENTSTREAM_ADMIN_PORT", "0");
    return Commands.run(
        "doctor",
        List.of(arguments),
        environment,
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }

  private JsonNode find(String code) throws IOException {
    JsonNode all = JSON.readTree(out.toByteArray()).path("findings");
    return StreamSupport.stream(all.spliterator(), false)
        .filter(finding -> finding.path("code").asText().equals(code))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + code + " in " + all));
  }

  @Test
  void aNodeThatIsAwayIsAFaultWithItsAddress() throws Exception {
    assertThat(run("--json")).isEqualTo(2);

    assertThat(find("node").path("severity").asText()).isEqualTo("fault");
    assertThat(find("node").path("message").asText()).contains("http://127.0.0.1:1");
    assertThat(find("cluster").path("severity").asText()).isEqualTo("fault");
  }

  @Test
  void peopleGetALinePerFindingTheRemedyAndASummaryWithoutColours() {
    assertThat(run()).isEqualTo(2);

    assertThat(out.toString(UTF_8))
        .contains("FAULT    node: http://127.0.0.1:1", "         start this node", " faults, ")
        .doesNotContain("\u001b");
    assertThat(run("--quiet")).isEqualTo(2);
    assertThat(out.toString(UTF_8)).doesNotContain("ok  ");
  }

  @Test
  void settingsThatAreNotValidAreFaults() throws Exception {
    environment.put("ELASTICSEARCH_URL", "localhost");

    assertThat(run("--json")).isEqualTo(2);

    assertThat(find("settings").path("message").asText()).contains("ELASTICSEARCH_URL");
  }

  @Test
  void secretsOfUrlsAreNotShown() {
    environment.put("ELASTICSEARCH_URL", "http://user:hush@127.0.0.1:1");

    assertThat(run("--json")).isEqualTo(2);

    assertThat(out.toString(UTF_8)).doesNotContain("hush");
  }

  @Test
  void theDiskOfTheSpoolIsMeasuredAndNothingIsLeftThere() throws Exception {
    Path spool = Files.createDirectory(directory.resolve("spool"));

    run("--json");

    assertThat(find("fsync").path("message").asText()).contains(" ms, at most ");
    assertThat(find("free-space").path("message").asText()).contains("MiB are free");
    assertThat(spool).isEmptyDirectory();
  }

  @Test
  void tooLittleFreeSpaceIsAFault() throws Exception {
    Files.createDirectory(directory.resolve("spool"));
    environment.put("EVENTSTREAM_SPOOL_MIN_FREE_BYTES", "1000TiB");

    run("--json");

    assertThat(find("free-space").path("severity").asText()).isEqualTo("fault");
  }

  @Test
  void waitingDocumentsDeadLettersAndDamagedFilesAreNamed() throws Exception {
    Path root = directory.resolve("spool");
    try (MapDbSpool spool = MapDbSpool.builder(root).minFreeBytes(0).open()) {
      Document document = new Document("click", "d", null, "{}".getBytes(UTF_8));
      spool.write(DocumentBatch.of(document)).toCompletableFuture().join();
      spool
          .deadLetters()
          .add(List.of(new DeadLetter(document, "no", Instant.EPOCH, Instant.EPOCH)))
          .toCompletableFuture()
          .join();
      Files.writeString(spool.directory().resolve("damaged/1-x.segment"), "x");
    }

    run("--json");

    assertThat(find("backlog").path("message").asText()).startsWith("1 documents wait");
    assertThat(find("orphaned-spool").path("severity").asText()).isEqualTo("warning");
    assertThat(find("dead-letters").path("severity").asText()).isEqualTo("warning");
    assertThat(find("damaged-files").path("message").asText()).contains("1-x.segment");
  }

  @Test
  void anExpiredCertificateIsAFault() throws Exception {
    TestCa.Issued expired = new TestCa("ca").issueExpired("us");
    environment.put(
        "EVENTSTREAM_TLS_CERT", expired.writeChain(directory.resolve("c.pem")).toString());
    environment.put("EVENTSTREAM_TLS_KEY", expired.writeKey(directory.resolve("k.pem")).toString());

    run("--json");

    assertThat(find("certificate").path("severity").asText()).isEqualTo("fault");
  }

  @Test
  void aPortInUseIsSaid() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      environment.put("EVENTSTREAM_HOST", "127.0.0.1");
      environment.put("EVENTSTREAM_PORT", String.valueOf(socket.getLocalPort()));

      run("--json");

      assertThat(find("port").path("message").asText()).contains("is in use");
    }
  }

  @Test
  void everyCheckIsDescribedForOperators() throws Exception {
    String table = Files.readString(Path.of("..", "docs", "operations.md"));
    Pattern finding = Pattern.compile("(?:Finding\\.\\w+|\\bcheck)\\(\\s*\"([a-z-]+)\"");
    List<String> codes = new ArrayList<>();
    for (Path source :
        List.of(
            Path.of("../eventstream-es/src/main/java/dev/eventstream/es/doctor/ClusterDoctor.java"),
            Path.of("src/main/java/dev/eventstream/server/doctor/MachineDoctor.java"),
            Path.of("src/main/java/dev/eventstream/server/cli/DoctorCommand.java"))) {
      finding.matcher(Files.readString(source)).results().forEach(code -> codes.add(code.group(1)));
    }

    assertThat(codes).hasSizeGreaterThan(20).allMatch(code -> table.contains("| `" + code + "` |"));
  }
}
