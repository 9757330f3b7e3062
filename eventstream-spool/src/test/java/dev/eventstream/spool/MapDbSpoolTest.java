package dev.eventstream.spool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spi.Spool;
import dev.eventstream.spool.log.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MapDbSpoolTest {
  @TempDir Path root;

  private MapDbSpool open() throws IOException {
    return MapDbSpool.builder(root).minFreeBytes(0).open();
  }

  private static DocumentBatch batch(int from, int count, int size) {
    return DocumentBatch.of(
        IntStream.range(from, from + count)
            .mapToObj(i -> new Document("index", "id-" + i, null, source(i, size)))
            .toArray(Document[]::new));
  }

  private static byte[] source(int i, int size) {
    return ("{\"n\":" + i + ",\"text\":\"" + "x".repeat(size) + "\"}").getBytes(UTF_8);
  }

  private static List<String> ids(DocumentBatch documents) {
    return IntStream.range(0, documents.size()).mapToObj(i -> documents.get(i).id()).toList();
  }

  private static List<String> drain(Spool spool) {
    List<String> ids = new ArrayList<>();
    Spool.Portion portion = spool.take(1_000, 1 << 20);
    while (portion != null) {
      ids.addAll(ids(portion.documents()));
      portion.remove();
      portion = spool.take(1_000, 1 << 20);
    }
    return ids;
  }

  private List<Path> segmentFiles() throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith(".segment")).toList();
    }
  }

  @Test
  void returnsDocumentsInTheOrderOfWriting() throws IOException {
    try (MapDbSpool spool = open()) {
      DocumentBatch documents = batch(0, 1_000, 300);

      SinkResult result = spool.write(documents).toCompletableFuture().join();

      assertThat(result.allWritten()).isTrue();
      assertThat(spool.state().documents()).isEqualTo(1_000);
      assertThat(spool.state().bytes()).isEqualTo(documents.byteSize());
      assertThat(drain(spool)).isEqualTo(ids(documents));
      assertThat(spool.state().documents()).isZero();
      assertThat(spool.state().oldest()).isNull();
    }
  }

  @Test
  void returnsTheDocumentsOfAnEarlierProcess() throws IOException {
    DocumentBatch documents = batch(0, 2_500, 3_000);
    try (MapDbSpool spool = open()) {
      spool.write(documents).toCompletableFuture().join();
    }

    try (MapDbSpool spool = open()) {
      assertThat(spool.state().documents()).isEqualTo(2_500);
      assertThat(drain(spool)).isEqualTo(ids(documents));
    }
    assertThat(segmentFiles()).isEmpty();
  }

  @Test
  void keepsDocumentsThatAreLargerThanABlock() throws IOException {
    DocumentBatch documents = batch(0, 5, 1_000_000);
    try (MapDbSpool spool = open()) {
      spool.write(documents).toCompletableFuture().join();
      assertThat(drain(spool)).isEqualTo(ids(documents));
      spool.write(documents).toCompletableFuture().join();
    }

    try (MapDbSpool spool = open()) {
      Spool.Portion portion = spool.take(1, 1);
      assertThat(portion).isNotNull();
      assertThat(portion.documents().get(0).source()).isEqualTo(source(0, 1_000_000));
      portion.remove();
      assertThat(drain(spool)).containsExactly("id-1", "id-2", "id-3", "id-4");
    }
  }

  @Test
  void saysThatTheDiskIsTooFullBeforeTheFirstWrite() throws IOException {
    try (MapDbSpool spool = MapDbSpool.builder(root).minFreeBytes(1L << 50).open()) {
      assertThat(spool.state().refusal()).contains("make room on it");
    }
    try (MapDbSpool spool = MapDbSpool.builder(root).minFreeBytes(0).open()) {
      assertThat(spool.state().refusal()).isNull();
    }
  }

  @Test
  void refusesWhenItIsFullAndResumesWhenSpaceIsFreed() throws IOException {
    try (MapDbSpool spool = MapDbSpool.builder(root).maxBytes(16 << 20).minFreeBytes(0).open()) {
      int written = 0;
      SinkResult result = spool.write(batch(written, 100, 10_000)).toCompletableFuture().join();
      while (result.allWritten()) {
        written += 100;
        result = spool.write(batch(written, 100, 10_000)).toCompletableFuture().join();
      }
      int more = 0;
      while (result.get(more) == ItemResult.WRITTEN) {
        more++;
      }

      assertThat(written * 10_000).isBetween(8 << 20, 16 << 20);
      assertThat(result.get(99).toString()).contains("is full");
      assertThat(spool.state().refusal()).contains("is full");
      assertThat(spool.state().diskBytes()).isLessThanOrEqualTo(16 << 20);
      assertThat(drain(spool)).hasSize(written + more);
      assertThat(spool.write(batch(0, 100, 10_000)).toCompletableFuture().join().allWritten())
          .isTrue();
      assertThat(spool.state().refusal()).isNull();
    }
  }

  @Test
  void aRestartTakesNoMoreSpaceThanTheWaitingDocuments() throws IOException {
    for (int start = 0; start < 12; start++) {
      try (MapDbSpool spool = MapDbSpool.builder(root).maxBytes(32 << 20).minFreeBytes(0).open()) {
        assertThat(spool.write(batch(start * 100, 100, 300)).toCompletableFuture().join())
            .matches(SinkResult::allWritten);
      }
    }

    try (MapDbSpool spool = MapDbSpool.builder(root).maxBytes(32 << 20).minFreeBytes(0).open()) {
      assertThat(spool.state().documents()).isEqualTo(1_200);
      assertThat(drain(spool)).hasSize(1_200).doesNotHaveDuplicates();
    }
  }

  @Test
  void segmentsStayWithinTheirAllocatedSize() throws IOException {
    try (MapDbSpool spool = open()) {
      for (int i = 0; i < 400; i++) {
        spool.write(batch(i, 1 + i % 50, 5_000 + 37 * i)).toCompletableFuture().join();
      }
      assertThat(segmentFiles())
          .hasSizeGreaterThan(3)
          .allMatch(f -> f.toFile().length() == 16 << 20);
      assertThat(drain(spool)).hasSize(IntStream.range(0, 400).map(i -> 1 + i % 50).sum());
    }
  }

  @Test
  void movedDocumentsComeLastAndKeepTheirTime() throws IOException {
    try (MapDbSpool spool = open()) {
      spool.write(batch(0, 1, 10)).toCompletableFuture().join();
      spool.write(batch(1, 1, 10)).toCompletableFuture().join();
      Spool.Portion first = spool.take(1, 1_000);
      assertThat(first).isNotNull();

      first.moveToEnd(first.documents()).toCompletableFuture().join();
      first.remove();

      assertThat(spool.state().documents()).isEqualTo(2);
      assertThat(spool.state().oldest()).isEqualTo(first.oldest());
      assertThat(drain(spool)).containsExactly("id-1", "id-0");
    }
  }

  @Test
  void documentsThatMoveToTheEndComeBehindThoseOfAllLaterSegments() throws IOException {
    try (MapDbSpool spool = Spools.small(root).open()) {
      for (int i = 0; i < 12; i++) {
        assertThat(Spools.write(spool, batch(100 * i, 100, 10_000)).allWritten()).isTrue();
      }
      assertThat(segmentFiles()).hasSizeGreaterThan(3);

      List<String> taken = new ArrayList<>();
      while (taken.size() < 1_200) {
        Spool.Portion portion = spool.take(100, 1 << 20);
        assertThat(portion).isNotNull();
        taken.addAll(ids(portion.documents()));
        portion.moveToEnd(portion.documents()).toCompletableFuture().join();
        portion.remove();
      }

      assertThat(taken).doesNotHaveDuplicates();
      assertThat(spool.state().documents()).isEqualTo(1_200);
    }
  }

  @Test
  void keepsOnlyUsedFilesOpen() throws IOException {
    Path handles = Path.of("/proc/self/fd");
    assumeTrue(Files.isDirectory(handles));
    try (MapDbSpool spool = Spools.small(root).open()) {
      for (int i = 0; i < 100; i++) {
        assertThat(Spools.write(spool, batch(i, 100, 5_000)).allWritten()).isTrue();
        assertThat(drain(spool)).hasSize(100);
      }
      // the lock, and the active and the previous segment, each with a reader
      await().untilAsserted(() -> assertThat(open(handles)).hasSizeLessThanOrEqualTo(5));
    }
    assertThat(open(handles)).isEmpty();
  }

  private List<Path> open(Path handles) throws IOException {
    List<Path> open = new ArrayList<>();
    for (Path handle : Directories.list(handles, "*")) {
      try {
        open.add(Files.readSymbolicLink(handle));
      } catch (NoSuchFileException e) {
        assertThat(handle).doesNotExist(); // closed since, like the handle of the listing itself
      }
    }
    Path real = root.toRealPath();
    return open.stream().filter(file -> file.startsWith(real)).toList();
  }
}
