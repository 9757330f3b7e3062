package dev.eventstream.es.reindex;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The documents in the answer to a search, with their sources as the bytes that the engine sent. No
 * source becomes a tree, so that numbers, spaces and repeated members stay as they are.
 *
 * @param scrollId continues a scroll; empty if there is none
 * @param isWhole whether all shards answered; otherwise documents are missing
 */
record HitPage(String scrollId, boolean isWhole, List<Hit> hits) {
  /** Engines accept comments in documents, and numbers, names and texts of any length. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  /**
   * A document.
   *
   * @param routing null: none of its own
   * @param millis its {@code @timestamp} in milliseconds since 1970, as the engine understands it;
   *     null: the index has none for it
   * @param eventType null: there is none, or it is not a text
   * @param answer contains the source
   * @param start where the source starts
   * @param end where the source ends, exclusive; equal to the start if the index keeps no sources
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Hit(
      String id,
      @Nullable String routing,
      @Nullable Long millis,
      @Nullable String eventType,
      byte[] answer,
      int start,
      int end) {
    int length() {
      return end - start;
    }
  }

  /**
   * Reads an answer.
   *
   * @throws IOException if it is not the answer to a search
   */
  static HitPage parse(byte[] answer) throws IOException {
    String scrollId = "";
    boolean isWhole = true;
    List<Hit> hits = new ArrayList<>();
    try (JsonParser json = JSON.createParser(answer)) {
      begin(json.nextToken());
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        JsonToken value = json.nextToken();
        if (name.equals("_scroll_id")) {
          scrollId = json.getText();
        } else if (name.equals("timed_out")) {
          isWhole &= value != JsonToken.VALUE_TRUE;
        } else if (name.equals("_shards") && value == JsonToken.START_OBJECT) {
          isWhole &= allAnswered(json);
        } else if (name.equals("hits") && value == JsonToken.START_OBJECT) {
          readHits(json, answer, hits);
        } else {
          json.skipChildren();
        }
      }
    }
    return new HitPage(scrollId, isWhole, hits);
  }

  /** The size of the largest source in bytes; 0 if there is no document. */
  int largest() {
    return hits.stream().mapToInt(Hit::length).max().orElse(0);
  }

  private static void begin(@Nullable JsonToken token) throws IOException {
    if (token != JsonToken.START_OBJECT) {
      throw new IOException("the answer to the search is not a JSON object");
    }
  }

  private static boolean allAnswered(JsonParser json) throws IOException {
    int total = 0;
    int successful = 0;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      if (name.equals("total")) {
        total = json.getIntValue();
      } else if (name.equals("successful")) {
        successful = json.getIntValue();
      } else {
        json.skipChildren();
      }
    }
    return total == successful;
  }

  private static void readHits(JsonParser json, byte[] answer, List<Hit> hits) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      boolean isList = json.currentName().equals("hits");
      if (json.nextToken() == JsonToken.START_ARRAY && isList) {
        while (json.nextToken() == JsonToken.START_OBJECT) {
          hits.add(hit(json, answer));
        }
      } else {
        json.skipChildren();
      }
    }
  }

  private static Hit hit(JsonParser json, byte[] answer) throws IOException {
    String id = "";
    String routing = null;
    Long millis = null;
    String eventType = null;
    int start = 0;
    int end = 0;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      JsonToken value = json.nextToken();
      if (name.equals("_id")) {
        id = json.getText();
      } else if (name.equals("_routing")) {
        routing = json.getText();
      } else if (name.equals("_source") && value == JsonToken.START_OBJECT) {
        start = (int) json.currentTokenLocation().getByteOffset();
        eventType = eventType(json);
        end = (int) json.currentLocation().getByteOffset();
      } else if (name.equals("fields") && value == JsonToken.START_OBJECT) {
        millis = timestamp(json);
      } else {
        json.skipChildren();
      }
    }
    return new Hit(id, routing, millis, eventType, answer, start, end);
  }

  /** Steps over a source. */
  private static @Nullable String eventType(JsonParser json) throws IOException {
    String eventType = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      boolean isType = json.currentName().equals("eventType");
      if (json.nextToken() == JsonToken.VALUE_STRING && isType) {
        eventType = json.getText();
      } else {
        json.skipChildren();
      }
    }
    return eventType;
  }

  /** Reads the first of the values that the engine has indexed. */
  private static @Nullable Long timestamp(JsonParser json) throws IOException {
    Long millis = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      boolean isTimestamp = json.currentName().equals("@timestamp");
      if (json.nextToken() == JsonToken.START_ARRAY && isTimestamp) {
        while (json.nextToken() != JsonToken.END_ARRAY) {
          if (millis == null) {
            // with a fraction if the field has nanoseconds
            millis = new BigDecimal(json.getText()).setScale(0, RoundingMode.FLOOR).longValue();
          }
        }
      } else {
        json.skipChildren();
      }
    }
    return millis;
  }
}
