package dev.eventstream.spi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/** A batch is equivalent to a list of documents, however it was created. */
final class DocumentBatchPropertyTest {
  private static final String[] TEXTS = {"a", "index-1", "\u00e9", "\ud83d\ude00", " ", "\u0000"};

  @Provide
  Arbitrary<List<Document>> documents() {
    return Arbitraries.randomValue(
        random -> IntStream.range(0, random.nextInt(20)).mapToObj(i -> document(random)).toList());
  }

  private static Document document(Random random) {
    return new Document(
        text(random, 1, 255),
        text(random, 1, 512),
        random.nextInt(3) == 0 ? null : text(random, 0, 2_000),
        text(random, 0, 5_000).getBytes(UTF_8));
  }

  private static String text(Random random, int min, int maxBytes) {
    String unit = TEXTS[random.nextInt(TEXTS.length)];
    int most = maxBytes / unit.getBytes(UTF_8).length;
    int length = random.nextInt(4) == 0 ? most : random.nextInt(Math.min(4, most + 1));
    return unit.repeat(Math.max(min, length));
  }

  private static List<String> shown(List<Document> documents) {
    return documents.stream().map(d -> d + " " + d.eventId()).toList();
  }

  private static List<String> shown(DocumentBatch batch) {
    List<String> shown = new ArrayList<>();
    DocumentBatch.Cursor cursor = batch.cursor();
    for (int i = 0; cursor.next(); i++) {
      Document document = batch.get(i);
      byte[] buffer = cursor.buffer();
      assertThat(cursor.destination()).isEqualTo(document.destination());
      assertThat(cursor.id()).isEqualTo(document.id());
      assertThat(cursor.eventId()).isEqualTo(document.eventId());
      assertThat(text(buffer, cursor.destinationStart(), cursor.idStart()))
          .isEqualTo(document.destination());
      assertThat(text(buffer, cursor.idStart(), cursor.idEnd())).isEqualTo(document.id());
      assertThat(text(buffer, cursor.sourceStart(), cursor.sourceEnd()))
          .isEqualTo(new String(document.source(), UTF_8));
      shown.add(document + " " + document.eventId());
    }
    assertThat(shown).hasSize(batch.size());
    assertThat(cursor.next()).isFalse();
    return shown;
  }

  private static String text(byte[] buffer, int start, int end) {
    return new String(buffer, start, end - start, UTF_8);
  }

  private static int bytes(List<Document> documents) {
    return documents.stream()
        .mapToInt(
            d ->
                10
                    + d.destination().getBytes(UTF_8).length
                    + d.id().getBytes(UTF_8).length
                    + (d.eventId() == null ? 0 : d.eventId().getBytes(UTF_8).length)
                    + d.source().length)
        .sum();
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void containsTheAddedDocumentsForAnyInitialSize(
      @ForAll("documents") List<Document> documents, @ForAll Random random) {
    DocumentBatchBuilder builder =
        new DocumentBatchBuilder(random.nextInt(3_000), random.nextInt(10));
    for (Document document : documents) {
      if (random.nextInt(4) == 0) { // begin a document without ending it
        builder.begin();
        builder.putText("unfinished");
      }
      if (random.nextInt(4) == 0) { // add an invalid document
        assertThatIllegalArgumentException()
            .isThrownBy(
                () -> builder.add(new Document("d", "id", "x".repeat(65_535), new byte[0])));
      }
      if (random.nextInt(4) == 0) { // remove an added document
        int size = builder.size();
        builder.add(document(random));
        builder.truncate(size);
      }
      builder.add(document);
    }
    DocumentBatch batch = builder.build();

    assertThat(batch.size()).isEqualTo(documents.size());
    assertThat(batch.byteSize()).isEqualTo(bytes(documents));
    assertThat(shown(batch)).isEqualTo(shown(documents));
    assertThat(shown(DocumentBatch.of(documents.toArray(Document[]::new))))
        .isEqualTo(shown(documents));
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void slicesSelectsAndJoinsLikeAList(
      @ForAll("documents") List<Document> documents, @ForAll Random random) {
    DocumentBatch batch = DocumentBatch.of(documents.toArray(Document[]::new));
    int from = random.nextInt(documents.size() + 1);
    int to = from + random.nextInt(documents.size() - from + 1);
    DocumentBatch slice = batch.slice(from, to);
    List<Document> sublist = documents.subList(from, to);
    int[] positions =
        sublist.isEmpty()
            ? new int[0]
            : random.ints(random.nextInt(10), 0, sublist.size()).toArray();
    List<Document> selected = IntStream.of(positions).mapToObj(sublist::get).toList();

    assertThat(shown(slice)).isEqualTo(shown(sublist));
    assertThat(slice.byteSize()).isEqualTo(bytes(sublist));
    assertThat(shown(slice.select(positions))).isEqualTo(shown(selected));
    assertThat(slice.select(positions).byteSize()).isEqualTo(bytes(selected));
    assertThat(
            shown(
                DocumentBatch.join(
                    List.of(batch.slice(0, from), slice, batch.slice(to, documents.size())))))
        .isEqualTo(shown(documents));
    assertThat(shown(DocumentBatch.join(List.of(slice, slice.select(positions), batch))))
        .isEqualTo(
            IntStream.range(0, 3)
                .mapToObj(i -> List.of(shown(sublist), shown(selected), shown(documents)).get(i))
                .flatMap(List::stream)
                .toList());
    assertThat(shown(batch)).isEqualTo(shown(documents));
  }

  @Example
  void knowsItsBounds() {
    Document document = new Document("d", "id", null, new byte[0]);
    DocumentBatch batch = DocumentBatch.of(document, document, document);
    DocumentBatch slice = batch.slice(1, 2);

    for (int[] bounds : new int[][] {{-1, 1}, {0, 4}, {2, 1}}) {
      assertThatThrownBy(() -> batch.slice(bounds[0], bounds[1]))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
    for (int index : new int[] {-1, 1, 2}) {
      assertThatThrownBy(() -> slice.get(index)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> slice.cursor().moveTo(index))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
    assertThatThrownBy(() -> slice.slice(0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Example
  void acceptsDestinationsAndIdsUpToTheirLimits() {
    DocumentBatchBuilder builder = new DocumentBatchBuilder(0, 0);
    builder.add(new Document("d".repeat(255), "i".repeat(512), "e".repeat(65_534), new byte[0]));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.add(new Document("d".repeat(256), "i", null, new byte[0])))
        .withMessageContaining("has 256 bytes; it must have 1 to 255");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> builder.add(new Document("d", "\u00e9".repeat(256) + "x", null, new byte[0])))
        .withMessageContaining("has 513 bytes; it must have 1 to 512");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.add(new Document("d", "", null, new byte[0])))
        .withMessageContaining("has 0 bytes; it must have 1 to 512");
    assertThat(builder.build().size()).isEqualTo(1);
  }
}
