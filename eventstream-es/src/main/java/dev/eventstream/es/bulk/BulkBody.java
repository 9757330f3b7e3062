package dev.eventstream.es.bulk;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.spi.DocumentBatch;
import java.util.Arrays;

/**
 * Writes a batch as the body of a bulk request: for each document the line {@code
 * {"create":{"_index":"…","_id":"…"}}} and a line with its source, which is copied unchanged.
 */
public final class BulkBody {
  private static final byte[] INDEX = "{\"create\":{\"_index\":\"".getBytes(UTF_8);
  private static final byte[] ID = "\",\"_id\":\"".getBytes(UTF_8);
  private static final byte[] TYPE_AND_ID = "\",\"_type\":\"_doc\",\"_id\":\"".getBytes(UTF_8);
  private static final byte[] END = "\"}}\n".getBytes(UTF_8);
  private static final byte[] HEX = "0123456789abcdef".getBytes(UTF_8);

  private final byte[] idMember;
  private byte[] bytes;
  private int length;

  private BulkBody(DocumentBatch documents, boolean mappingType) {
    idMember = mappingType ? TYPE_AND_ID : ID;
    bytes =
        new byte[sizeWithoutEscapes(documents, INDEX.length + idMember.length + END.length + 1)];
  }

  /** The size of the body if no index name and no id needs escapes. */
  private static int sizeWithoutEscapes(DocumentBatch documents, int frame) {
    int size = 0;
    DocumentBatch.Cursor cursor = documents.cursor();
    while (cursor.next()) {
      int names = cursor.idEnd() - cursor.destinationStart();
      int source = cursor.sourceEnd() - cursor.sourceStart();
      size = Math.addExact(size, frame + names + source);
    }
    return size;
  }

  public static byte[] of(DocumentBatch documents, boolean mappingType) {
    BulkBody body = new BulkBody(documents, mappingType);
    DocumentBatch.Cursor cursor = documents.cursor();
    while (cursor.next()) {
      body.add(cursor);
    }
    return body.length == body.bytes.length ? body.bytes : Arrays.copyOf(body.bytes, body.length);
  }

  private void add(DocumentBatch.Cursor document) {
    byte[] buffer = document.buffer();
    put(INDEX, 0, INDEX.length);
    putEscaped(buffer, document.destinationStart(), document.idStart());
    put(idMember, 0, idMember.length);
    putEscaped(buffer, document.idStart(), document.idEnd());
    put(END, 0, END.length);
    put(buffer, document.sourceStart(), document.sourceEnd());
    ensure(1);
    bytes[length++] = '\n';
  }

  private void put(byte[] from, int start, int end) {
    int count = end - start;
    ensure(count);
    System.arraycopy(from, start, bytes, length, count);
    length += count;
  }

  private void putEscaped(byte[] from, int start, int end) {
    int plain = start; // start of the part that is not written yet and needs no escape
    for (int i = start; i < end; i++) {
      byte b = from[i];
      if (b == '"' || b == '\\' || (b >= 0 && b < 0x20)) {
        put(from, plain, i);
        putEscape(b);
        plain = i + 1;
      }
    }
    put(from, plain, end);
  }

  private void putEscape(byte b) {
    ensure(6);
    bytes[length++] = '\\';
    if (b >= 0x20) {
      bytes[length++] = b;
      return;
    }
    bytes[length++] = 'u';
    bytes[length++] = '0';
    bytes[length++] = '0';
    bytes[length++] = HEX[b >> 4];
    bytes[length++] = HEX[b & 0xF];
  }

  private void ensure(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.addExact(bytes.length, Math.max(more, bytes.length / 2)));
    }
  }
}
