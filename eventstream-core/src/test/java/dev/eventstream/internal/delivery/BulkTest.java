package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.internal.delivery.Bulk.Span;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** After every operation, a bulk's documents and spans refer to the same documents. */
final class BulkTest {
  private final Random random = new Random(17);
  private int publications;

  private Publication publication(int size) {
    int number = publications++;
    Document[] documents = new Document[size];
    for (int i = 0; i < size; i++) {
      documents[i] = new Document("index", number + "/" + i, null, "{}".getBytes(UTF_8));
    }
    return new Publication(DocumentBatch.of(documents), 0, Instant.EPOCH);
  }

  private Bulk randomBulk() {
    List<Span> spans = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      int size = 1 + random.nextInt(6);
      int first = random.nextInt(size);
      spans.add(new Span(publication(size), first, 1 + random.nextInt(size - first)));
    }
    return Bulk.first(spans);
  }

  /** Returns the documents that the sink receives. */
  private static List<String> documents(Bulk bulk) {
    return IntStream.range(0, bulk.size()).mapToObj(i -> bulk.documents().get(i).id()).toList();
  }

  /** Returns the same documents as the spans identify them. */
  private static List<String> owners(Bulk bulk) {
    List<String> owners = new ArrayList<>();
    for (Span span : bulk.spans()) {
      for (int i = span.first(); i < span.first() + span.count(); i++) {
        owners.add(span.publication().documents().get(i).id());
      }
    }
    return owners;
  }

  @Test
  void holdsTheDocumentsOfItsSpans() {
    for (int round = 0; round < 1_000; round++) {
      Bulk bulk = randomBulk();

      assertThat(documents(bulk)).isEqualTo(owners(bulk));
      assertThat(bulk.attempt()).isZero();
    }
  }

  @Test
  void selectsDocumentsTogetherWithTheirOwners() {
    for (int round = 0; round < 1_000; round++) {
      Bulk bulk = randomBulk();
      int[] positions = IntStream.range(0, bulk.size()).filter(i -> random.nextBoolean()).toArray();
      List<String> expected = IntStream.of(positions).mapToObj(documents(bulk)::get).toList();
      Bulk selected = bulk.select(positions);

      assertThat(documents(selected)).isEqualTo(expected);
      assertThat(owners(selected)).isEqualTo(expected);
      assertThat(selected.spans()).allMatch(span -> span.count() > 0);
    }
  }

  @Test
  void halvesLoseNoDocumentAndCountAsTheSameAttempt() {
    for (int round = 0; round < 1_000; round++) {
      Bulk bulk = randomBulk();
      if (bulk.size() > 1) {
        List<Bulk> halves = bulk.again().halves();
        List<String> both = new ArrayList<>(documents(halves.get(0)));
        both.addAll(documents(halves.get(1)));

        assertThat(both).isEqualTo(documents(bulk));
        assertThat(halves)
            .allSatisfy(
                half -> {
                  assertThat(owners(half)).isEqualTo(documents(half));
                  assertThat(half.size()).isBetween(bulk.size() / 2, (bulk.size() + 1) / 2);
                  assertThat(half.attempt()).isEqualTo(1);
                });
      }
    }
  }

  @Test
  void dropsSettledDocuments() {
    for (int round = 0; round < 1_000; round++) {
      Bulk bulk = randomBulk();
      List<String> open = new ArrayList<>();
      for (Span span : bulk.spans()) {
        for (int i = span.first(); i < span.first() + span.count(); i++) {
          if (random.nextInt(3) == 0) {
            span.publication().settle(i, Fate.INDEXED);
          } else {
            open.add(span.publication().documents().get(i).id());
          }
        }
      }
      Bulk rest = bulk.stillOpen();

      assertThat(rest == null ? List.of() : documents(rest)).isEqualTo(open);
      assertThat(rest == null ? List.of() : owners(rest)).isEqualTo(open);
    }
  }
}
