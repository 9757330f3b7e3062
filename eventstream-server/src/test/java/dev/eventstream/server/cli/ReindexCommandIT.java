package dev.eventstream.server.cli;

import static dev.eventstream.server.cli.CommandProcesses.exitCode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The copy as a process, which can be killed. */
@Tag("slow")
class ReindexCommandIT {
  @RegisterExtension static final EngineExtension engine = EngineExtension.shared("opensearch");

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int DOCUMENTS = 24_000;
  private static final String MAPPING =
      "{\"mappings\":{\"dynamic\":false,\"properties\":{\"@timestamp\":{\"type\":\"date\"}}}}";

  @TempDir Path directory;
  private CommandProcesses processes;

  @BeforeEach
  void begin() {
    processes = new CommandProcesses(directory);
  }

  @AfterEach
  void endTheProcessesAndCleanUp(RealEngine running) throws InterruptedException {
    processes.close();
    running.client().request("DELETE", "/reindex-command*"); // others share the engine
  }

  @Test
  void everyDocumentIsInItsTargetOnceAfterCopiesThatWereKilledAndStopped(RealEngine running)
      throws Exception {
    load(running.client());

    Process killed = start();
    awaitDocuments(1, killed);
    killed.destroyForcibly().waitFor(); // SIGKILL
    assertThat(killed.exitValue()).as(processes.errors(killed)).isEqualTo(137);
    long done = done();
    assertThat(done).isPositive().isLessThan(DOCUMENTS);

    Process stopped = start();
    awaitDocuments(done + 1, stopped);
    stopped.destroy(); // SIGTERM
    assertThat(exitCode(stopped)).as(processes.errors(stopped)).isEqualTo(143);
    assertThat(processes.errors(stopped)).contains("stopped; the same command continues here");
    assertThat(done()).isGreaterThan(done).isLessThan(DOCUMENTS);

    Process last = start("--switch-alias", "reindex-command", "--delete-source");

    assertThat(exitCode(last)).as(processes.errors(last)).isZero();
    assertThat(processes.output(last))
        .contains(
            "reindex-command: copied",
            "reindex-command points to the targets; reindex-command is deleted")
        .containsPattern("read +" + DOCUMENTS + "\\R");
    assertThat(running.client().count("reindex-command")).isEqualTo(DOCUMENTS); // the alias
    for (int day = 1; day <= 4; day++) {
      assertThat(running.client().count("reindex-command-2026.11.0" + day))
          .isEqualTo(DOCUMENTS / 4);
    }
    assertThat(running.client().source("reindex-command-2026.11.04", "id" + (DOCUMENTS - 1)))
        .contains(source(DOCUMENTS - 1));
    assertThat(directory.resolve("reindex.state")).doesNotExist();
  }

  private static void load(EngineClient client) {
    client.request("PUT", "/reindex-command", MAPPING).orThrow();
    for (int start = 0; start < DOCUMENTS; start += 6_000) {
      StringBuilder lines = new StringBuilder();
      for (int i = start; i < start + 6_000; i++) {
        lines
            .append("{\"create\":{\"_index\":\"reindex-command\",\"_id\":\"id" + i + "\"}}\n")
            .append(source(i))
            .append('\n');
      }
      String answer = client.request("POST", "/_bulk", lines.toString()).orThrow().body();
      assertThat(answer).contains("\"errors\":false");
    }
  }

  /** One each 14.4 seconds. */
  private static String source(int number) {
    Instant time = Instant.parse("2026-11-01T00:00:00Z").plusMillis(14_400L * number);
    return "{\"eventType\":\"x\",\"@timestamp\":\"" + time + "\",\"n\":" + number + ".0}";
  }

  private void awaitDocuments(long least, Process process) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> done() >= least || !process.isAlive());
  }

  private long done() throws IOException {
    Path state = directory.resolve("reindex.state");
    return Files.exists(state)
        ? new ObjectMapper().readTree(Files.readAllBytes(state)).at("/counts/read").asLong()
        : 0;
  }

  private Process start(String... options) throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of("reindex", "reindex-command", "reindex-command-{yyyy.MM.dd}"));
    arguments.addAll(List.of(options));
    Map<String, String> settings = Map.of("ELASTICSEARCH_URL", engine.get().url().toString());
    return processes.start(settings, arguments);
  }
}
