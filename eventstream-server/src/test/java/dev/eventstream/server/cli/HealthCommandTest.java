package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.ServerSettings;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealthCommandTest {
  @TempDir Path spool;
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(Map<String, String> environment, String... args) {
    return HealthCheck.run(List.of(args), environment, new PrintStream(err, true, UTF_8));
  }

  private EventServer server(String adminPort) throws Exception {
    return EventServer.start(
        ServerSettings.fromEnvironment(
            Map.of(
                "ELASTICSEARCH_URL", "http://127.0.0.1:1",
                "EVENTSTREAM_HOST", "127.0.0.1",
                "EVENTSTREAM_PORT", "0",
                "EVENTSTREAM_ADMIN_PORT", adminPort,
                "EVENTSTREAM_SPOOL_MIN_FREE_BYTES", "0",
                "EVENTSTREAM_SPOOL_DIR", spool.toString())));
  }

  @Test
  void asksThePortForOperators() throws Exception {
    try (EventServer server = server("0")) {
      String port = String.valueOf(server.adminPort().orElseThrow());

      assertThat(run(Map.of("EVENTSTREAM_ADMIN_PORT", port, "EVENTSTREAM_PORT", "1"))).isZero();
    }
  }

  @Test
  void asksThePortForEventsWhereThereIsNoOther() throws Exception {
    try (EventServer server = server("off")) {
      String port = String.valueOf(server.port());

      assertThat(run(Map.of("EVENTSTREAM_ADMIN_PORT", "off", "EVENTSTREAM_PORT", port))).isZero();
    }
  }

  @Test
  void saysWhatAServerAnswersThatIsNotWell() throws Exception {
    try (EventServer server = server("off")) {
      assertThat(run(Map.of(), server.url() + "/nowhere")).isEqualTo(1);
    }
    assertThat(err.toString(UTF_8)).contains("/nowhere answers 404");
  }

  @Test
  void saysThatNobodyIsThere() {
    assertThat(run(Map.of("EVENTSTREAM_ADMIN_PORT", "1"))).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("http://127.0.0.1:1/livez cannot be reached");
  }

  @Test
  void takesNothingButAUrl() {
    assertThat(run(Map.of(), "--deep")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("--deep", "see health --help");
  }
}
