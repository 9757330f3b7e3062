package dev.eventstream.spi;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a sink writes. Destination and id are fixed before the first attempt and never change again,
 * so that a retry cannot write a second document.
 *
 * @param destination the index (or topic), 1 to 255 bytes of UTF-8
 * @param id the document id, 1 to 512 bytes of UTF-8 (Elasticsearch's own limit for {@code _id})
 * @param eventId the event ID that was found, or null; also a member of the source
 * @param source the document as one JSON object without line breaks; not copied, so not to be
 *     changed afterwards
 */
@SuppressWarnings("ArrayRecordComponent") // bytes are bytes; equality is not part of the contract
public record Document(String destination, String id, @Nullable String eventId, byte[] source) {
  public static final int MAX_DESTINATION_BYTES = 255;
  public static final int MAX_ID_BYTES = 512;

  /**
   * Checks that destination, id and source are there; their sizes are checked by the batch.
   *
   * @param destination the index (or topic)
   * @param id the document id
   * @param eventId the event ID, or null
   * @param source the document as one JSON object
   */
  public Document {
    requireNonNull(destination, "destination");
    requireNonNull(id, "id");
    requireNonNull(source, "source");
  }

  /**
   * Shows the document, not as an array's address.
   *
   * @return destination, id and JSON text
   */
  @Override
  public String toString() {
    return destination + "/" + id + " " + new String(source, StandardCharsets.UTF_8);
  }
}
