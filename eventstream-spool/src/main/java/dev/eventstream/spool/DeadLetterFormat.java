package dev.eventstream.spool;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The payloads of the dead letters' blocks, big-endian.
 *
 * <p>A block of letters has for each letter 8 bytes first attempt and 8 bytes last attempt
 * (milliseconds since 1970), 4 bytes length and the reason (UTF-8), 4 bytes length and the document
 * as a record of a {@link DocumentBatch}. A block of removals has for each letter 4 bytes length
 * and the key, which is destination, 00 and id (UTF-8).
 */
final class DeadLetterFormat {
  private static final char SEPARATOR = '\0';

  private DeadLetterFormat() {}

  static String key(DeadLetter letter) {
    return letter.document().destination() + SEPARATOR + letter.document().id();
  }

  static byte[] encode(DeadLetter letter) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeLong(letter.firstAttempt().toEpochMilli());
    out.writeLong(letter.lastAttempt().toEpochMilli());
    byte[] reason = letter.reason().getBytes(UTF_8);
    out.writeInt(reason.length);
    out.write(reason);
    DocumentBatch document = DocumentBatch.of(letter.document());
    byte[] record = new byte[document.byteSize()];
    document.copyRecords(record, 0);
    out.writeInt(record.length);
    out.write(record);
    return bytes.toByteArray();
  }

  static List<DeadLetter> decode(byte[] payload) throws IOException {
    List<DeadLetter> letters = new ArrayList<>();
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload));
    while (in.available() > 0) {
      Instant first = Instant.ofEpochMilli(in.readLong());
      Instant last = Instant.ofEpochMilli(in.readLong());
      String reason = new String(in.readNBytes(in.readInt()), UTF_8);
      DocumentBatch document = DocumentBatch.ofRecords(in.readNBytes(in.readInt()));
      letters.add(new DeadLetter(document.get(0), reason, first, last));
    }
    return letters;
  }

  static void encodeKey(String key, ByteArrayOutputStream payload) throws IOException {
    byte[] bytes = key.getBytes(UTF_8);
    new DataOutputStream(payload).writeInt(bytes.length);
    payload.write(bytes);
  }

  static List<String> decodeKeys(byte[] payload) throws IOException {
    List<String> keys = new ArrayList<>();
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload));
    while (in.available() > 0) {
      keys.add(new String(in.readNBytes(in.readInt()), UTF_8));
    }
    return keys;
  }

  /** Writes the line of an export. */
  static void writeLine(DeadLetter letter, JsonGenerator json) throws IOException {
    Document document = letter.document();
    json.writeStartObject();
    json.writeStringField("index", document.destination());
    json.writeStringField("id", document.id());
    if (document.eventId() != null) {
      json.writeStringField("eventId", document.eventId());
    }
    json.writeStringField("reason", letter.reason());
    json.writeStringField("firstAttempt", letter.firstAttempt().toString());
    json.writeStringField("lastAttempt", letter.lastAttempt().toString());
    json.writeFieldName("document");
    json.writeRawValue(new String(document.source(), UTF_8));
    json.writeEndObject();
    json.writeRaw('\n');
  }
}
