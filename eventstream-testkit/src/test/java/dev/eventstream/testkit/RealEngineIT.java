package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests that every engine must pass. */
@Tag("slow")
class RealEngineIT {

  private static final String UNDER_TEST = "dev.eventstream.testkit.Engine#underTest";

  @ParameterizedTest
  @MethodSource(UNDER_TEST)
  void keepsAcknowledgedDocumentsThroughAKill(Engine which) {
    try (RealEngine engine = start(RealEngine.builder(which))) {
      URI url = engine.url();
      long firstPid = engine.pid();
      assertThat(engine.client().request("GET", "/").body())
          .contains("\"number\" : \"" + which.version() + "\"");
      engine.client().request("PUT", "/events/_doc/1", "{\"eventType\": \"click\"}").orThrow();

      engine.kill();
      assertThat(engine.isRunning()).isFalse();
      assertThat(ProcessHandle.of(firstPid)).isEmpty();
      assertThat(engine.client().healthy()).isFalse();

      engine.restart();
      assertThat(engine.isRunning()).isTrue();
      assertThat(engine.url()).isEqualTo(url);
      assertThat(engine.pid()).isNotEqualTo(firstPid);
      assertThat(engine.client().source("events", "1")).contains("{\"eventType\": \"click\"}");
      assertThat(engine.client().count("events")).isOne();
      assertThat(engine.client().count("no-such-index")).isZero();
      assertThat(engine.client().source("no-such-index", "1")).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource(UNDER_TEST)
  void stopsGracefullyAndKeepsAGivenDataDirectory(Engine which, @TempDir Path directory) {
    Path data = directory.resolve("data of an engine");
    RealEngine.Builder builder = RealEngine.builder(which).dataDirectory(data);
    try (RealEngine engine = start(builder)) {
      engine.client().request("POST", "/events/_bulk?refresh=true", bulk(which)).orThrow();
      engine.stop();
      assertThat(engine.isRunning()).isFalse();
      assertThat(engine.log()).isEqualTo(data.resolve("engine.log")).content().contains("closed");
    }
    try (RealEngine engine = builder.start()) {
      assertThat(engine.client().count("events")).isEqualTo(2);
    }
    assertThat(data).isDirectory();
  }

  private static RealEngine start(RealEngine.Builder builder) {
    try {
      return builder.start();
    } catch (EngineUnavailableException e) {
      return Assumptions.abort(e.getMessage());
    }
  }

  private static String bulk(Engine which) {
    String type = which.needsMappingType() ? ",\"_type\":\"_doc\"" : "";
    return """
        {"create":{"_id":"1"%s}}
        {"eventType":"click"}
        {"create":{"_id":"2"%s}}
        {"eventType":"view"}
        """
        .formatted(type, type);
  }
}
