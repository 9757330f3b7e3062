package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheDirectoryTest {

  @TempDir private Path root;

  @Test
  void createsAnEntryOnce() throws IOException {
    CacheDirectory cache = new CacheDirectory(root.resolve("not/yet/there"));
    List<Path> made = new ArrayList<>();
    CacheDirectory.Maker maker =
        path -> {
          made.add(path);
          Files.writeString(path, "content");
        };

    Path first = cache.entry("entry", maker);
    Path second = cache.entry("entry", maker);

    assertThat(second).isEqualTo(first).hasContent("content");
    assertThat(made).hasSize(1).doesNotContain(first);
  }

  @Test
  void replacesAFile() throws IOException {
    CacheDirectory cache = new CacheDirectory(root);
    Path entry = cache.entry("entry", path -> Files.writeString(path, "old"));

    cache.replace(entry, path -> Files.writeString(path, "new"));

    assertThat(entry).hasContent("new");
  }

  @Test
  void leavesNothingBehindWhenTheMakerFails() {
    CacheDirectory cache = new CacheDirectory(root);

    assertThatThrownBy(
            () ->
                cache.entry(
                    "entry",
                    directory -> {
                      Files.createDirectory(directory);
                      Files.writeString(directory.resolve("half"), "done");
                      throw new IOException("disk full");
                    }))
        .hasMessage("disk full");

    assertThat(root).isEmptyDirectory();
  }

  @Test
  void concurrentMakersGetTheSameCompleteDirectory() throws Exception {
    int makers = 4;
    CyclicBarrier allMade = new CyclicBarrier(makers);
    ExecutorService threads = Executors.newFixedThreadPool(makers);
    try {
      List<Future<Path>> entries = new ArrayList<>();
      for (int i = 0; i < makers; i++) {
        CacheDirectory cache = new CacheDirectory(root);
        entries.add(threads.submit(() -> cache.entry("entry", path -> fill(path, allMade))));
      }
      for (Future<Path> entry : entries) {
        assertThat(entry.get(10, TimeUnit.SECONDS).resolve("file")).hasContent("content");
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(root).isDirectoryContaining("glob:**/entry");
    assertThat(root.toFile().list()).hasSize(1);
  }

  private static void fill(Path directory, CyclicBarrier allMade) throws IOException {
    Files.createDirectory(directory);
    Files.writeString(directory.resolve("file"), "content");
    try {
      allMade.await(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  @Test
  void deletesTreesAndIgnoresMissingOnes() throws IOException {
    Files.createDirectories(root.resolve("a/b/c"));
    Files.writeString(root.resolve("a/b/file"), "x");

    CacheDirectory.deleteTree(root.resolve("a"));
    CacheDirectory.deleteTree(root.resolve("a"));

    assertThat(root).isEmptyDirectory();
  }
}
