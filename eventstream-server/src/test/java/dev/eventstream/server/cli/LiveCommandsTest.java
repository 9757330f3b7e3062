package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.server.admin.AdminServer;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands {@code tail} and {@code top}. */
class LiveCommandsTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path root;

  private int run(Map<String, String> environment, String... args) {
    return Cli.run(
        List.of(args),
        environment,
        InputStream.nullInputStream(),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8),
        Map.of());
  }

  private static Map<String, String> of(AdminServer admin) {
    return Map.of("EVENTSTREAM_ADMIN_PORT", String.valueOf(admin.port()));
  }

  private String out() {
    return out.toString(UTF_8);
  }

  /** Runs {@code tail} until it ends, and publishes events for as long. */
  private int tail(AdminServer admin, String... args) throws Exception {
    CompletableFuture<Integer> code = CompletableFuture.supplyAsync(() -> run(of(admin), args));
    String escape = "\\u001b[31m";
    String body = "[" + TestServer.CLICK + "," + TestServer.HOMEPAGE + ",{\"" + escape + "\":1}]";
    await()
        .until(
            () -> {
              admin.server.post("/v1/events", body);
              return code.isDone();
            });
    return code.join();
  }

  @Test
  void tailShowsEventsThatPass() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      assertThat(tail(admin, "tail", "--limit", "3")).isZero();

      assertThat(out().lines()).hasSizeGreaterThanOrEqualTo(3);
      assertThat(out())
          .containsPattern("\\d\\d:\\d\\d:\\d\\d\\.\\d{3}  indexed +engagement  engagement  \\S+")
          .containsPattern("rejected +-  -  -  \\S+")
          .doesNotContain("\u001b", "homepage");
      assertThat(err.toString(UTF_8)).contains("Events of http://127.0.0.1:" + admin.port());
    }
  }

  @Test
  void tailFiltersAndPrintsJson() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      assertThat(tail(admin, "tail", "--json", "--type", "pageview", "--limit", "2")).isZero();

      List<String> lines = out().lines().toList();
      assertThat(lines).hasSize(2);
      for (String line : lines) {
        assertThat(RawClient.JSON.readTree(line).path("type").asText()).isEqualTo("pageview");
      }
      assertThat(err.size()).isZero();
    }
  }

  @Test
  void tailNamesAFaultyFilter() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      assertThat(run(of(admin), "tail", "--outcome", "lost")).isEqualTo(1);
      assertThat(err.toString(UTF_8)).contains("outcome is \"lost\"; write one or more");
      assertThat(run(of(admin), "tail", "--limit", "0")).isEqualTo(2);
    }
  }

  @Test
  void tailEndsWithAnErrorWhenTheServerEnds() throws Exception {
    CompletableFuture<Integer> code;
    try (AdminServer admin = new AdminServer(root)) {
      code = CompletableFuture.supplyAsync(() -> run(of(admin), "tail"));
      await().until(() -> admin.server.get("/livez").status() == 200 && admin.connections() == 1);
    }
    assertThat(code.join()).isEqualTo(1);
  }

  @Test
  void tailIsStoppedByAnInterrupt() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      AtomicInteger code = new AtomicInteger(-1);
      Thread command = new Thread(() -> code.set(run(of(admin), "tail")));
      command.start();
      await().until(() -> admin.connections() == 1);

      command.interrupt();
      command.join(10_000);

      assertThat(code).hasValue(StopSignal.STOPPED);
    }
  }

  @Test
  void topShowsTheStateOnce() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      admin.addLetters(3);
      admin.server.post("/v1/events", TestServer.CLICK);
      assertThat(run(of(admin), "top", "--once")).isZero();

      assertThat(out())
          .contains("eventstream 1.2.3 at http://127.0.0.1:" + admin.port())
          .contains("cluster       accepts documents", "in flight     0 requests", "spool   ")
          .contains("dead letters  3, files of ")
          .containsPattern("  indexed +0 +1\n")
          .doesNotContain("\u001b");
    }
  }

  @Test
  void topPrintsJsonWithRates() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      assertThat(run(of(admin), "top", "--once", "--json")).isZero();

      JsonNode status = RawClient.JSON.readTree(out());
      assertThat(out()).hasLineCount(1);
      assertThat(status.path("rates").path("published").path("indexed").asDouble(-1)).isZero();
      assertThat(status.path("version").asText()).isEqualTo("1.2.3");
    }
  }

  @Test
  void theKeyIsReadFromAFileAndNeverShown() throws Exception {
    Path file = Files.writeString(root.resolve("key"), "the-secret-of-the-operators\n");
    try (AdminServer admin = AdminServer.withKey(root, "the-secret-of-the-operators")) {
      assertThat(run(of(admin), "top", "--once")).isEqualTo(1);
      assertThat(err.toString(UTF_8)).contains("the admin key is required");
      String url = "http://127.0.0.1:" + admin.port();

      assertThat(run(Map.of(), "top", "--once", "--url", url, "--key-file", file.toString()))
          .isZero();
      assertThat(out() + err.toString(UTF_8)).doesNotContain("the-secret");
    }
  }

  @Test
  void aServerThatDoesNotAnswerIsNamed() {
    assertThat(run(Map.of(), "top", "--once", "--url", "http://127.0.0.1:1")).isEqualTo(1);
    assertThat(err.toString(UTF_8))
        .contains("no server answers on http://127.0.0.1:1", "EVENTSTREAM_ADMIN_PORT");
    assertThat(run(Map.of("EVENTSTREAM_ADMIN_PORT", "off"), "top")).isEqualTo(2);
    assertThat(run(Map.of(), "top", "--url", "http://user:secret@localhost")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).doesNotContain("secret");
  }
}
