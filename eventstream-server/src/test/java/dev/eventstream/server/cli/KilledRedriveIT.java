package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.Document;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.spool.SpoolInspection;
import dev.eventstream.testkit.EngineExtension;
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

/** Commands and servers in processes of their own, which are killed. */
@Tag("slow")
class KilledRedriveIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int LETTERS = 20_000;
  private static final String INDEX = "killed-redrive";

  @RegisterExtension static final EngineExtension engine = EngineExtension.shared("opensearch");

  @TempDir Path directory;
  private Path spool;
  private final List<Process> started = new ArrayList<>();

  @BeforeEach
  void removeTheIndex() {
    engine.get().client().request("DELETE", "/" + INDEX);
    spool = directory.resolve("spool");
  }

  @AfterEach
  void endProcesses() {
    for (Process process : started) {
      process.destroyForcibly();
      process.onExit().join();
    }
  }

  private Process start(int number, String... arguments) throws IOException {
    Map<String, String> settings =
        Map.of(
            "ELASTICSEARCH_URL", engine.get().url().toString(),
            "EVENTSTREAM_SPOOL_DIR", spool.toString(),
            "EVENTSTREAM_SPOOL_MIN_FREE_BYTES", "0",
            "EVENTSTREAM_HOST", "127.0.0.1",
            "EVENTSTREAM_PORT", "0",
            "EVENTSTREAM_ADMIN_PORT", "0",
            "EVENTSTREAM_INDEX_TEMPLATE", "off");
    Process process = Commands.process(directory, number, settings, List.of(arguments)).start();
    started.add(process);
    return process;
  }

  private int run(int number, String... arguments) throws IOException {
    return start(number, arguments).onExit().join().exitValue();
  }

  private String printed(int number) throws IOException {
    return Files.readString(directory.resolve("stdout" + number));
  }

  private void addLetters(int count) throws IOException {
    try (MapDbSpool opened = MapDbSpool.builder(spool).minFreeBytes(0).open()) {
      List<DeadLetter> letters = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String source = "{\"eventType\":\"letters\",\"eventValue\":\"v\",\"number\":" + i + "}";
        Document document = new Document(INDEX, "d" + i, null, source.getBytes(UTF_8));
        letters.add(new DeadLetter(document, "mapping", Instant.EPOCH, Instant.EPOCH));
      }
      opened.deadLetters().add(letters).toCompletableFuture().join();
    }
  }

  private long indexed() {
    return engine.get().client().count(INDEX);
  }

  @Test
  void lettersOfAKilledRedriveAreInTheIndexOnceOrStillLetters() throws Exception {
    addLetters(LETTERS);
    Process redrive = start(1, "dead-letters", "redrive", spool.toString());
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> indexed() > 0);

    redrive.destroyForcibly();
    redrive.onExit().join();

    assertThat(redrive.exitValue()).as("killed").isEqualTo(128 + 9);
    long before = indexed();
    assertThat(before).isBetween(1L, LETTERS - 1L);
    assertThat(run(2, "dead-letters", "ls", "--json", spool.toString())).isZero();
    long letters = printed(2).lines().count();
    assertThat(before + letters).isGreaterThanOrEqualTo(LETTERS); // those in flight are both
    assertThat(run(3, "dead-letters", "redrive", spool.toString())).isZero();
    assertThat(indexed()).isEqualTo(LETTERS);
    assertThat(run(4, "dead-letters", "ls", "--json", spool.toString())).isZero();
    assertThat(printed(4)).isEmpty();
    assertThat(SpoolInspection.of(spool)).hasSize(1);
  }

  @Test
  void commandsKnowWhetherAServerLivesAndLeaveTheWorkToIt() throws Exception {
    addLetters(10);
    Process server = start(1, "serve");
    await().atMost(PATIENCE).until(() -> printed(1).contains("eventstream is ready at"));

    assertThat(run(2, "spool", "ls", "--json")).isZero();
    assertThat(new ObjectMapper().readTree(printed(2)).path("owned").asBoolean()).isTrue();
    assertThat(printed(2)).contains("\"admin\":\"http://127.0.0.1:");
    assertThat(run(3, "spool", "repair")).isEqualTo(1);
    assertThat(run(4, "dead-letters", "redrive", "--id", "d3", "--json")).isZero();
    assertThat(printed(4)).contains("\"state\":\"done\"", "\"indexed\":1");
    assertThat(run(5, "dead-letters", "purge", "--yes", "--json")).isZero();
    assertThat(printed(5)).contains("\"removed\":9");

    server.destroyForcibly();
    server.onExit().join();

    assertThat(run(6, "spool", "ls", "--json")).isZero();
    assertThat(printed(6)).contains("\"owned\":false", "\"admin\":null");
    assertThat(run(7, "spool", "repair")).isZero();
    assertThat(indexed()).isEqualTo(1);
    assertThat(SpoolInspection.of(spool)).hasSize(1);
  }
}
