package dev.eventstream.server.idempotency;

import dev.eventstream.server.http.RequestError;
import dev.eventstream.server.http.RequestErrorException;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a client calls a request, in the header {@code Idempotency-Key}, so that it can be sent
 * again and changes nothing: each of its events gets the same document id as before.
 *
 * @param text 1 to 255 printable characters of ASCII
 */
public record IdempotencyKey(String text) {
  public static final String HEADER = "Idempotency-Key";

  private static final int MAX_LENGTH = 255;

  /**
   * Reads the header.
   *
   * @param values its values: one, as a string with quotes (RFC 8941) or as it is
   * @return the key; null when there is no header
   * @throws RequestErrorException when it is no key
   */
  public static @Nullable IdempotencyKey of(List<String> values) throws RequestErrorException {
    if (values.isEmpty()) {
      return null;
    }
    if (values.size() > 1) {
      throw unreadable("is there " + values.size() + " times; send one");
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
        throw unreadable("has a character that is no printable ASCII; encode or hash it");
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
          throw unreadable("has a backslash that escapes nothing; only \\\" and \\\\ are possible");
        }
      }
      text.append(value.charAt(i));
      i++;
    }
    if (i != value.length() - 1) {
      throw unreadable("begins with a quote; it must end with the next one");
    }
    return text.toString();
  }

  private static RequestErrorException unreadable(String what) {
    return new RequestErrorException(RequestError.BAD_REQUEST, HEADER + " " + what);
  }

  /**
   * The document ids of the events of a request.
   *
   * @param client whose key it is: others may have the same; null where clients are not known
   * @return the id of the event at a position
   */
  public IntFunction<String> documentIds(@Nullable String client) {
    String ofAll = DocumentIds.of(HEADER, client == null ? "" : client, text);
    return position -> ofAll + "-" + position;
  }
}
