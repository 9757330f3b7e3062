package dev.eventstream.es.bulk;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads the answer to a bulk request, item by item. OpenSearch 2 and later return the items of
 * documents that a pipeline dropped or failed in the order in which the pipelines finished.
 * Therefore an item of a document that was not written is assigned by its id.
 */
public final class BulkAnswer {
  /** The parts of the answer that are read; the engine omits the others. */
  public static final String FILTER_PATH =
      "items.create._id,items.create.status,items.create.result,items.create.failure_store"
          + ",items.create.error.type,items.create.error.reason"
          + ",items.create.error.caused_by.reason";

  private static final int LONGEST_REASON = 500;
  private static final JsonFactory JSON = new JsonFactory();

  private static final char[] NOOP = FailureTable.NOOP.toCharArray();

  /** Begins what the engine appends to some reasons: the request with its documents. */
  private static final String REQUEST = ", request: [";

  private static final ItemResult NOT_NAMED =
      new ItemResult.Failed(
          FailureClass.UNCLEAR, "the answer does not contain the result of this document");

  /** An item of a document that was not written, with its id; empty if it has none. */
  private record Other(int position, String id) {}

  private final List<ItemResult> results;
  private final StringBuilder id = new StringBuilder(); // of the current item
  private @Nullable List<Other> others; // most answers have none
  private @Nullable Map<ItemResult, Integer> shared; // errors that may belong to another document

  private BulkAnswer(int expected) {
    results = new ArrayList<>(expected);
  }

  /**
   * Reads an answer.
   *
   * @param answer the body
   * @param expected how many documents were sent
   * @param ids returns the id of the document at a position of the request
   * @throws IOException if the answer is incomplete or has another number of documents: then no
   *     result is known
   */
  public static SinkResult parse(InputStream answer, int expected, IntFunction<String> ids)
      throws IOException {
    BulkAnswer read = new BulkAnswer(expected);
    List<ItemResult> results = read.results;
    try (JsonParser json = JSON.createParser(answer)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("the answer to the bulk request is not a JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean items = json.currentName().equals("items");
        json.nextToken();
        if (items && json.currentToken() == JsonToken.START_ARRAY) {
          while (json.nextToken() == JsonToken.START_OBJECT) {
            results.add(read.item(json));
          }
        } else {
          json.skipChildren();
        }
      }
      if (json.currentToken() != JsonToken.END_OBJECT) {
        throw new IOException("the answer to the bulk request is truncated");
      }
      if (json.nextToken() != null) {
        throw new IOException("the answer to the bulk request has trailing content");
      }
    } catch (JsonProcessingException e) {
      // Jackson's message quotes the answer, which may quote an event, and this message is logged.
      throw new IOException(
          "the answer to the bulk request is not valid JSON: " + e.getClass().getSimpleName(), e);
    }
    if (results.size() != expected) {
      throw new IOException(
          "the answer to the bulk request has "
              + results.size()
              + " items, but "
              + expected
              + " documents were sent");
    }
    read.assignById(ids);
    read.doubtShared();
    return SinkResult.of(results);
  }

  /** Assigns the results of documents that were not written by their ids. */
  private void assignById(IntFunction<String> ids) {
    List<Other> unordered = others;
    if (unordered == null
        || unordered.size() == 1
        || unordered.stream().anyMatch(other -> other.id.isEmpty())) {
      return;
    }
    Map<String, ItemResult> byId = new HashMap<>();
    for (Other other : unordered) {
      ItemResult result = results.get(other.position);
      byId.merge(other.id, result, (one, two) -> one.equals(two) ? one : NOT_NAMED);
    }
    for (Other other : unordered) {
      results.set(other.position, byId.getOrDefault(ids.apply(other.position), NOT_NAMED));
    }
  }

  /** If several documents have the same error, only one of them may be at fault. */
  private void doubtShared() {
    Map<ItemResult, Integer> counts = shared;
    if (counts == null) {
      return;
    }
    results.replaceAll(
        result ->
            result instanceof ItemResult.Failed failed && counts.getOrDefault(result, 0) > 1
                ? new ItemResult.Failed(FailureClass.UNCLEAR, failed.reason())
                : result);
  }

  /** Reads {@code {"create": {"status": …, "error": {…}}}} after its first brace. */
  private ItemResult item(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.FIELD_NAME || json.nextToken() != JsonToken.START_OBJECT) {
      throw new IOException("an item of the bulk answer does not say what became of a document");
    }
    ItemResult result = operation(json);
    if (json.nextToken() != JsonToken.END_OBJECT) {
      throw new IOException("an item of the bulk answer speaks of several operations");
    }
    return result;
  }

  private ItemResult operation(JsonParser json) throws IOException {
    int status = 0;
    String done = "";
    boolean inFailureStore = false;
    id.setLength(0);
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
      } else if (name.equals("result") && value == JsonToken.VALUE_STRING) {
        done = isText(json, NOOP) ? FailureTable.NOOP : ""; // other results need no distinction
      } else if (name.equals("_id") && value == JsonToken.VALUE_STRING) {
        id.append(json.getTextCharacters(), json.getTextOffset(), json.getTextLength());
      } else if (name.equals("failure_store") && value == JsonToken.VALUE_STRING) {
        inFailureStore = json.getText().equals("used");
      } else {
        json.skipChildren();
      }
    }
    String text = "";
    if (reason != null || inFailureStore || !FailureTable.written(status)) {
      text = status + (type.isEmpty() ? "" : " " + type) + (reason == null ? "" : reason);
    }
    ItemResult result = FailureTable.item(status, done, inFailureStore, type, text);
    if (reason != null && (result == ItemResult.WRITTEN || result == ItemResult.DROPPED)) {
      throw new IOException("an item of the bulk answer has both a success status and an error");
    }
    if (result != ItemResult.WRITTEN) {
      List<Other> all = others == null ? new ArrayList<>() : others;
      all.add(new Other(results.size(), id.toString()));
      others = all;
    }
    if (result instanceof ItemResult.Failed failed
        && failed.failureClass() == FailureClass.NEVER
        && FailureTable.mayBeShared(type, text)) {
      Map<ItemResult, Integer> counts = shared == null ? new HashMap<>() : shared;
      counts.merge(result, 1, Integer::sum);
      shared = counts;
    }
    return result;
  }

  /** Compares the current text without creating a string. */
  private static boolean isText(JsonParser json, char[] expected) throws IOException {
    char[] characters = json.getTextCharacters();
    int start = json.getTextOffset();
    int length = json.getTextLength();
    return Arrays.equals(characters, start, start + length, expected, 0, expected.length);
  }

  /** Reads an error, appends its reasons to the given one, and returns its type. */
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

  private static void append(StringBuilder reason, String words) {
    int request = words.indexOf(REQUEST);
    String text = request < 0 ? words : words.substring(0, request);
    int room = LONGEST_REASON - reason.length();
    if (room <= 0) {
      return;
    }
    int end = Math.min(text.length(), room);
    if (end > 0 && end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--; // keep surrogate pairs together
    }
    reason.append(": ").append(text, 0, end);
  }
}
