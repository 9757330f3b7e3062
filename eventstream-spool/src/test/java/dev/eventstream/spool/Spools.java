package dev.eventstream.spool;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spi.Spool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Spools, documents and files for the tests of this package. */
final class Spools {
  /** The smallest limit, with segments of 4 MiB. */
  static final long SMALL = 16L << 20;

  private Spools() {}

  static MapDbSpool.Builder small(Path root) {
    return MapDbSpool.builder(root).maxBytes(2 * SMALL).minFreeBytes(0);
  }

  static DocumentBatch batch(int from, int count, int size) {
    return DocumentBatch.of(
        IntStream.range(from, from + count)
            .mapToObj(i -> document("id-" + i, size))
            .toArray(Document[]::new));
  }

  static Document document(String id, int size) {
    String text = "x".repeat(size);
    return new Document("index", id, null, ("{\"text\":\"" + text + "\"}").getBytes(UTF_8));
  }

  static SinkResult write(Spool spool, DocumentBatch documents) {
    try {
      return spool.write(documents).toCompletableFuture().get(60, TimeUnit.SECONDS);
    } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
      throw new CompletionException(e);
    } catch (TimeoutException e) {
      throw new AssertionError("a write was not answered", e);
    }
  }

  static List<String> ids(DocumentBatch documents) {
    return IntStream.range(0, documents.size()).mapToObj(i -> documents.get(i).id()).toList();
  }

  static List<String> drain(Spool spool) {
    List<String> ids = new ArrayList<>();
    Spool.Portion portion = spool.take(1_000, 1 << 20);
    while (portion != null) {
      ids.addAll(ids(portion.documents()));
      portion.remove();
      portion = spool.take(1_000, 1 << 20);
    }
    return ids;
  }

  /** Takes all documents and removes none. */
  static List<Spool.Portion> takeAll(Spool spool) {
    List<Spool.Portion> portions = new ArrayList<>();
    Spool.Portion portion = spool.take(1_000, 1 << 20);
    while (portion != null) {
      portions.add(portion);
      portion = spool.take(1_000, 1 << 20);
    }
    return portions;
  }

  static List<Path> files(Path root, String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(f -> f.toString().endsWith(suffix)).sorted().toList();
    }
  }

  static List<Path> damaged(Path root) throws IOException {
    return files(root, ".segment").stream()
        .filter(f -> f.getParent() != null && f.getParent().endsWith("damaged"))
        .toList();
  }

  /** A Java process with the class path of the tests. */
  static ProcessBuilder java(List<String> options, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  static void delete(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(directory)) {
      all = files.sorted(java.util.Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.delete(file);
    }
  }
}
