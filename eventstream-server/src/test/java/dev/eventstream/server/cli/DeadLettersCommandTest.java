package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.Document;
import dev.eventstream.spool.MapDbSpool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadLettersCommandTest {
  @TempDir Path root;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) throws IOException {
    out.reset();
    err.reset();
    return Commands.run(
        "dead-letters",
        List.of(args),
        Map.of("EVENTSTREAM_SPOOL_DIR", root.toString()),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }

  private static void add(MapDbSpool spool, String id) {
    Document document = new Document("pageview", id, "h", "{\"n\":1}".getBytes(UTF_8));
    Instant time = Instant.parse("2026-11-26T00:00:00Z");
    spool
        .deadLetters()
        .add(List.of(new DeadLetter(document, "400 no \"number\"", time, time)))
        .toCompletableFuture()
        .join();
  }

  private List<String> ids() throws IOException {
    List<String> ids = new ArrayList<>();
    for (String line : out.toString(UTF_8).lines().toList()) {
      JsonNode letter = new ObjectMapper().readTree(line);
      assertThat(letter.path("index").asText()).isEqualTo("pageview");
      assertThat(letter.path("reason").asText()).isEqualTo("400 no \"number\"");
      assertThat(letter.path("document").path("n").asInt()).isEqualTo(1);
      ids.add(letter.path("id").asText());
    }
    return ids;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(file -> file.toString().contains("dead-letters")).sorted().toList();
    }
  }

  @Test
  void writesThoseOfAllServersWhileTheyRunAndTouchesNothing() throws Exception {
    try (MapDbSpool one = MapDbSpool.builder(root).minFreeBytes(0).open();
        MapDbSpool two = MapDbSpool.builder(root).minFreeBytes(0).open()) {
      add(one, "a");
      add(one, "b");
      add(two, "c");
      List<Path> before = files();

      assertThat(run("export")).isZero();

      assertThat(ids()).containsExactlyInAnyOrder("a", "b", "c");
      assertThat(err.toString(UTF_8)).isEqualTo("3 dead letters\n");
      assertThat(files()).isEqualTo(before);
      assertThat(one.deadLetters().count()).isEqualTo(2);
      add(one, "d");
    }
    out.reset();

    assertThat(run("export", root.toString())).isZero();

    assertThat(ids()).containsExactlyInAnyOrder("a", "b", "c", "d");
  }

  @Test
  void writesNothingWhereThereIsNone() throws Exception {
    MapDbSpool.builder(root).minFreeBytes(0).open().close();

    assertThat(run("export")).isZero();

    assertThat(out.toString(UTF_8)).isEmpty();
    assertThat(err.toString(UTF_8)).isEqualTo("0 dead letters\n");
  }

  @Test
  void aDirectoryThatIsNotThereIsAnError() throws Exception {
    assertThat(run("export", root.resolve("nowhere").toString())).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("nowhere", "EVENTSTREAM_SPOOL_DIR");
  }

  @Test
  void explainsItselfAndWhatIsWrongWithItsArguments() throws Exception {
    assertThat(run("--help")).isZero();
    assertThat(out.toString(UTF_8)).contains("Usage: eventstream dead-letters", "redrive", "purge");
    assertThat(run("ls", "--all")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("--all", "eventstream dead-letters ls --help");
  }

  @Test
  void listsAndShowsLettersByFilter() throws Exception {
    try (MapDbSpool spool = MapDbSpool.builder(root).minFreeBytes(0).open()) {
      add(spool, "a");
      add(spool, "b");
    }

    assertThat(run("ls")).isZero();
    assertThat(out.toString(UTF_8)).contains("pageview  a  400 no").hasLineCount(2);
    assertThat(run("ls", "--id", "b", "--json")).isZero();
    assertThat(out.toString(UTF_8)).contains("\"id\":\"b\"").hasLineCount(1);
    assertThat(run("ls", "--limit", "1")).isZero();
    assertThat(out.toString(UTF_8)).hasLineCount(1);
    assertThat(run("ls", "--reason", "disk")).isZero();
    assertThat(out.toString(UTF_8)).isEmpty();
    assertThat(run("ls", "--since", "yesterday")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("--since is \"yesterday\"");
    assertThat(run("show", "a")).isZero();
    assertThat(out.toString(UTF_8)).contains("reason         400 no", "document       {\"n\":1}");
    assertThat(run("show", "c")).isEqualTo(1);
  }

  @Test
  void purgesTheLettersOfADirectoryThatNoServerUsesAndLeavesNothingBehind() throws Exception {
    try (MapDbSpool spool = MapDbSpool.builder(root).minFreeBytes(0).open()) {
      add(spool, "a");
      add(spool, "b");
    }

    assertThat(run("purge")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("--yes");
    assertThat(run("purge", "--dry-run")).isZero();
    assertThat(out.toString(UTF_8)).isEqualTo("2 dead letters match\n");
    assertThat(run("purge", "--yes", "--id", "a", "--json")).isZero();
    assertThat(out.toString(UTF_8)).isEqualTo("{\"deleted\":1}\n");
    assertThat(run("export")).isZero();
    assertThat(ids()).containsExactly("b");
    assertThat(replicas()).isEqualTo(1);
  }

  @Test
  void aDirectoryOfARunningProcessWithoutAnAdminPortIsNotTouched() throws Exception {
    try (MapDbSpool spool = MapDbSpool.builder(root).minFreeBytes(0).open()) {
      add(spool, "a");

      assertThat(run("redrive")).isEqualTo(1);
      assertThat(err.toString(UTF_8)).contains("without an admin port", "EVENTSTREAM_ADMIN_PORT");
      assertThat(run("purge", "--yes")).isEqualTo(1);
      assertThat(replicas()).isEqualTo(1);
      assertThat(spool.deadLetters().count()).isEqualTo(1);
    }
  }

  @Test
  void purgesTheLettersOfAllServersThatAreGone() throws Exception {
    try (MapDbSpool one = MapDbSpool.builder(root).minFreeBytes(0).open();
        MapDbSpool two = MapDbSpool.builder(root).minFreeBytes(0).open();
        MapDbSpool three = MapDbSpool.builder(root).minFreeBytes(0).open()) {
      add(one, "a");
      add(two, "b");
      add(three, "c");
    }

    assertThat(run("purge", "--yes", "--json")).isZero();

    assertThat(out.toString(UTF_8)).isEqualTo("{\"deleted\":3}\n");
    assertThat(run("ls")).isZero();
    assertThat(out.toString(UTF_8)).isEmpty();
  }

  private long replicas() throws IOException {
    try (Stream<Path> all = Files.list(root)) {
      return all.count();
    }
  }
}
