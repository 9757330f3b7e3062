package dev.eventstream.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MapDbIdResolverTest {
  @TempDir Path directory;
  private Path tables;
  private Path file;

  @BeforeEach
  void createTables() throws IOException {
    tables = Files.createDirectory(directory.resolve("tables"));
    file = directory.resolve("ids.db");
    Files.writeString(tables.resolve("engagement.json"), "{\"click\":\"c\",\"scroll\":\"s\"}");
    Files.writeString(
        tables.resolve("pageview.json"), "{\"home\":\"h\",\"click\":\"p\",\"é\":\"\u20ac\"}");
  }

  @Test
  void findsTheEntriesOfTheTables() throws IOException {
    assertThat(MapDbIdResolver.build(tables, file)).isEqualTo(5);

    try (MapDbIdResolver ids = MapDbIdResolver.open(file)) {
      assertThat(ids.resolve("engagement", "click")).isEqualTo("c");
      assertThat(ids.resolve("pageview", "click")).isEqualTo("p");
      assertThat(ids.resolve("pageview", "é")).isEqualTo("\u20ac");
      assertThat(ids.resolve("pageview", "scroll")).isNull();
      assertThat(ids.resolve("unknown", "click")).isNull();
      assertThat(ids.resolve("", "")).isNull();
    }
  }

  @Test
  void agreesWithAMapOnAHundredThousandEntries() throws IOException {
    Random random = new Random(7);
    Map<String, String> many = new HashMap<>();
    StringBuilder json = new StringBuilder("{");
    for (int i = 0; i < 100_000; i++) {
      String value = Long.toString(random.nextLong(), 36);
      if (many.put(value, "id" + i) == null) {
        json.append(json.length() > 1 ? "," : "").append("\"" + value + "\":\"id" + i + "\"");
      }
    }
    Files.writeString(tables.resolve("many.json"), json.append('}'));

    assertThat(MapDbIdResolver.build(tables, file)).isEqualTo(many.size() + 5);

    try (MapDbIdResolver ids = MapDbIdResolver.open(file)) {
      Map<String, String> found = new HashMap<>();
      many.keySet().forEach(value -> found.put(value, ids.resolve("many", value)));
      assertThat(found.equals(many)).isTrue(); // not isEqualTo: it would print all of them
      assertThat(ids.resolve("many", "not there")).isNull();
    }
  }

  @Test
  void aNewFileReplacesTheOldOneAndReadersKeepTheirs() throws IOException {
    MapDbIdResolver.build(tables, file);
    try (MapDbIdResolver before = MapDbIdResolver.open(file)) {
      Files.writeString(tables.resolve("engagement.json"), "{\"click\":\"new\"}");
      MapDbIdResolver.build(tables, file);

      assertThat(before.resolve("engagement", "click")).isEqualTo("c");
      try (MapDbIdResolver after = MapDbIdResolver.open(file)) {
        assertThat(after.resolve("engagement", "click")).isEqualTo("new");
        assertThat(after.resolve("engagement", "scroll")).isNull();
      }
    }
  }

  @Test
  void anUnreadableTableLeavesOnlyTheOldFile() throws IOException {
    MapDbIdResolver.build(tables, file);
    byte[] before = Files.readAllBytes(file);
    Files.writeString(tables.resolve("pageview.json"), "{\"home\": 1}");

    assertThatThrownBy(() -> MapDbIdResolver.build(tables, file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("pageview.json")
        .hasMessageContaining("\"home\" must be a string");
    assertThat(file).hasBinaryContent(before);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactlyInAnyOrder(tables, file);
    }
  }

  @Test
  void refusesAFileOfAnotherFormatAndNamesIt() throws IOException {
    Files.write(file, new byte[1 << 20]);

    assertThatThrownBy(() -> MapDbIdResolver.open(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("build it anew");
    assertThatThrownBy(() -> MapDbIdResolver.open(directory.resolve("missing")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing");
  }
}
