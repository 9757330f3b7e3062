package dev.eventstream.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The metadata for IDEs, compared with the documentation and with the server's settings. */
class PropertiesReferenceTest {
  private static final String PREFIX = "eventstream.";

  /** What the server does not have: it always has a spool, and has no use for the others. */
  private static final Set<String> OWN =
      Set.of(
          "enabled",
          "backoff",
          "close-timeout",
          "cluster-ssl-bundle",
          "linger",
          "max-backoff",
          "max-batch-bytes",
          "max-batch-events",
          "max-in-flight-bytes",
          "max-in-flight-requests",
          "spool-enabled",
          "spool-max-dead-letter-bytes");

  private record Property(String name, String type, String defaultValue, String description) {
    String row() {
      return "| `%s` | %s | %s | %s |"
          .formatted(
              name, type, defaultValue.isEmpty() ? "" : "`" + defaultValue + "`", description);
    }
  }

  private static List<Property> properties() throws IOException {
    List<Property> properties = new ArrayList<>();
    try (InputStream metadata =
        EventStreamProperties.class.getResourceAsStream(
            "/META-INF/spring-configuration-metadata.json")) {
      for (JsonNode property : new ObjectMapper().readTree(metadata).get("properties")) {
        if (property.get("name").asText().startsWith(PREFIX)) {
          properties.add(
              new Property(
                  property.get("name").asText(),
                  shortType(property.get("type").asText()),
                  shown(property.path("defaultValue")),
                  property.path("description").asText()));
        }
      }
    }
    return properties;
  }

  private static String shortType(String type) {
    return switch (type) {
      case "java.lang.Boolean" -> "true or false";
      case "java.lang.Integer" -> "number";
      case "java.lang.String" -> "text";
      case "java.nio.file.Path" -> "path";
      case "java.time.Duration" -> "time";
      case "java.util.List<java.lang.String>" -> "list";
      case "java.util.Map<java.lang.String,java.lang.String>" -> "map";
      case "org.springframework.util.unit.DataSize" -> "size";
      default -> words(type);
    };
  }

  private static String words(String enumeration) {
    try {
      List<String> words = new ArrayList<>();
      for (Object constant : Class.forName(enumeration).getEnumConstants()) {
        words.add("`" + constant.toString().toLowerCase(Locale.ROOT).replace('_', '-') + "`");
      }
      return String.join(" or ", words);
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException(enumeration, e);
    }
  }

  private static String shown(JsonNode value) {
    List<String> values = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(each -> values.add(each.asText()));
    } else if (!value.isMissingNode()) {
      values.add(value.asText());
    }
    return String.join(",", values);
  }

  @Test
  void everyPropertyIsDescribed() throws IOException {
    assertThat(properties())
        .hasSizeGreaterThan(50)
        .allSatisfy(
            property -> assertThat(property.description()).as(property.name()).endsWith("."));
  }

  @Test
  void thePageListsEveryProperty() throws IOException {
    String page = Files.readString(Path.of("../docs/spring-boot.md"));
    String table =
        "| property | value | default | meaning |\n|---|---|---|---|\n"
            + String.join("\n", properties().stream().map(Property::row).toList())
            + "\n";
    Path expected = Path.of("target", "spring-boot-properties.md");
    Files.writeString(expected, table);

    assertThat(page).as("paste the table of " + expected).contains(table);
  }

  @Test
  void thePageShowsTheProducersThatAreTested() throws IOException {
    String page = Files.readString(Path.of("../docs/spring-boot.md"));
    for (String producer : List.of("quarkus/%sProducer", "micronaut/%sFactory")) {
      Path source =
          Path.of(
              "../embedding",
              producer.formatted("src/main/java/dev/eventstream/embedding/EventStream") + ".java");
      String code = Files.readString(source);
      assertThat(page).contains(code.substring(code.indexOf("\n@") + 1));
    }
  }

  @Test
  void namesAreThoseOfTheServer() throws IOException {
    Set<String> server = new TreeSet<>();
    Matcher row =
        Pattern.compile("\\| `[A-Z_]+` \\| `(?:--)?([a-z-]+)` \\|")
            .matcher(Files.readString(Path.of("../docs/configuration.md")));
    while (row.find()) {
      server.add(row.group(1));
    }
    List<String> names =
        properties().stream()
            .map(property -> property.name().substring(PREFIX.length()).replace('.', '-'))
            .toList();

    assertThat(names).contains("spool-dir").containsAll(OWN);
    assertThat(server).hasSizeGreaterThan(50);
    assertThat(names).filteredOn(name -> !OWN.contains(name)).isSubsetOf(server);
  }
}
