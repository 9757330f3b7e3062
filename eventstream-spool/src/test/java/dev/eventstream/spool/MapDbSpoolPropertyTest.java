package dev.eventstream.spool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.DocumentBatchBuilder;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spi.Spool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** A spool behaves like a list of documents, for any sequence of writes, moves and reads. */
final class MapDbSpoolPropertyTest {
  private final Random payload = new Random(1);

  private Document document(Random random, int number) {
    int size =
        switch (random.nextInt(8)) {
          case 0 -> 1 + random.nextInt(300_000);
          case 1, 2 -> 59_900 + random.nextInt(200); // about a block
          case 3 -> 1;
          default -> 1 + random.nextInt(3_000);
        };
    byte[] source = new byte[size];
    payload.nextBytes(source);
    for (int i = 0; i < size; i++) {
      source[i] = source[i] == '\n' ? 0 : source[i];
    }
    String eventId = random.nextBoolean() ? null : "e".repeat(random.nextInt(30));
    return new Document("index-" + random.nextInt(3), "id-" + number, eventId, source);
  }

  private static String shown(Document document) {
    return document.destination()
        + " "
        + document.id()
        + " "
        + document.eventId()
        + " "
        + new String(document.source(), java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  private static List<String> taken(Spool spool, Random random) {
    List<String> taken = new ArrayList<>();
    while (true) {
      Spool.Portion portion = spool.take(1 + random.nextInt(100), 1 + random.nextInt(500_000));
      if (portion == null) {
        return taken;
      }
      for (int i = 0; i < portion.documents().size(); i++) {
        taken.add(shown(portion.documents().get(i)));
      }
      if (random.nextInt(4) > 0) {
        portion.remove();
      }
    }
  }

  @Property(tries = 25, shrinking = ShrinkingMode.OFF)
  void returnsUnchangedDocumentsInOrderAfterReopening(@ForAll Random random) throws IOException {
    Path root = Files.createTempDirectory(Path.of("target"), "spool");
    List<String> expected = new ArrayList<>();
    try {
      try (MapDbSpool spool = Spools.small(root).open()) {
        List<CompletionStage<SinkResult>> results = new ArrayList<>();
        int writes = 1 + random.nextInt(20);
        int number = 0;
        for (int i = 0; i < writes; i++) {
          DocumentBatchBuilder batch = new DocumentBatchBuilder(0, 0);
          int count = random.nextInt(20);
          for (int j = 0; j < count; j++) {
            Document document = document(random, number++);
            batch.add(document);
            expected.add(shown(document));
          }
          results.add(spool.write(batch.build()));
          if (random.nextBoolean()) { // else it may share a commit with the next
            results.get(i).toCompletableFuture().join();
          }
        }
        results.forEach(r -> assertThat(r.toCompletableFuture().join().allWritten()).isTrue());
        assertThat(spool.state().documents()).isEqualTo(expected.size());
      }
      try (MapDbSpool spool = Spools.small(root).open()) {
        assertThat(spool.state().documents()).isEqualTo(expected.size());
        assertThat(taken(spool, random)).isEqualTo(expected);
        assertThat(spool.state().damaged()).isEmpty();
      }
    } finally {
      Spools.delete(root);
    }
  }

  @Property(tries = 15, shrinking = ShrinkingMode.OFF)
  void returnsMovedDocumentsUnchangedAndOnce(@ForAll Random random) throws IOException {
    Path root = Files.createTempDirectory(Path.of("target"), "spool");
    List<String> expected = new ArrayList<>();
    try {
      try (MapDbSpool spool = Spools.small(root).open()) {
        for (int i = 0; i < 120; i++) {
          Document document = document(random, i);
          expected.add(shown(document));
          assertThat(Spools.write(spool, DocumentBatch.of(document)).allWritten()).isTrue();
        }
        for (int i = 0; i < 10; i++) {
          Spool.Portion portion = spool.take(1 + random.nextInt(5), 1 << 20);
          assertThat(portion).isNotNull();
          DocumentBatch documents = portion.documents();
          int keep = random.nextInt(documents.size() + 1);
          SinkResult moved =
              portion.moveToEnd(documents.slice(0, keep)).toCompletableFuture().join();
          assertThat(moved.allWritten()).isTrue();
          for (int j = keep; j < documents.size(); j++) {
            expected.remove(shown(documents.get(j)));
          }
          portion.remove();
        }
        assertThat(spool.state().documents()).isEqualTo(expected.size());
      }
      try (MapDbSpool spool = Spools.small(root).open()) {
        assertThat(spool.state().documents()).isEqualTo(expected.size());
        assertThat(taken(spool, random)).containsExactlyInAnyOrderElementsOf(expected);
      }
    } finally {
      Spools.delete(root);
    }
  }
}
