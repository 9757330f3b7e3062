package dev.eventstream.es.bulk;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
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
    ItemResult result = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("an item of the bulk answer is no object");
      }
      result = operation(json);
    }
    if (result == null) {
      throw new IOException("an item of the bulk answer is empty");
    }
    return result;
  }

  private static ItemResult operation(JsonParser json) throws IOException {
    int status = 0;
    String type = "";
    StringBuilder reason = new StringBuilder();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      JsonToken value = json.nextToken();
      if (name.equals("status")) {
        status = json.getValueAsInt();
      } else if (name.equals("error") && value == JsonToken.START_OBJECT) {
        type = error(json, reason);
      } else {
        json.skipChildren();
      }
    }
    return FailureTable.item(status, type, status + " " + type + reason);
  }

  /** Reads an error object; adds what it says to the reason and returns its type. */
  private static String error(JsonParser json, StringBuilder reason) throws IOException {
    String type = "";
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      JsonToken value = json.nextToken();
      if (name.equals("type")) {
        type = json.getText();
      } else if (name.equals("reason") && value == JsonToken.VALUE_STRING) {
        append(reason, json.getText());
      } else if (name.equals("caused_by") && value == JsonToken.START_OBJECT) {
        error(json, reason);
      } else {
        json.skipChildren();
      }
    }
    return type;
  }

  private static void append(StringBuilder reason, String text) {
    if (reason.length() < LONGEST_REASON) {
      reason.append(": ").append(text, 0, Math.min(text.length(), LONGEST_REASON));
    }
  }
}
