package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.RealEngine;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("slow")
class IndicesCommandIT {
  @RegisterExtension static final EngineExtension engine = EngineExtension.shared("opensearch");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @AfterEach
  void cleanUp(RealEngine running) {
    running.client().request("DELETE", "/_index_template/eventstream"); // others share the engine
  }

  @Test
  void installsChecksAndKeepsWhatSomebodyHasChanged() {
    assertThat(run("check")).isEqualTo(1);
    assertThat(output()).contains("has no index template", "install it with \"indices apply\"");
    assertThat(run("apply")).isZero();
    assertThat(output()).contains("installed the index template; it was absent");
    assertThat(run("check")).isZero();
    assertThat(output()).contains("is current");

    assertThat(run("print")).isZero();
    String changed = output().replace("1024", "4096");
    engine.get().client().request("PUT", "/_index_template/eventstream", changed).orThrow();

    assertThat(run("apply")).isEqualTo(1);
    assertThat(output())
        .contains(
            "somebody has changed",
            "mappings.properties.eventId.ignore_above is 4096, instead of 1024",
            "indices apply --force");
    assertThat(run("check")).isEqualTo(1);
    assertThat(run("apply", "--force")).isZero();
    assertThat(run("check")).isZero();
  }

  @Test
  void listsTheIndicesOfEventsAsATableAndAsJson() throws Exception {
    EngineClient client = engine.get().client();
    client.request("PUT", "/indices-command-old", "{}").orThrow();
    assertThat(run("apply")).isZero();
    client.request("PUT", "/indices-command-new", "{}").orThrow();
    client.request("POST", "/indices-command-new/_doc?refresh=true", "{\"a\":1}").orThrow();
    client.request("PUT", "/another-index", "{}").orThrow();
    client.request("POST", "/indices-command-old/_close", "").orThrow();

    assertThat(run("list")).isZero();
    assertThat(output().lines().toList())
        .hasSize(4)
        .satisfiesExactly(
            head -> assertThat(head).startsWith("INDEX  "),
            line -> assertThat(line).matches("indices-command-new +yellow +1 .* 1x2 +0min +yes"),
            line -> assertThat(line).matches("indices-command-old +closed .* 1x2 +0min +no"),
            sum -> assertThat(sum).startsWith("2 indices, 1 documents, "));

    assertThat(run("list", "--json")).isZero();
    assertThat(output().lines().toList())
        .hasSize(2)
        .first()
        .asString()
        .contains("\"index\":\"indices-command-new\"", "\"documents\":1", "\"template\":true");
    client.request("DELETE", "/indices-command-*,another-index").orThrow();
  }

  private int run(String... arguments) {
    out.reset();
    Map<String, String> environment =
        Map.of(
            "ELASTICSEARCH_URL",
            engine.get().url().toString(),
            "EVENTSTREAM_INDEX",
            "indices-command-{eventType}");
    return IndicesCommand.run(
        List.of(arguments), environment, new PrintStream(out, true, UTF_8), System.err);
  }

  private String output() {
    return out.toString(UTF_8);
  }
}
