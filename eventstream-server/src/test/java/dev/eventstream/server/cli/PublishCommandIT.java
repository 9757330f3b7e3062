package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.FaultProxy;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Publishing of files in processes of their own, which are killed, on a real engine. */
@Tag("slow")
class PublishCommandIT {
  private static final int EVENTS = 40_000;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @RegisterExtension static final EngineExtension engine = EngineExtension.shared("opensearch");

  @TempDir Path directory;
  private int processes;
  private Path file;

  @BeforeEach
  void writeFile() throws IOException {
    engine.get().client().request("DELETE", "/published");
    file = directory.resolve("events.ndjson");
    try (BufferedWriter out = Files.newBufferedWriter(file, UTF_8)) {
      for (int i = 0; i < EVENTS; i++) {
        out.write("{\"eventType\":\"published\",\"eventValue\":\"v\",\"number\":" + i + "}\n");
      }
    }
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    environment.put("ELASTICSEARCH_URL", engine.get().url().toString());
    environment.put("EVENTSTREAM_SPOOL_DIR", directory.resolve("spool").toString());
    environment.put("EVENTSTREAM_INDEX_TEMPLATE", "off");
    return environment;
  }

  private Process start(String... arguments) throws IOException {
    return Commands.process(directory, processes++, environment(), List.of(arguments)).start();
  }

  private String output() throws IOException {
    return Files.readString(directory.resolve("stdout" + (processes - 1)));
  }

  private String errors() throws IOException {
    return Files.readString(directory.resolve("stderr" + (processes - 1)));
  }

  private static int exitCode(Process process) throws InterruptedException {
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private long indexed() {
    return engine.get().client().count("published");
  }

  @Test
  void aFileIsPublishedOnceAlsoIfTheCommandIsKilledAndStopped() throws Exception {
    Process killed = start("publish", file.toString());
    await().atMost(PATIENCE).until(() -> indexed() > 0 || !killed.isAlive());
    killed.destroyForcibly(); // kill -9
    killed.waitFor();

    Process stopped = start("publish", "--rate", "20000", file.toString());
    await().atMost(PATIENCE).until(() -> !errors().isEmpty() || indexed() > 3_000);
    stopped.destroy(); // SIGTERM
    int status = exitCode(stopped);
    assertThat(status).as(errors()).isIn(0, 143);

    Process last = start("publish", "--json", file.toString());
    assertThat(exitCode(last)).as(errors()).isZero();
    assertThat(output()).contains("\"rejected\":0");
    assertThat(errors()).doesNotContain("\tat ");
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(indexed()).isEqualTo(EVENTS));
  }

  @Test
  void aFullSpoolIsWaitedForUntilTheClusterIsBack() throws Exception {
    try (FaultProxy proxy = FaultProxy.start(engine.get().url())) {
      proxy.refuseConnections();
      int events = 8_000; // of 4 KiB: more than the spool can hold
      try (BufferedWriter out = Files.newBufferedWriter(file, UTF_8)) {
        Random random = new Random(1);
        byte[] text = new byte[2_000];
        for (int i = 0; i < events; i++) {
          random.nextBytes(text); // is not compressed
          out.write("{\"eventType\":\"published\",\"eventValue\":\"v\",\"text\":\"");
          out.write(HexFormat.of().formatHex(text) + "\"}\n");
        }
      }
      Map<String, String> settings = new HashMap<>(environment());
      settings.put("ELASTICSEARCH_URL", proxy.url().toString());
      settings.put("EVENTSTREAM_SPOOL_MAX_BYTES", "16MiB");
      settings.put("EVENTSTREAM_SPOOL_MIN_FREE_BYTES", "0");
      settings.put("EVENTSTREAM_DELIVERY_TIMEOUT", "1s");
      List<String> command = List.of("publish", "--json", file.toString());
      Process process = Commands.process(directory, processes++, settings, command).start();
      try {
        await().atMost(PATIENCE).until(() -> errors().contains("events are not accepted now: "));
        proxy.heal();

        assertThat(exitCode(process)).as(errors()).isZero();
      } finally {
        process.destroyForcibly();
      }
      assertThat(JSON.readTree(output()).path("spooled").asInt(-1)).isZero();
      assertThat(
              JSON.readTree(output()).path("indexed").asInt()
                  + JSON.readTree(output()).path("duplicate").asInt())
          .isEqualTo(events);
      assertThat(indexed()).isEqualTo(events);
    }
  }

  @Test
  void aFileIsPublishedOnceThroughARunningServer() throws Exception {
    Map<String, String> settings = new HashMap<>(environment());
    settings.put("EVENTSTREAM_HOST", "127.0.0.1");
    settings.put("EVENTSTREAM_PORT", "0");
    settings.put("EVENTSTREAM_ADMIN_PORT", "0");
    try (EventServer server = EventServer.start(ServerSettings.fromEnvironment(settings))) {
      for (int i = 0; i < 2; i++) {
        Process process = start("publish", "--server", server.url(), file.toString());
        assertThat(exitCode(process)).as(errors()).isZero();
      }
      assertThat(output()).containsPattern("duplicate +" + EVENTS);
    }
    assertThat(indexed()).isEqualTo(EVENTS);
  }
}
