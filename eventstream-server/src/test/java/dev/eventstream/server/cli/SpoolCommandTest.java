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
    out.reset();
    return Commands.run(
        "spool",
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
      return files
          .filter(f -> f.toString().endsWith(".segment"))
          .sorted()
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void showsHowMuchWaits() throws Exception {
    write(1_234);

    assertThat(run("ls")).isZero();

    assertThat(out.toString(UTF_8)).contains("1,234 documents", "oldest        accepted 2");
  }

  @Test
  void showsWhatWaitsWhileAServerWorksThere() throws Exception {
    try (MapDbSpool spool = MapDbSpool.builder(root).minFreeBytes(0).open()) {
      writeTo(spool, 77);
      assertThat(run("ls", root.toString())).isZero();
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

    assertThat(run("ls")).isEqualTo(1);

    assertThat(out.toString(UTF_8)).contains("UNREADABLE", segment.toString());
    assertThat(Files.exists(segment)).isTrue();
  }

  @Test
  void namesWhatWasSetAside() throws Exception {
    write(1);
    Path damaged = onlySegment().getParent().resolveSibling("damaged").resolve("1-x.segment");
    Files.writeString(damaged, "x");

    assertThat(run("ls")).isEqualTo(1);

    assertThat(out.toString(UTF_8)).contains("DAMAGED", damaged.toString());
  }

  @Test
  void aDirectoryThatIsNotThereIsAnError() {
    assertThat(run("ls", root.resolve("nowhere").toString())).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("nowhere", "EVENTSTREAM_SPOOL_DIR");
  }

  @Test
  void anUnknownOptionIsAnErrorOfUsage() {
    assertThat(run("ls", "--all")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("--all", "eventstream spool ls --help");
  }

  @Test
  void showsTheDocumentsThatWait() throws Exception {
    write(30);

    assertThat(run("show", "--limit", "7")).isZero();
    assertThat(out.toString(UTF_8).lines())
        .hasSize(7)
        .allMatch(line -> line.contains("  index  id-"));
    assertThat(run("show", "--id", "id-12", "--documents", "--json")).isZero();
    assertThat(out.toString(UTF_8))
        .contains("\"id\":\"id-12\"", "\"document\":{\"n\":1}")
        .hasLineCount(1);
    assertThat(run("show", "--index", "other")).isZero();
    assertThat(out.toString(UTF_8)).isEmpty();
    assertThat(run("show", "--since", "2100-01-01")).isZero();
    assertThat(out.toString(UTF_8)).isEmpty();
  }

  @Test
  void verifyNamesTheRecordsThatCannotBeReadAndRepairKeepsTheRest() throws Exception {
    write(10);
    write(5);
    assertThat(run("verify")).isZero();
    Path segment = onlySegment();
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.seek((1 << 20) + 100); // in the first block
      file.write("garbage".getBytes(UTF_8));
    }

    assertThat(run("verify")).isEqualTo(1);
    assertThat(out.toString(UTF_8)).contains(segment + ": record 0 cannot be read");
    assertThat(run("repair", "--dry-run")).isEqualTo(1);
    assertThat(run("repair")).isEqualTo(1);
    assertThat(out.toString(UTF_8)).contains("record 0 cannot be read");
    assertThat(err.toString(UTF_8)).contains("documents wait");
    assertThat(segment).exists();
    assertThat(run("show", "--json")).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("not shown: " + segment);
    assertThat(out.toString(UTF_8)).hasLineCount(5);
  }

  @Test
  void repairLeavesTheDirectoryOfARunningProcessAlone() throws Exception {
    try (MapDbSpool spool = MapDbSpool.builder(root).minFreeBytes(0).open()) {
      writeTo(spool, 3);
      assertThat(run("repair")).isEqualTo(1);
      assertThat(err.toString(UTF_8)).contains("belongs to a running process");
      assertThat(run("ls", "--json")).isZero();
      assertThat(out.toString(UTF_8)).contains("\"owned\":true", "\"documents\":3");
    }
    assertThat(run("ls")).isZero();
    assertThat(out.toString(UTF_8)).contains("owner         none");
  }
}
