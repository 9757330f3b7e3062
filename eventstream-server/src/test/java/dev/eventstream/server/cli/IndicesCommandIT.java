package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.RealEngine;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Year;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("slow")
class IndicesCommandIT {
  @RegisterExtension static final EngineExtension engine = EngineExtension.shared("opensearch");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

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

  @Test
  void showsAndRemovesWhatIsTooOld() {
    EngineClient client = engine.get().client();
    String[] options = {"--index", "indices-prune-{yyyy}", "--retention", "400d"};
    String newest = "indices-prune-" + Year.now(ZoneOffset.UTC);
    assertThat(run("apply", options)).isZero();
    for (int year = 2019; year <= 2021; year++) {
      client.request("PUT", "/indices-prune-" + year, "{}").orThrow();
    }
    client.request("PUT", "/" + newest, "{}").orThrow();

    assertThat(run("list", options)).isZero();
    assertThat(output().lines())
        .anyMatch(line -> line.matches("indices-prune-2019 .* yes +delete now"))
        .anyMatch(line -> line.matches(newest + " .* yes"));
    assertThat(run("list", concat(options, "--json"))).isZero();
    assertThat(output()).contains("\"next\":\"delete\",\"due\":\"2021-02-04T00:00:00Z\"");

    assertThat(run("prune", concat(options, "--dry-run", "--retention-limit", "2"))).isZero();
    assertThat(output())
        .contains(
            "would delete indices-prune-2019: no event in it is younger than 2020-01-01T00:00:00Z,"
                + " and the limit is 400d",
            "would delete indices-prune-2020")
        .doesNotContain("indices-prune-2021");
    assertThat(error())
        .contains(
            "1 more are too old than EVENTSTREAM_RETENTION_LIMIT allows; --yes does all of them");
    assertThat(run("prune", concat(options, "--retention-limit", "1"))).isZero();
    assertThat(output()).contains("delete indices-prune-2019");
    assertThat(error()).contains("2 more");
    assertThat(run("prune", concat(options, "--yes", "--retention-limit", "1"))).isZero();
    assertThat(output()).contains("indices-prune-2020", "indices-prune-2021");
    assertThat(run("prune", options)).isZero();
    assertThat(error()).contains("no index is too old");
    assertThat(run("list", options)).isZero();
    assertThat(output().lines()).hasSize(3);

    assertThat(run("prune")).isEqualTo(2);
    assertThat(error()).contains("EVENTSTREAM_RETENTION=90d");
    client.request("DELETE", "/" + newest).orThrow();
  }

  private static String[] concat(String[] options, String... further) {
    return Stream.of(options, further).flatMap(Stream::of).toArray(String[]::new);
  }

  private int run(String action, String... options) {
    out.reset();
    err.reset();
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.add(0, action);
    Map<String, String> environment =
        Map.of(
            "ELASTICSEARCH_URL",
            engine.get().url().toString(),
            "EVENTSTREAM_INDEX",
            "indices-command-{eventType}");
    return Commands.run(
        "indices",
        arguments,
        environment,
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }

  private String error() {
    return err.toString(UTF_8);
  }

  private String output() {
    return out.toString(UTF_8);
  }
}
