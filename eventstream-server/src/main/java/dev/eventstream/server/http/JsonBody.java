package dev.eventstream.server.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes bodies of answers as JSON. */
public final class JsonBody {
  private static final JsonFactory JSON = new JsonFactory();

  private JsonBody() {}

  /** Writes one JSON value. */
  public interface Writer {
    void write(JsonGenerator json) throws IOException;
  }

  /**
   * The bytes that the writer produces.
   *
   * @param expectedBytes the initial size of the buffer
   */
  public static byte[] of(int expectedBytes, Writer writer) {
    ByteArrayOutputStream body = new ByteArrayOutputStream(expectedBytes);
    try (JsonGenerator json = JSON.createGenerator(body)) {
      writer.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return body.toByteArray();
  }

  /** Writes the member {@code error} of an event's result. */
  public static void writeError(JsonGenerator json, String type, String reason) throws IOException {
    json.writeObjectFieldStart("error");
    json.writeStringField("type", type);
    json.writeStringField("reason", reason);
    json.writeEndObject();
  }
}
