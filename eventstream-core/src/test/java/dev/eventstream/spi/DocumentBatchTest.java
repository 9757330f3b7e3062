package dev.eventstream.spi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DocumentBatchTest {
  private static Document document(int i) {
    String eventId = i % 3 == 0 ? null : "é" + i;
    return new Document("index-" + i, "id-é-" + i, eventId, ("{\"n\":" + i + "}").getBytes(UTF_8));
  }

  private static DocumentBatch batch(int size) {
    return DocumentBatch.of(
        IntStream.range(0, size).mapToObj(DocumentBatchTest::document).toArray(Document[]::new));
  }

  private static List<String> shown(DocumentBatch batch) {
    return IntStream.range(0, batch.size())
        .mapToObj(i -> batch.get(i) + " " + batch.get(i).eventId())
        .toList();
  }

  private static List<String> expected(int... positions) {
    return IntStream.of(positions)
        .mapToObj(i -> document(i) + " " + document(i).eventId())
        .toList();
  }

  @Test
  void returnsTheAddedDocuments() {
    assertThat(shown(batch(100))).isEqualTo(expected(IntStream.range(0, 100).toArray()));
  }

  @Test
  void slicesJoinsAndSelectsWholeDocuments() {
    DocumentBatch batch = batch(10);
    DocumentBatch slice = batch.slice(3, 7);
    assertThat(shown(slice)).isEqualTo(expected(3, 4, 5, 6));
    assertThat(shown(slice.slice(1, 3))).isEqualTo(expected(4, 5));
    assertThat(shown(slice.select(0, 3))).isEqualTo(expected(3, 6));
    assertThat(shown(DocumentBatch.join(List.of(slice, batch.slice(0, 0), batch.slice(9, 10)))))
        .isEqualTo(expected(3, 4, 5, 6, 9));
    assertThat(slice.byteSize() + batch.slice(0, 3).byteSize() + batch.slice(7, 10).byteSize())
        .isEqualTo(batch.byteSize());
    assertThatThrownBy(() -> batch.slice(3, 11)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> slice.get(4)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void rejectsDocumentsThatNoSinkCanWrite() {
    DocumentBatchBuilder builder = new DocumentBatchBuilder(0, 0);
    byte[] json = "{}".getBytes(UTF_8);
    assertThatThrownBy(() -> builder.add(new Document("", "id", null, json)))
        .hasMessageContaining("destination");
    assertThatThrownBy(() -> builder.add(new Document("x", "i".repeat(513), null, json)))
        .hasMessageContaining("513 bytes");
    assertThatThrownBy(() -> builder.add(new Document("x", "id", null, "{\n}".getBytes(UTF_8))))
        .hasMessageContaining("line break");
    assertThatThrownBy(() -> builder.add(new Document("x", "id", "e".repeat(65_535), json)))
        .hasMessageContaining("event ID");
    builder.add(document(1));
    assertThat(shown(builder.build())).isEqualTo(expected(1));
  }
}
