package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The exit codes and the findings of {@code doctor} with a real engine. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class DoctorCommandIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension final EngineExtension engine;
  @TempDir Path directory;

  DoctorCommandIT(Engine version) {
    this.engine = EngineExtension.shared(version);
  }

  @AfterEach
  void delete() {
    engine.get().client().request("DELETE", "/seen-click");
  }

  /** The exit code, and the codes of findings with this severity, apart from those of this disk. */
  private record Result(int code, JsonNode all) {
    List<String> codes(String severity) {
      List<String> codes = new ArrayList<>();
      for (JsonNode finding : all.path("findings")) {
        String code = finding.path("code").asText();
        if (finding.path("severity").asText().equals(severity) && !code.equals("fsync")) {
          codes.add(code);
        }
      }
      return codes;
    }
  }

  private Result doctor() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, UTF_8);
    Map<String, String> environment =
        Map.of(
            "ELASTICSEARCH_URL", engine.get().url().toString(),
            "EVENTSTREAM_INDEX", "seen-{eventType}",
            "EVENTSTREAM_INDEX_TEMPLATE", "off",
            "EVENTSTREAM_SPOOL_DIR", directory.resolve("spool").toString(),
            "EVENTSTREAM_SPOOL_MAX_BYTES", "64MiB",
            "EVENTSTREAM_SPOOL_MIN_FREE_BYTES", "0",
            "EVENTSTREAM_PORT", "0",
            "EVENTSTREAM_ADMIN_PORT", "0");
    int code = Commands.run("doctor", List.of("--json"), environment, stream, stream);
    return new Result(code, JSON.readTree(out.toByteArray()));
  }

  private void create(String settings) {
    engine
        .get()
        .client()
        .request("PUT", "/seen-click", "{\"settings\":{\"number_of_replicas\":0" + settings + "}}")
        .orThrow();
  }

  @Test
  void allIsWell() throws Exception {
    create("");

    Result result = doctor();

    assertThat(result.codes("fault")).isEmpty();
    assertThat(result.codes("warning")).isEmpty();
    assertThat(result.codes("ok")).contains("settings", "node-answer", "engine", "shard-limit");
    assertThat(result.code).isEqualTo(result.all.path("warnings").asInt()); // fsync may be slow
  }

  @Test
  void aClosedIndexIsAWarning() throws Exception {
    create("");
    engine.get().client().request("POST", "/seen-click/_close").orThrow();
    await().until(() -> engine.get().client().healthy()); // its shards are allocated anew

    Result result = doctor();

    assertThat(result.codes("warning")).containsExactly("closed-index");
    assertThat(result.code).isEqualTo(1);
  }

  @Test
  void aMissingPipelineIsAFault() throws Exception {
    create(",\"index.default_pipeline\":\"nowhere\"");

    Result result = doctor();

    assertThat(result.codes("fault")).containsExactly("missing-pipeline");
    assertThat(result.code).isEqualTo(2);
  }
}
