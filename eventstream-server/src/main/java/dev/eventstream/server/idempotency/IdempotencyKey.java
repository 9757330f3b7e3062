package dev.eventstream.server.idempotency;

import dev.eventstream.server.http.RequestError;
import dev.eventstream.server.http.RequestErrorException;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The header {@code Idempotency-Key}, a client's name for a request. A request sent again with the
 * same key creates no second documents, because each of its events gets the same document id.
 *
 * @param text 1 to 255 printable ASCII characters
 */
public record IdempotencyKey(String text) {
  public static final String HEADER = "Idempotency-Key";

  private static final int MAX_LENGTH = 255;

  /**
   * Parses the header.
   *
   * @param values one value, as a quoted string (RFC 8941) or plain
   * @return the key; null: no header
   * @throws RequestErrorException if the value is not valid
   */
  public static @Nullable IdempotencyKey of(List<String> values) throws RequestErrorException {
    if (values.isEmpty()) {
      return null;
    }
    if (values.size() > 1) {
      throw unreadable("is sent " + values.size() + " times; send it once");
    }
    String value = values.get(0).strip();
    String text = value.startsWith("\"") ? unquoted(value) : value;
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      throw unreadable(
          "has " + text.length() + " characters; it must have 1 to " + MAX_LENGTH + ": hash it");
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~') {
        throw unreadable("has a character that is not printable ASCII; encode or hash it");
      }
    }
    return new IdempotencyKey(text);
  }

  private static String unquoted(String value) throws RequestErrorException {
    StringBuilder text = new StringBuilder();
    int i = 1;
    while (i < value.length() && value.charAt(i) != '"') {
      if (value.charAt(i) == '\\') {
        i++;
        if (i == value.length() || "\"\\".indexOf(value.charAt(i)) < 0) {
          throw unreadable("has a backslash that escapes nothing; only \\\" and \\\\ are valid");
        }
      }
      text.append(value.charAt(i));
      i++;
    }
    if (i != value.length() - 1) {
      throw unreadable("begins with a quote, and must end with the next one");
    }
    return text.toString();
  }

  private static RequestErrorException unreadable(String what) {
    return new RequestErrorException(RequestError.BAD_REQUEST, HEADER + " " + what);
  }

  /**
   * The document ids of a request's events.
   *
   * @param client the client, since others may use the same key; null: clients are not known
   * @return from position in the request to id
   */
  public IntFunction<String> documentIds(@Nullable String client) {
    String ofAll = DocumentIds.of(HEADER, client == null ? "" : client, text);
    return position -> ofAll + "-" + position;
  }
}
