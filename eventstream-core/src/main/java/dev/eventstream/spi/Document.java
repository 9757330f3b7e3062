package dev.eventstream.spi;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a sink writes. Destination and ID are fixed before the first attempt and never change, so
 * that a retry cannot write a second document.
 *
 * @param destination the index (or topic), 1 to 255 bytes of UTF-8
 * @param id the document ID, 1 to 512 bytes of UTF-8 (Elasticsearch's limit for {@code _id})
 * @param eventId the event ID, or null; also a member of the source
 * @param source the document as one JSON object without line breaks; not copied, so it must not be
 *     modified afterwards
 */
@SuppressWarnings("ArrayRecordComponent") // equality is not part of the contract
public record Document(String destination, String id, @Nullable String eventId, byte[] source) {
  public static final int MAX_DESTINATION_BYTES = 255;
  public static final int MAX_ID_BYTES = 512;
  private static final JsonFactory JSON = new JsonFactory();

  /** Checks that destination, ID and source are not null. The batch checks their sizes. */
  public Document {
    requireNonNull(destination, "destination");
    requireNonNull(id, "id");
    requireNonNull(source, "source");
  }

  /** Returns the {@code eventType} of the source, or null if it has none. */
  public @Nullable String eventType() {
    return eventType(source, 0, source.length);
  }

  static @Nullable String eventType(byte[] buffer, int from, int to) {
    try (JsonParser json = JSON.createParser(buffer, from, to - from)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        if (name.equals("eventType")) {
          return json.getValueAsString();
        }
        json.skipChildren();
      }
      return null;
    } catch (IOException e) {
      return null; // a custom transformer may write any source
    }
  }

  /** Returns destination, ID and JSON text. */
  @Override
  public String toString() {
    return destination + "/" + id + " " + new String(source, StandardCharsets.UTF_8);
  }
}
