package dev.eventstream.es.bulk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import java.io.IOException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BulkBodyTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Test
  void writesTwoLinesADocument() {
    DocumentBatch batch =
        DocumentBatch.of(
            document("clicks", "id-1", "{\"eventValue\":\"a\"}"),
            document("views", "id-2", "{ \"n\" : 1.00 }"));

    assertThat(text(BulkBody.of(batch, false)))
        .isEqualTo(
            """
            {"create":{"_index":"clicks","_id":"id-1"}}
            {"eventValue":"a"}
            {"create":{"_index":"views","_id":"id-2"}}
            { "n" : 1.00 }
            """);
  }

  @Test
  void namesTheMappingTypeWhereTheEngineNeedsIt() {
    DocumentBatch batch = DocumentBatch.of(document("clicks", "id-1", "{}"));

    assertThat(text(BulkBody.of(batch, true)))
        .isEqualTo(
            "{\"create\":{\"_index\":\"clicks\",\"_type\":\"_doc\",\"_id\":\"id-1\"}}\n{}\n");
  }

  @Test
  void leavesTheEventIdOut() {
    DocumentBatch batch =
        DocumentBatch.of(new Document("clicks", "id-1", "secret", "{}".getBytes(UTF_8)));

    assertThat(text(BulkBody.of(batch, false))).doesNotContain("secret").endsWith("\n{}\n");
  }

  @Test
  void escapesWhatJsonWantsEscapedAndNothingElse() {
    DocumentBatch batch =
        DocumentBatch.of(document("a\"b\\c", "\u0000\t\n\u001f\u007f/é€😀\u2028", "{}"));

    assertThat(text(BulkBody.of(batch, false)))
        .isEqualTo(
            "{\"create\":{\"_index\":\"a\\\"b\\\\c\",\"_id\":"
                + "\"\\u0000\\u0009\\u000a\\u001f\u007f/é€😀\u2028\"}}\n{}\n");
  }

  @Test
  void growsWhereEveryByteNeedsAnEscape() throws IOException {
    String destination = "\u0001".repeat(255);
    String id = "\u001f".repeat(512);
    Document[] documents = new Document[50];
    for (int i = 0; i < documents.length; i++) {
      documents[i] = document(destination, id, "{}");
    }

    List<String> lines = text(BulkBody.of(DocumentBatch.of(documents), true)).lines().toList();

    assertThat(lines).hasSize(100);
    for (int i = 0; i < 100; i += 2) {
      JsonNode create = JSON.readTree(lines.get(i)).path("create");
      assertThat(create.path("_index").asText()).isEqualTo(destination);
      assertThat(create.path("_id").asText()).isEqualTo(id);
    }
  }

  @Test
  void writesOnlyTheSliceThatItIsGiven() {
    DocumentBatch batch =
        DocumentBatch.of(
            document("a", "1", "{\"n\":1}"),
            document("b", "2", "{\"n\":2}"),
            document("c", "3", "{\"n\":3}"));

    assertThat(BulkBody.of(batch.slice(1, 2), false))
        .isEqualTo(BulkBody.of(DocumentBatch.of(batch.get(1)), false));
  }

  @Property(tries = 500)
  void isTheDocumentsWhenReadBackLineByLine(
      @ForAll("documents") @Size(min = 1, max = 20) List<Document> documents,
      @ForAll boolean mappingType)
      throws IOException {
    byte[] body = BulkBody.of(DocumentBatch.of(documents.toArray(new Document[0])), mappingType);

    assertThat(body[body.length - 1]).isEqualTo((byte) '\n');
    String[] lines = text(body).split("\n", -1);
    assertThat(lines)
        .as("two lines a document, and nothing behind the last")
        .hasSize(2 * documents.size() + 1);
    for (int i = 0; i < documents.size(); i++) {
      Document document = documents.get(i);
      JsonNode action = JSON.readTree(lines[2 * i]);
      assertThat(action.size()).isOne();
      JsonNode create = action.path("create");
      assertThat(create.size()).isEqualTo(mappingType ? 3 : 2);
      assertThat(create.path("_index").textValue()).isEqualTo(document.destination());
      assertThat(create.path("_id").textValue()).isEqualTo(document.id());
      assertThat(create.path("_type").textValue()).isEqualTo(mappingType ? "_doc" : null);
      assertThat(lines[2 * i + 1]).isEqualTo(text(document.source()));
    }
  }

  @Provide
  Arbitrary<List<Document>> documents() {
    Arbitrary<String> names =
        Arbitraries.frequencyOf(
            Tuple.of(3, textOf(1, 60)),
            Tuple.of(1, Arbitraries.of("\"", "\\", "\u0000", "\\\"", "é", "😀")));
    Arbitrary<String> eventIds = textOf(0, 20).injectNull(0.3);
    Arbitrary<byte[]> sources =
        Arbitraries.maps(textOf(0, 10), textOf(0, 40))
            .ofMaxSize(5)
            .map(members -> JSON.valueToTree(members).toString().getBytes(UTF_8));
    return Combinators.combine(names, names, eventIds, sources).as(Document::new).list();
  }

  /** Text without lone surrogates, of at most four bytes a character. */
  private static Arbitrary<String> textOf(int min, int max) {
    return Arbitraries.strings()
        .ofMinLength(min)
        .ofMaxLength(max)
        .map(text -> new String(text.getBytes(UTF_8), UTF_8));
  }

  private static Document document(String destination, String id, String source) {
    return new Document(destination, id, null, source.getBytes(UTF_8));
  }

  private static String text(byte[] utf8) {
    return new String(utf8, UTF_8);
  }
}
