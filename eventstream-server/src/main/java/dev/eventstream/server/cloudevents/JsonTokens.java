package dev.eventstream.server.cloudevents;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;

/** Parses UTF-8 JSON, and finds the bytes that a token comes from. */
final class JsonTokens {
  private static final JsonFactory JSON = new JsonFactory();

  /** Says that a text is UTF-16 or UTF-32, which Jackson also parses. */
  static final class NotUtf8Exception extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private JsonTokens() {}

  /**
   * A parser at the first token, if there is one.
   *
   * @throws NotUtf8Exception if the text is in another encoding
   */
  static JsonParser parser(byte[] json, int length) throws IOException {
    JsonParser parser = JSON.createParser(json, 0, length);
    if (parser.nextToken() != null && parser.currentTokenLocation().getByteOffset() < 0) {
      parser.close();
      throw new NotUtf8Exception();
    }
    return parser;
  }

  /** The offset at which the current token starts. */
  static int start(JsonParser json) {
    return (int) json.currentTokenLocation().getByteOffset();
  }

  /** Skips the current value, and returns the offset at which it ends. */
  static int end(JsonParser json) throws IOException {
    if (json.currentToken().isStructStart()) {
      json.skipChildren();
    } else {
      json.finishToken();
    }
    return (int) json.currentLocation().getByteOffset();
  }
}
