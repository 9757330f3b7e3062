package dev.eventstream.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.eventstream.server.config.ServerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The swarm stack and its overrides, as far as that can be told without Docker; {@code
 * deploy/swarm-test} runs them.
 */
@Tag("slow") // the JDK does not matter to it
class StackTest {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final Path ROOT = Path.of("..");
  private static final Path STACK = ROOT.resolve("docker-compose.yml");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)(?::-([^}]*))?}");

  private static List<Path> files() throws IOException {
    try (Stream<Path> overrides = Files.list(Path.of("compose"))) {
      return Stream.concat(
              Stream.of(STACK, ROOT.resolve("docker-compose.override.yml")), overrides.sorted())
          .toList();
    }
  }

  private static JsonNode services(Path file) throws IOException {
    return YAML.readTree(file.toFile()).path("services");
  }

  @Test
  void theServerTakesEverySettingOfTheStackAndItsOverrides() throws Exception {
    Map<String, String> settings = new HashMap<>();
    for (Path file : files()) {
      services(file)
          .path("transform")
          .path("environment")
          .properties()
          .forEach(setting -> settings.put(setting.getKey(), withDefaults(setting.getValue())));
    }
    assertThat(settings).containsKeys("ELASTICSEARCH_URL", "EVENTSTREAM_SPOOL_DIR");
    settings.put("EVENTSTREAM_ID_DIR", ROOT.resolve("data/ids").toString());
    // a secret, which is not here
    assertThat(settings.remove("EVENTSTREAM_AUTH_FILE")).isEqualTo("/run/secrets/ingest-keys");

    assertThat(ServerSettings.fromEnvironment(settings).cluster().urls()).hasSize(3);
  }

  private static String withDefaults(JsonNode value) {
    return VARIABLE
        .matcher(value.asText(""))
        .replaceAll(
            variable ->
                Matcher.quoteReplacement(variable.group(2) == null ? "" : variable.group(2)));
  }

  @Test
  void everyFileThatIsNamedIsThere() throws IOException {
    for (Path file : files()) {
      YAML.readTree(file.toFile())
          .findValuesAsText("file")
          .forEach(named -> assertThat(ROOT.resolve(named)).as(file.toString()).exists());
      YAML.readTree(file.toFile())
          .findValuesAsText("dockerfile")
          .forEach(named -> assertThat(ROOT.resolve(named)).as(file.toString()).exists());
    }
  }

  @Test
  void everyVariableOfTheStackIsDocumented() throws IOException {
    TreeSet<String> variables = new TreeSet<>();
    Matcher variable = VARIABLE.matcher(Files.readString(STACK));
    while (variable.find()) {
      if (!variable.group(1).equals("HOSTNAME")) { // the engine's own, within its container
        variables.add(variable.group(1));
      }
    }
    String documentation = Files.readString(ROOT.resolve("docs/deploy.md"));

    assertThat(variables).isNotEmpty();
    for (String name : variables) {
      assertThat(documentation).contains("`" + name + "`");
    }
  }

  @Test
  void nobodyReachesTheEngineOrTheOperatorsPortFromOutside() throws IOException {
    JsonNode stack = YAML.readTree(STACK.toFile());

    assertThat(stack.at("/networks/engine/internal").booleanValue()).isTrue();
    assertThat(stack.at("/services/nginx/networks")).map(JsonNode::textValue).containsOnly("edge");
    stack
        .path("services")
        .properties()
        .forEach(
            service ->
                assertThat(service.getValue().has("ports"))
                    .as("ports of %s", service.getKey())
                    .isEqualTo(service.getKey().equals("nginx")));
  }
}
