package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.ServerSettings;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  private List<String> messages(String code) throws IOException {
    JsonNode all = JSON.readTree(out.toByteArray()).path("findings");
    return StreamSupport.stream(all.spliterator(), false)
        .filter(finding -> finding.path("code").asText().equals(code))
        .map(finding -> finding.path("message").asText())
        .toList();
  }

  @Test
  void aNodeThatIsAwayIsAFaultWithItsAddress() throws Exception {
    assertThat(run("--json")).isEqualTo(2);

    JsonNode node = find("node-connection");
    assertThat(node.path("group").asText()).isEqualTo("cluster");
    assertThat(node.path("severity").asText()).isEqualTo("fault");
    assertThat(node.path("subjects").path(0).asText()).isEqualTo("http://127.0.0.1:1");
    assertThat(node.path("message").asText()).contains("http://127.0.0.1:1");
    assertThat(node.path("remedy").asText()).contains("start this node");
  }

  @Test
  void peopleGetALinePerFindingTheRemedyAndASummaryWithoutColours() {
    assertThat(run()).isEqualTo(2);

    assertThat(out.toString(UTF_8))
        .contains(
            "\nmachine\n  ok       open-files: ",
            "\ncluster\n  FAULT    node-connection: http://127.0.0.1:1",
            "\n           -> start this node",
            "\n1 faults, 0 warnings, ")
        .doesNotContain("\u001b");
    assertThat(run("--quiet")).isEqualTo(2);
    assertThat(out.toString(UTF_8)).doesNotContain("ok  ", "machine").contains("FAULT");
  }

  @Test
  void settingsThatAreNotValidAreFaults() throws Exception {
    environment.put("ELASTICSEARCH_URL", "localhost");

    assertThat(run("--json")).isEqualTo(2);

    assertThat(find("settings").path("message").asText()).contains("ELASTICSEARCH_URL");
    assertThat(out.toString(UTF_8)).doesNotContain("cluster\"");
  }

  @Test
  void filesThatCannotBeReadAreFaultsOfTheSettings() throws Exception {
    environment.put("EVENTSTREAM_AUTH_FILE", directory.resolve("no-keys").toString());
    assertThat(run("--json")).isEqualTo(2);
    assertThat(find("settings").path("message").asText()).contains("EVENTSTREAM_AUTH", "no-keys");

    environment.remove("EVENTSTREAM_AUTH_FILE");
    environment.put("EVENTSTREAM_ID_DIR", directory.resolve("no-tables").toString());
    assertThat(run("--json")).isEqualTo(2);
    assertThat(find("settings").path("message").asText()).contains("no-tables");
  }

  @Test
  void agesThatContradictEachOtherAreWarnings() throws Exception {
    environment.put("EVENTSTREAM_INDEX", "events-{eventType}-{yyyy.MM.dd}");
    environment.put("EVENTSTREAM_RETENTION", "30d,click=7d");
    environment.put("EVENTSTREAM_CLOSE_AFTER", "10d");
    environment.put("EVENTSTREAM_ROLLOVER_AGE", "8d");
    environment.put("EVENTSTREAM_BACKUP_INTERVAL", "7d");

    run("--json");

    assertThat(messages("contradiction"))
        .satisfiesExactly(
            close ->
                assertThat(close)
                    .isEqualTo(
                        "EVENTSTREAM_CLOSE_AFTER (10d) has no effect on indices of the event type"
                            + " click: EVENTSTREAM_RETENTION (7d) comes first"),
            rollover -> assertThat(rollover).contains("continued after 8d", "deleted 7d later"),
            backup -> assertThat(backup).contains("some events are in no backup"));
  }

  @Test
  void replicasThatAreRemovedTooLateOrAreNotThereAreWarnings() throws Exception {
    environment.put("EVENTSTREAM_INDEX", "events-{yyyy.MM.dd}");
    environment.put("EVENTSTREAM_REMOVE_REPLICAS_AFTER", "10d");
    environment.put("EVENTSTREAM_CLOSE_AFTER", "36h");
    environment.put("EVENTSTREAM_INDEX_REPLICAS", "0");

    run("--json");

    assertThat(messages("contradiction"))
        .satisfiesExactly(
            late -> assertThat(late).contains("on indices: EVENTSTREAM_CLOSE_AFTER (36h) comes"),
            none -> assertThat(none).contains("EVENTSTREAM_INDEX_REPLICAS is 0"));
  }

  @Test
  void agesInTheRightOrderAreInOrder() throws Exception {
    environment.put("EVENTSTREAM_INDEX", "events-{yyyy.MM.dd}");
    environment.put("EVENTSTREAM_REMOVE_REPLICAS_AFTER", "2d");
    environment.put("EVENTSTREAM_CLOSE_AFTER", "10d");
    environment.put("EVENTSTREAM_RETENTION", "30d");

    run("--json");

    assertThat(messages("contradiction")).isEmpty();
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

    assertThat(find("fsync").path("message").asText()).contains(" ms, the slowest of 25 ");
    assertThat(find("free-space").path("message").asText()).contains("MiB are free");
    assertThat(spool).isEmptyDirectory();
  }

  @Test
  void theDiskOfASpoolThatIsNotThereYetIsMeasuredToo() throws Exception {
    run("--json");

    assertThat(find("spool").path("severity").asText()).isEqualTo("unknown");
    assertThat(find("fsync").path("message").asText()).contains(" ms");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void aSpoolThatMayTakeMoreThanIsFreeIsAWarning() throws Exception {
    environment.put("EVENTSTREAM_SPOOL_MAX_BYTES", "1000TiB");

    run("--json");

    assertThat(find("free-space").path("severity").asText()).isEqualTo("warning");
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
  void aBrokenSegmentIsAFaultWithItsName() throws Exception {
    Path replica;
    try (MapDbSpool spool = MapDbSpool.builder(directory.resolve("spool")).minFreeBytes(0).open()) {
      replica = spool.directory();
      Document document = new Document("click", "the-id", null, "{}".getBytes(UTF_8));
      spool.write(DocumentBatch.of(document)).toCompletableFuture().join();
    }
    Path segment = replica.resolve("spool/000000000001.segment");
    String bytes = Files.readString(segment, ISO_8859_1);
    assertThat(bytes).contains("the-id");
    Files.writeString(segment, bytes.replace("the-id", "xxx-id"), ISO_8859_1);

    assertThat(run("--json")).isEqualTo(2);

    JsonNode found = find("damaged-files");
    assertThat(found.path("severity").asText()).isEqualTo("fault");
    assertThat(found.path("subjects").path(0).asText()).endsWith("000000000001.segment");
    assertThat(segment).exists();
  }

  @Test
  void theOwnerOfADirectoryIsNamed() throws Exception {
    try (MapDbSpool spool = MapDbSpool.builder(directory.resolve("spool")).minFreeBytes(0).open()) {
      run("--json");

      assertThat(find("replica").path("message").asText())
          .isEqualTo(
              spool.directory().getFileName()
                  + " belongs to a process that runs, without an admin port");
    }
  }

  @Test
  void aPortInUseByAnotherProgramIsAFault() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      environment.put("EVENTSTREAM_HOST", "127.0.0.1");
      environment.put("EVENTSTREAM_PORT", String.valueOf(socket.getLocalPort()));

      assertThat(run("--json")).isEqualTo(2);

      assertThat(find("port").path("severity").asText()).isEqualTo("fault");
      assertThat(find("port").path("subjects").path(0).asText()).isEqualTo("EVENTSTREAM_PORT");
    }
  }

  @Test
  void thePortsAndTheSpoolOfARunningServerAreInOrder() throws Exception {
    runWithServer(Map.of());

    assertThat(messages("port"))
        .satisfiesExactly(
            port -> assertThat(port).endsWith("a server of eventstream answers"),
            admin -> assertThat(admin).endsWith("a server of eventstream answers"));
    assertThat(find("replica").path("message").asText())
        .contains("the server with the admin port http://127.0.0.1:");
    assertThat(find("settings").path("severity").asText()).isEqualTo("ok");
  }

  @Test
  void aPortOfARunningServerWithTlsIsInOrder() throws Exception {
    TestCa.Issued us = new TestCa("ca").issue("us");
    runWithServer(
        Map.of(
            "EVENTSTREAM_TLS_CERT", us.writeChain(directory.resolve("c.pem")).toString(),
            "EVENTSTREAM_TLS_KEY", us.writeKey(directory.resolve("k.pem")).toString()));

    assertThat(messages("port").get(0)).endsWith("a server of eventstream answers");
    assertThat(find("certificate").path("severity").asText()).isEqualTo("ok");
  }

  /** Examines the settings of a server while it runs. */
  private void runWithServer(Map<String, String> more) throws Exception {
    environment.put("EVENTSTREAM_HOST", "127.0.0.1");
    environment.put("EVENTSTREAM_SPOOL_DIR", directory.resolve("spool").toString());
    environment.put("EVENTSTREAM_SPOOL_MIN_FREE_BYTES", "0");
    environment.put("ELASTICSEARCH_URL", "http://127.0.0.1:1");
    environment.putAll(more);
    Map<String, String> any = new HashMap<>(environment);
    any.put("EVENTSTREAM_PORT", "0");
    any.put("EVENTSTREAM_ADMIN_PORT", "0");
    try (EventServer server = EventServer.start(ServerSettings.fromEnvironment(any))) {
      environment.put("EVENTSTREAM_PORT", String.valueOf(server.port()));
      environment.put("EVENTSTREAM_ADMIN_PORT", String.valueOf(server.adminPort().getAsInt()));
      run("--json");
    }
  }
}
