package dev.eventstream.id;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.eventstream.IdResolver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The less common ways in which a directory of IDs changes. */
final class DirectoryIdResolverReloadTest {
  private static final Duration OFTEN = Duration.ofMillis(10);

  @TempDir Path directory;

  private Path write(String type, String json) throws IOException {
    Path temporary = Files.writeString(directory.resolve(type + ".tmp"), json);
    return move(temporary, directory.resolve(type + ".json"));
  }

  private static Path move(Path from, Path to) throws IOException {
    return Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void age(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
  }

  @Test
  void restoringAFileResolvesItsProblem() throws IOException {
    Path file = write("a", "{\"x\":\"1\"}");
    age(file); // so that its time stamp is reliable
    try (DirectoryIdResolver ids = DirectoryIdResolver.open(directory, OFTEN)) {
      Path good = move(file, directory.resolve("good"));
      write("a", "{");
      await().until(() -> !ids.problems().isEmpty());
      move(good, file);

      await().untilAsserted(() -> assertThat(ids.problems()).isEmpty());
      assertThat(ids.resolve("a", "x")).isEqualTo("1");
    }
  }

  @Test
  void countsReloadsAndFailedPolls() throws IOException {
    age(write("a", "{\"x\":\"1\"}"));
    try (DirectoryIdResolver ids = DirectoryIdResolver.open(directory, OFTEN)) {
      assertThat(ids.reloads()).isEqualTo(1);
      assertThat(ids.failedReloads()).isZero();
      write("a", "{");
      await().until(() -> ids.failedReloads() >= 2);
      assertThat(ids.reloads()).isEqualTo(1);
      age(write("a", "{\"x\":\"2\"}"));

      await().until(() -> "2".equals(ids.resolve("a", "x")));
      assertThat(ids.reloads()).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void deletingABrokenFileResolvesItsProblemAndRemovesItsIds() throws IOException {
    write("a", "{\"x\":\"1\"}");
    try (DirectoryIdResolver ids = DirectoryIdResolver.open(directory, OFTEN)) {
      write("a", "[]");
      await().until(() -> !ids.problems().isEmpty());
      Files.delete(directory.resolve("a.json"));

      await().untilAsserted(() -> assertThat(ids.problems()).isEmpty());
      assertThat(ids.resolve("a", "x")).isNull();
    }
  }

  @Test
  void restoringTheDirectoryResolvesItsProblem() throws IOException {
    Path mount = Files.createDirectory(directory.resolve("mount"));
    Files.writeString(mount.resolve("a.json"), "{\"x\":\"1\"}");
    try (DirectoryIdResolver ids = DirectoryIdResolver.open(mount, OFTEN)) {
      Path elsewhere = move(mount, directory.resolve("elsewhere"));
      await().until(() -> !ids.problems().isEmpty());
      assertThat(ids.problems().get(0)).contains(mount.toString());
      Files.writeString(elsewhere.resolve("a.json"), "{\"x\":\"2\"}");
      move(elsewhere, mount);

      await().untilAsserted(() -> assertThat(ids.problems()).isEmpty());
      await().untilAsserted(() -> assertThat(ids.resolve("a", "x")).isEqualTo("2"));
    }
  }

  /** As Kubernetes mounts a ConfigMap: the files are links into a directory behind another link. */
  @Test
  void followsTheLinksOfAConfigMap() throws IOException {
    Path old = Files.createDirectory(directory.resolve("..2026_01"));
    Path newer = Files.createDirectory(directory.resolve("..2026_02"));
    Files.writeString(old.resolve("a.json"), "{\"x\":\"1\"}");
    Files.writeString(newer.resolve("a.json"), "{\"x\":\"2\"}");
    age(old.resolve("a.json"));
    age(newer.resolve("a.json"));
    Path data = Files.createSymbolicLink(directory.resolve("..data"), old.getFileName());
    Files.createSymbolicLink(directory.resolve("a.json"), Path.of("..data", "a.json"));
    try (DirectoryIdResolver ids = DirectoryIdResolver.open(directory, OFTEN)) {
      assertThat(ids.resolve("a", "x")).isEqualTo("1");
      Path link = Files.createSymbolicLink(directory.resolve("..tmp"), newer.getFileName());
      Files.move(link, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);

      await().untilAsserted(() -> assertThat(ids.resolve("a", "x")).isEqualTo("2"));
    }
  }

  @Test
  void ignoresFilesThatAreNotTables() throws IOException {
    write("a", "{\"x\":\"1\"}");
    Files.writeString(directory.resolve(".hidden.json"), "no JSON");
    Files.writeString(directory.resolve("a.json.swp"), "no JSON");
    Files.writeString(directory.resolve("README.md"), "no JSON");
    Files.createDirectory(directory.resolve("b.json"));

    try (DirectoryIdResolver ids = DirectoryIdResolver.open(directory, OFTEN)) {
      assertThat(ids.resolve("a", "x")).isEqualTo("1");
      assertThat(ids.problems()).isEmpty();
    }
  }

  @Test
  void anEmptyDirectoryHasNoIds() throws IOException {
    try (DirectoryIdResolver ids = DirectoryIdResolver.open(directory, OFTEN)) {
      assertThat(ids.resolve("a", "x")).isNull();
      write("a", "{\"x\":\"1\"}");

      await().untilAsserted(() -> assertThat(ids.resolve("a", "x")).isEqualTo("1"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|it must be one JSON object",
        "[]|it must be one JSON object",
        "null|it must be one JSON object",
        "{\"x\":1}|the ID of \"x\" must be a string",
        "{\"x\":null}|the ID of \"x\" must be a string",
        "{\"x\":{\"y\":\"z\"}}|the ID of \"x\" must be a string",
        "{\"x\":\"1\"} {}|the file continues after the JSON object",
        "{\"x\":\"1\",\"x\":\"2\"}|Duplicate field 'x' at line 1, column 10",
        "{\"x\":\"1\",\"x\":2}|Duplicate",
        "{\"x\":\"1\",}|line 1, column",
        "{\"x\":\"1\"|line 1, column",
        "{\"x\":\"\u00ff\"}|UTF-8"
      })
  void openReportsTheFileAndItsFault(String json, String fault) throws IOException {
    Files.write(directory.resolve("good.json"), "{}".getBytes(ISO_8859_1));
    Files.write(directory.resolve("bad.json"), json.getBytes(ISO_8859_1));

    assertThatThrownBy(() -> DirectoryIdResolver.open(directory, OFTEN))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the ID file " + directory.resolve("bad.json") + " cannot be used: ")
        .hasMessageContaining(fault);
  }

  @Test
  void openReportsAllFaultsAtOnce() throws IOException {
    write("a", "[]");
    write("b", "{}");
    write("c", "{");

    assertThatThrownBy(() -> DirectoryIdResolver.open(directory, OFTEN))
        .hasMessageContaining("a.json")
        .hasMessageContaining("c.json")
        .hasMessageNotContaining("b.json");
  }

  @Test
  void rejectsATooShortPollInterval() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DirectoryIdResolver.open(directory, Duration.ofMillis(9)))
        .withMessage("the poll interval is PT0.009S; it must be at least 10 ms");
  }

  @Test
  void lookupsWorkAfterClosingAndClosingAgainIsHarmless() throws IOException {
    write("a", "{\"x\":\"1\"}");
    DirectoryIdResolver ids = DirectoryIdResolver.open(directory, Duration.ofHours(1));
    ids.close();
    ids.close();

    assertThat(ids.resolve("a", "x")).isEqualTo("1");
  }

  @Test
  void aTableCopiesItsMaps() {
    Map<String, String> values = new java.util.HashMap<>(Map.of("x", "1"));
    IdResolver ids = IdResolver.of(Map.of("a", values));
    values.put("y", "2");

    assertThat(ids.resolve("a", "x")).isEqualTo("1");
    assertThat(ids.resolve("a", "y")).isNull();
    assertThat(ids.resolve("b", "x")).isNull();
    assertThat(IdResolver.none().resolve("a", "x")).isNull();
  }

  @Test
  void aStringResolverReceivesTheTextOfTheBytes() {
    IdResolver resolver = (type, value) -> type + "|" + value;
    byte[] bytes = "..typ\u00e9,valu\u00e9..".getBytes(java.nio.charset.StandardCharsets.UTF_8);

    assertThat(resolver.resolve(bytes, 2, 7, 8, 14)).isEqualTo("typ\u00e9|valu\u00e9");
  }
}
