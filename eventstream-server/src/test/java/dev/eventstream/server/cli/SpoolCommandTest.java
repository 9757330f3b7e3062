package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spool.MapDbSpool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolCommandTest {
  @TempDir Path root;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    Map<String, String> environment = Map.of("EVENTSTREAM_SPOOL_DIR", root.toString());
    return SpoolCommand.run(
        List.of(args),
        environment,
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }

  private void write(int documents) throws IOException {
    try (MapDbSpool spool = MapDbSpool.builder(root).minFreeBytes(0).open()) {
      writeTo(spool, documents);
    }
  }

  private static void writeTo(MapDbSpool spool, int documents) {
    Document[] all =
        IntStream.range(0, documents)
            .mapToObj(i -> new Document("index", "id-" + i, null, "{\"n\":1}".getBytes(UTF_8)))
            .toArray(Document[]::new);
    spool.write(DocumentBatch.of(all)).toCompletableFuture().join();
  }

  private Path onlySegment() throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(f -> f.toString().endsWith(".segment")).findFirst().orElseThrow();
    }
  }

  @Test
  void showsHowMuchWaits() throws Exception {
    write(1_234);

    assertThat(run()).isZero();

    assertThat(out.toString(UTF_8)).contains("1,234 documents", "oldest        accepted 2");
  }

  @Test
  void showsWhatWaitsWhileAServerWorksThere() throws Exception {
    try (MapDbSpool spool = MapDbSpool.builder(root).minFreeBytes(0).open()) {
      writeTo(spool, 77);
      assertThat(run(root.toString())).isZero();
    }

    assertThat(out.toString(UTF_8)).contains("77 documents");
  }

  @Test
  void namesAFileThatCannotBeReadAndExitsWithOne() throws Exception {
    write(100);
    Path segment = onlySegment();
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.seek((1 << 20) + 100); // in the first block
      file.write("garbage".getBytes(UTF_8));
    }

    assertThat(run()).isEqualTo(1);

    assertThat(out.toString(UTF_8)).contains("UNREADABLE", segment.toString());
    assertThat(Files.exists(segment)).isTrue();
  }

  @Test
  void namesWhatWasSetAside() throws Exception {
    write(1);
    Path damaged = onlySegment().getParent().resolveSibling("damaged").resolve("1-x.segment");
    Files.writeString(damaged, "x");

    assertThat(run()).isEqualTo(1);

    assertThat(out.toString(UTF_8)).contains("DAMAGED", damaged.toString());
  }

  @Test
  void aDirectoryThatIsNotThereIsAnError() {
    assertThat(run(root.resolve("nowhere").toString())).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("nowhere", "EVENTSTREAM_SPOOL_DIR");
  }

  @Test
  void anUnknownOptionIsAnErrorOfUsage() {
    assertThat(run("--all")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("--all", "Usage: spool");
  }
}
