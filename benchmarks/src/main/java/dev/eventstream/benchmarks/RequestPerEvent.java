package dev.eventstream.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The approach of the predecessor, in Java: for each event it reads and parses the ID file and
 * indexes one document.
 */
final class RequestPerEvent implements Way {
  private final ObjectMapper json = new ObjectMapper();
  private final URI engine;
  private final Path ids;
  private final byte[] event;

  RequestPerEvent(URI engine, Path ids, byte[] event) {
    this.engine = engine;
    this.ids = ids;
    this.event = event;
  }

  @Override
  public Load.Sender connect() throws IOException {
    return new HttpSender(
        engine, "/" + Samples.INDEX + "/_doc", "application/json", request -> document());
  }

  private byte[] document() {
    try {
      ObjectNode document = (ObjectNode) json.readTree(event);
      Path file = ids.resolve(document.get("eventType").asText() + ".json");
      document.set(
          "eventId", json.readTree(file.toFile()).get(document.get("eventValue").asText()));
      document.put("@timestamp", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
      return json.writeValueAsBytes(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
