package dev.eventstream.es.bulk;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.eventstream.ItemResult;
import dev.eventstream.SinkResult;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Reads the answer to a bulk request, item by item. */
public final class BulkAnswer {
  /** The parts of the answer that are read; the engine leaves out the others. */
  public static final String FILTER_PATH =
      "items.create.status,items.create.error.type,items.create.error.reason"
          + ",items.create.error.caused_by.reason";

  private static final int LONGEST_REASON = 500;
  private static final JsonFactory JSON = new JsonFactory();

  private BulkAnswer() {}

  /**
   * Reads an answer.
   *
   * @param answer the body
   * @param expected how many documents were sent
   * @throws IOException when it is no whole answer to that many documents: then nothing is known of
   *     any of them
   */
  public static SinkResult parse(InputStream answer, int expected) throws IOException {
    List<ItemResult> results = new ArrayList<>(expected);
    try (JsonParser json = JSON.createParser(answer)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("the answer to the bulk request is no JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean items = json.currentName().equals("items");
        json.nextToken();
        if (items && json.currentToken() == JsonToken.START_ARRAY) {
          while (json.nextToken() == JsonToken.START_OBJECT) {
            results.add(item(json));
          }
        } else {
          json.skipChildren();
        }
      }
      if (json.currentToken() != JsonToken.END_OBJECT) {
        throw new IOException("the answer to the bulk request is cut short");
      }
      if (json.nextToken() != null) {
        throw new IOException("the answer to the bulk request goes on behind its end");
      }
    } catch (JsonProcessingException e) {
      // Its own words quote the answer, which may quote an event, and this comes to the log.
      throw new IOException(
          "the answer to the bulk request is no JSON: " + e.getClass().getSimpleName(), e);
    }
    if (results.size() != expected) {
      throw new IOException(
          "the answer to the bulk request speaks of "
              + results.size()
              + " documents, but "
              + expected
              + " were sent");
    }
    return SinkResult.of(results);
  }

  /** Reads {@code {"create": {"status": …, "error": {…}}}}, of which the first brace is read. */
  private static ItemResult item(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.FIELD_NAME || json.nextToken() != JsonToken.START_OBJECT) {
      throw new IOException("an item of the bulk answer does not say what became of a document");
    }
    ItemResult result = operation(json);
    if (json.nextToken() != JsonToken.END_OBJECT) {
      throw new IOException("an item of the bulk answer speaks of several operations");
    }
    return result;
  }

  private static ItemResult operation(JsonParser json) throws IOException {
    int status = 0;
    String type = "";
    StringBuilder reason = null; // most items need none
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      JsonToken value = json.nextToken();
      if (name.equals("status") && value == JsonToken.VALUE_NUMBER_INT) {
        status = json.getIntValue();
      } else if (name.equals("error") && value != JsonToken.VALUE_NULL) {
        reason = reason == null ? new StringBuilder() : reason;
        type = error(json, reason);
      } else {
        json.skipChildren();
      }
    }
    String text = "";
    if (reason != null || !FailureTable.written(status)) {
      text = status + (type.isEmpty() ? "" : " " + type) + (reason == null ? "" : reason);
    }
    ItemResult result = FailureTable.item(status, type, text);
    if (reason != null && result == ItemResult.WRITTEN) {
      throw new IOException("an item of the bulk answer has both succeeded and failed");
    }
    return result;
  }

  /** Reads an error; adds what it says to the reason and returns its type. */
  private static String error(JsonParser json, StringBuilder reason) throws IOException {
    String type = "";
    if (json.currentToken() != JsonToken.START_OBJECT) {
      json.skipChildren();
      return type;
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      JsonToken value = json.nextToken();
      if (name.equals("type") && value == JsonToken.VALUE_STRING) {
        type = json.getText();
      } else if (name.equals("reason") && value == JsonToken.VALUE_STRING) {
        append(reason, json.getText());
      } else if (name.equals("caused_by")) {
        error(json, reason);
      } else {
        json.skipChildren();
      }
    }
    return type;
  }

  private static void append(StringBuilder reason, String text) {
    int room = LONGEST_REASON - reason.length();
    if (room <= 0) {
      return;
    }
    int end = Math.min(text.length(), room);
    if (end > 0 && end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--; // not half a character
    }
    reason.append(": ").append(text, 0, end);
  }
}
