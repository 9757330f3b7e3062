package dev.eventstream.es.bulk;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.eventstream.es.connect.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.regex.Pattern;
import org.opensearch.client.transport.httpclient5.ResponseException;

/**
 * The engine's error for a request that failed as a whole, reduced to what may be logged: its
 * length is bounded, and it quotes no event.
 *
 * @param type for example {@code illegal_argument_exception}; empty if the answer has none
 * @param reason the engine's text; empty if it may quote an event, or if there is none
 */
public record RequestError(String type, String reason) {
  public static final RequestError NONE = new RequestError("", "");

  private static final int LONGEST_REASON = 300;
  private static final JsonFactory JSON = new JsonFactory();
  private static final Pattern TYPE = Pattern.compile("[a-z_]{1,80}");

  /** Matches the types of errors whose reason may quote the request. */
  private static final Pattern QUOTING = Pattern.compile("pars|json|content|mapp");

  /** Reads an answer with a status of 300 or more. */
  public static RequestError of(Answer answer) {
    InputStream body = answer.body();
    return body == null ? NONE : parse(body, mayShowReason(answer.status()));
  }

  /**
   * Reads an answer that the client reports as an exception: the last lines of its message are the
   * body.
   */
  public static RequestError of(ResponseException answer) {
    String message = String.valueOf(answer.getMessage());
    int body = message.indexOf("\n{");
    return body < 0
        ? NONE
        : parse(
            new ByteArrayInputStream(message.substring(body).getBytes(UTF_8)),
            mayShowReason(answer.status()));
  }

  /** An answer about credentials may repeat them. */
  private static boolean mayShowReason(int status) {
    return status != 401 && status != 407;
  }

  /**
   * Reads {@code {"error": {"type": …, "reason": …}}}. Returns {@link #NONE} for any other answer.
   *
   * @param withReason false if the reason may repeat credentials
   */
  public static RequestError parse(InputStream answer, boolean withReason) {
    try (JsonParser json = JSON.createParser(answer)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        return NONE;
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean isError = json.currentName().equals("error");
        if (json.nextToken() == JsonToken.START_OBJECT && isError) {
          return error(json, withReason);
        }
        json.skipChildren();
      }
      return NONE;
    } catch (IOException e) {
      return NONE;
    }
  }

  private static RequestError error(JsonParser json, boolean withReason) throws IOException {
    String type = "";
    String reason = "";
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      boolean isText = json.nextToken() == JsonToken.VALUE_STRING;
      if (isText && name.equals("type")) {
        type = json.getText();
      } else if (isText && name.equals("reason")) {
        reason = json.getText();
      } else {
        json.skipChildren();
      }
    }
    if (!TYPE.matcher(type).matches()) {
      return NONE;
    }
    boolean shown = withReason && !QUOTING.matcher(type).find();
    return new RequestError(type, shown ? oneLine(reason) : "");
  }

  private static String oneLine(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ");
    return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + "…";
  }

  @Override
  public String toString() {
    return reason.isEmpty() ? type : type + ": " + reason;
  }
}
