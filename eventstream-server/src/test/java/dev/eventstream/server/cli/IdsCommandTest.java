package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spool.MapDbIdResolver;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdsCommandTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path tables;
  private Path file;

  @BeforeEach
  void createTables() throws IOException {
    tables = Files.createDirectory(directory.resolve("tables"));
    file = directory.resolve("ids.db");
    Files.writeString(tables.resolve("engagement.json"), "{\"click\":\"c\",\"scroll\":\"s\"}");
    Files.writeString(tables.resolve("pageview.json"), "{\"homepage\":\"h\"}");
  }

  @Test
  void buildsAFileAndSaysHowManyIdsItHoldsAndItsSize() throws Exception {
    assertThat(run("build", tables.toString(), file.toString())).isZero();

    assertThat(out())
        .isEqualTo(
            file + " holds 3 IDs in " + Files.size(file) + " bytes" + System.lineSeparator());
    assertThat(err()).isEmpty();
    try (MapDbIdResolver ids = MapDbIdResolver.open(file)) {
      assertThat(ids.resolve("engagement", "scroll")).isEqualTo("s");
    }
  }

  @Test
  void explainsItself() {
    assertThat(run("--help")).isZero();
    assertThat(run("build", "-h")).isZero();

    assertThat(out())
        .contains("Usage: eventstream ids", "Usage: eventstream ids build", "DIRECTORY");
    assertThat(err()).isEmpty();
  }

  @Test
  void refusesWhatItDoesNotKnowWithItsUsage() {
    for (List<String> args :
        List.of(
            List.<String>of(),
            List.of("make", "a", "b"),
            List.of("build"),
            List.of("build", "a"),
            List.of("build", "a", "b", "c"))) {
      err.reset();
      assertThat(run(args.toArray(new String[0]))).isEqualTo(2);
      assertThat(err()).contains("eventstream ids");
    }
    assertThat(run("build", "a", "b\0")).isEqualTo(2);
    assertThat(out()).isEmpty();
  }

  @Test
  void saysWhatIsWrongWithTheTables() throws Exception {
    Path none = directory.resolve("none");
    assertThat(run("build", none.toString(), file.toString())).isEqualTo(1);
    assertThat(err()).isEqualTo("there is no directory " + none + System.lineSeparator());

    err.reset();
    Path empty = Files.createDirectory(directory.resolve("empty"));
    assertThat(run("build", empty.toString(), file.toString())).isEqualTo(1);
    assertThat(err()).contains(empty + " holds no table");

    err.reset();
    Files.writeString(tables.resolve("pageview.json"), "{\"homepage\": 1}");
    assertThat(run("build", tables.toString(), file.toString())).isEqualTo(1);
    assertThat(err()).contains("pageview.json", "\"homepage\" must be a string");
    assertThat(file).doesNotExist();
  }

  @Test
  void saysWhereTheFileCannotBe() {
    assertThat(run("build", tables.toString(), tables.toString())).isEqualTo(1);
    assertThat(err()).contains(tables + " is a directory");

    err.reset();
    Path nowhere = directory.resolve("nowhere").resolve("ids.db");
    assertThat(run("build", tables.toString(), nowhere.toString())).isEqualTo(1);
    assertThat(err()).contains("no file can be written into the directory " + nowhere.getParent());
  }

  @Test
  @Tag("slow")
  void buildsAFileOfAMillionIds() throws Exception {
    int count = 1_000_000;
    try (BufferedWriter json = Files.newBufferedWriter(tables.resolve("product.json"), UTF_8)) {
      json.write("{\"value-0\":\"id-0\"");
      for (int i = 1; i < count; i++) {
        json.write(",\"value-" + i + "\":\"id-" + i + "\"");
      }
      json.write("}");
    }

    assertThat(run("build", tables.toString(), file.toString())).isZero();

    assertThat(out()).contains("holds 1000003 IDs");
    try (MapDbIdResolver ids = MapDbIdResolver.open(file)) {
      assertThat(ids.resolve("product", "value-0")).isEqualTo("id-0");
      assertThat(ids.resolve("product", "value-" + (count - 1))).isEqualTo("id-" + (count - 1));
      assertThat(ids.resolve("product", "value-" + count)).isNull();
    }
  }

  private int run(String... args) {
    return Commands.run("ids", List.of(args), Map.of(), print(out), print(err));
  }

  private static PrintStream print(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, UTF_8);
  }

  private String out() {
    return out.toString(UTF_8);
  }

  private String err() {
    return err.toString(UTF_8);
  }
}
