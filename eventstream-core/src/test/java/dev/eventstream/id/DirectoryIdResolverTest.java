package dev.eventstream.id;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryIdResolverTest {
  private static final Duration OFTEN = Duration.ofMillis(10);

  @TempDir Path directory;

  private void write(String type, String json) throws IOException {
    Path temporary = Files.writeString(directory.resolve(type + ".tmp"), json);
    Files.move(temporary, directory.resolve(type + ".json"), StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void readsOneTablePerType() throws IOException {
    write("engagement", "{\"click\": \"c\", \"scroll\": \"s\"}");
    write("pageview", "{\"click\": \"p\"}");
    try (DirectoryIdResolver ids = DirectoryIdResolver.open(directory)) {
      assertThat(ids.resolve("engagement", "click")).isEqualTo("c");
      assertThat(ids.resolve("pageview", "click")).isEqualTo("p");
      assertThat(ids.resolve("pageview", "scroll")).isNull();
      assertThat(ids.resolve("../pageview", "click")).isNull();
    }
  }

  @Test
  void followsChangedAddedAndDeletedFiles() throws IOException {
    write("a", "{\"x\":\"1\"}");
    try (DirectoryIdResolver ids = DirectoryIdResolver.open(directory, OFTEN)) {
      write("a", "{\"x\":\"2\"}"); // same size, possibly in the same clock tick
      await().untilAsserted(() -> assertThat(ids.resolve("a", "x")).isEqualTo("2"));
      write("b", "{\"x\":\"3\"}");
      await().untilAsserted(() -> assertThat(ids.resolve("b", "x")).isEqualTo("3"));
      Files.delete(directory.resolve("a.json"));
      await().untilAsserted(() -> assertThat(ids.resolve("a", "x")).isNull());
      assertThat(ids.resolve("b", "x")).isEqualTo("3");
    }
  }

  @Test
  void aBrokenFileIsReportedAndKeepsTheLastGoodIds() throws IOException {
    write("a", "{\"x\":\"1\"}");
    write("b", "{\"x\":\"1\"}");
    try (DirectoryIdResolver ids = DirectoryIdResolver.open(directory, OFTEN)) {
      write("a", "{\"x\":");
      await().untilAsserted(() -> assertThat(ids.problems()).hasSize(1));
      assertThat(ids.problems().get(0)).contains("a.json").contains("line 1");
      assertThat(ids.resolve("a", "x")).isEqualTo("1");
      write("b", "{\"x\":\"2\"}");
      await().untilAsserted(() -> assertThat(ids.resolve("b", "x")).isEqualTo("2"));
      write("a", "{\"x\":\"3\"}");
      await().untilAsserted(() -> assertThat(ids.resolve("a", "x")).isEqualTo("3"));
      assertThat(ids.problems()).isEmpty();
    }
  }

  @Test
  void aMissingDirectoryKeepsItsIds() throws IOException {
    Path mount = Files.createDirectory(directory.resolve("mount"));
    Files.writeString(mount.resolve("a.json"), "{\"x\":\"1\"}");
    try (DirectoryIdResolver ids = DirectoryIdResolver.open(mount, OFTEN)) {
      Files.move(mount, directory.resolve("elsewhere"));
      await().untilAsserted(() -> assertThat(ids.problems()).hasSize(1));
      assertThat(ids.resolve("a", "x")).isEqualTo("1");
    }
  }

  @Test
  void aLookupNeverSeesAMixedTable() throws Exception {
    write("a", "{\"left\":\"0\",\"right\":\"0\"}");
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<String> mixed = new AtomicReference<>();
    try (DirectoryIdResolver ids = DirectoryIdResolver.open(directory, OFTEN)) {
      Thread reader =
          new Thread(
              () -> {
                while (!done.get()) {
                  int left = Integer.parseInt(String.valueOf(ids.resolve("a", "left")));
                  int right = Integer.parseInt(String.valueOf(ids.resolve("a", "right")));
                  if (right < left) { // read later, so it cannot be older
                    mixed.set(left + " and then " + right);
                  }
                }
              });
      reader.start();
      for (int i = 1; i <= 20; i++) {
        String now = String.valueOf(i);
        write("a", "{\"left\":\"" + now + "\",\"right\":\"" + now + "\"}");
        await().untilAsserted(() -> assertThat(ids.resolve("a", "left")).isEqualTo(now));
      }
      done.set(true);
      reader.join();
    }
    assertThat(mixed.get()).isNull();
  }

  @Test
  void openReportsWhichFileIsBrokenAndWhere() throws IOException {
    write("a", "{\"x\":\"1\",\n\"x\":\"2\"}");
    assertThatThrownBy(() -> DirectoryIdResolver.open(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a.json")
        .hasMessageContaining("line 2");
    write("a", "{\"x\":1}");
    assertThatThrownBy(() -> DirectoryIdResolver.open(directory))
        .hasMessageContaining("\"x\" must be a string");
    assertThatThrownBy(() -> DirectoryIdResolver.open(directory.resolve("missing")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing");
  }

  @Test
  void closingEndsTheThread() throws IOException {
    DirectoryIdResolver ids = DirectoryIdResolver.open(directory, OFTEN);
    assertThat(pollers()).isEqualTo(1);
    ids.close();
    assertThat(pollers()).isZero();
  }

  private static long pollers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("eventstream-ids"))
        .count();
  }
}
