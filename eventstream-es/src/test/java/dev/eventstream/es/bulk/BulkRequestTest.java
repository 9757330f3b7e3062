package dev.eventstream.es.bulk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class BulkRequestTest {
  private static final DocumentBatch DOCUMENTS =
      DocumentBatch.of(new Document("pageview", "1", "h", "{\"a\":1}".getBytes(UTF_8)));

  private static final Map<String, String> PARAMETERS =
      BulkRequest.parameters(Duration.ofMillis(1_500));

  private final BulkRequest request = BulkRequest.of(PARAMETERS, DOCUMENTS, false, false);

  @Test
  void asksTheBulkApiForThePartsOfTheAnswerThatAreRead() {
    assertThat(request.getMethod()).isEqualTo("POST");
    assertThat(request.getEndpoint()).isEqualTo("/_bulk");
    assertThat(request.getParameters()).containsEntry("filter_path", BulkAnswer.FILTER_PATH);
    assertThat(request.getParameters()).containsEntry("timeout", "1500ms");
    assertThat(request.getHeaders()).isEmpty();
  }

  @Test
  void writesTheBodyAtOnceSoThatNobodysBufferGrows() {
    List<Integer> writes = new ArrayList<>();
    ByteArrayOutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public synchronized void write(byte[] bytes, int offset, int length) {
            writes.add(length);
            super.write(bytes, offset, length);
          }
        };

    String contentType = request.serialize(out);

    assertThat(contentType).isEqualTo("application/x-ndjson");
    assertThat(out.toByteArray()).isEqualTo(BulkBody.of(DOCUMENTS, false));
    assertThat(writes).containsExactly(out.size());
  }

  @Test
  void hasTheSameBodyHoweverItIsRead() {
    assertThat(request.getBody().orElseThrow().bodyAsBytes())
        .isEqualTo(BulkBody.of(DOCUMENTS, false));
    assertThat(request.getBody().orElseThrow().contentType()).isEqualTo("application/x-ndjson");
  }

  @Test
  void packsTheSameBodyWhenWantedAndSaysSo() throws IOException {
    BulkRequest packed = BulkRequest.of(PARAMETERS, DOCUMENTS, false, true);
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    String contentType = packed.serialize(out);

    assertThat(contentType).isEqualTo("application/x-ndjson");
    assertThat(packed.getHeaders()).containsExactly(Map.entry("Content-Encoding", "gzip"));
    GZIPInputStream body = new GZIPInputStream(new ByteArrayInputStream(out.toByteArray()));
    assertThat(body.readAllBytes()).isEqualTo(BulkBody.of(DOCUMENTS, false));
  }
}
