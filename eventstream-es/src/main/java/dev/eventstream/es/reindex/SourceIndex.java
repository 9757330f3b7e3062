package dev.eventstream.es.reindex;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.reindex.HitPage.Hit;
import dev.eventstream.es.request.IndexRequests;
import dev.eventstream.es.request.JsonRequests;
import java.io.IOException;
import java.util.Map;
import org.apache.hc.core5.http.ContentTooLongException;
import org.jspecify.annotations.Nullable;

/**
 * Reads an index in portions: the documents of a range of time, and at the end those without a
 * time. A portion is read with a scroll in the order of the index, which costs the engine the same
 * for each page; sorted by time, each page would cost as much as the whole index. Not thread-safe.
 */
final class SourceIndex {
  /** The position before the first portion. */
  static final long START = -1;

  /** The position after the last portion. */
  static final long END = Long.MAX_VALUE;

  private static final String KEEP = "5m";
  private static final Map<String, String> WHOLE = Map.of("allow_partial_search_results", "false");
  private static final Map<String, String> SCROLL =
      Map.of("allow_partial_search_results", "false", "scroll", KEEP);
  private static final String ALL = "{\"match_all\":{}}";
  private static final String RANDOM =
      "{\"function_score\":{\"query\":" + ALL + ",\"random_score\":{}}}";
  private static final String WITHOUT_TIME =
      "{\"bool\":{\"must_not\":{\"exists\":{\"field\":\"@timestamp\"}}}}";

  private final JsonRequests requests;
  private final String name;
  private final boolean isDated;
  private final int portionDocuments;
  private long width; // of the next portion, in milliseconds
  private long last = START; // the latest time when the first portion was read; later ones wait

  /**
   * A part of the index.
   *
   * @param query selects its documents
   * @param until the position after it: a time in milliseconds since 1970, or {@link #END}
   */
  record Portion(String query, long until) {}

  /** Reading failed for a reason that may pass. A portion must be read again from its start. */
  static final class ReadFailedException extends IOException {
    private static final long serialVersionUID = 1L;

    ReadFailedException(IOException cause) {
      super(cause.getMessage(), cause);
    }

    /** Returns the failure as one of this kind if it may pass. */
    static IOException classified(IOException failure) {
      boolean mayPass =
          !(failure instanceof ClusterRefusedException refused)
              || refused.status() == 429
              || refused.status() >= 500;
      return mayPass ? new ReadFailedException(failure) : failure;
    }

    /** Whether the answer was longer than the client accepts. */
    boolean isTooLong() {
      for (Throwable at = getCause(); at != null; at = at.getCause()) {
        if (at instanceof ContentTooLongException) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * Creates a reader.
   *
   * @param isDated whether {@code @timestamp} is a date in the mapping; otherwise all documents are
   *     one portion
   * @param portionDocuments how many documents a portion has at most, if their times differ
   */
  SourceIndex(JsonRequests requests, String name, boolean isDated, int portionDocuments) {
    this.requests = requests;
    this.name = name;
    this.isDated = isDated;
    this.portionDocuments = portionDocuments;
  }

  String name() {
    return name;
  }

  /** Returns documents at random, of which some may be the same. */
  HitPage sample(int documents) throws IOException, InterruptedException {
    String body = "{\"size\":" + documents + "," + times() + "\"query\":" + RANDOM + "}";
    return whole(page(path("_search"), WHOLE, body));
  }

  /** Returns the next portion that has documents; null: there is none. */
  @Nullable Portion after(long position) throws IOException, InterruptedException {
    if (position == END) {
      return null;
    }
    Portion portion = isDated ? dated(position) : new Portion(ALL, END);
    return count(portion.query) > 0 ? portion : after(portion.until);
  }

  private Portion dated(long position) throws IOException, InterruptedException {
    if (last == START) {
      JsonNode max = time("max", ALL);
      last = max.isNumber() ? Math.max(0, max.asLong()) : 0;
    }
    if (position < 0) {
      return new Portion(between(null, 0), 0); // engines differ in how they read times before 1970
    }
    JsonNode min = time("min", between(position, last + 1));
    if (!min.isNumber()) {
      return new Portion(WITHOUT_TIME, END);
    }
    long from = Math.max(position, min.asLong());
    width = width == 0 ? last + 1 - from : width;
    while (true) {
      long to = from + Math.max(1, Math.min(width, last + 1 - from));
      String query = between(from, to);
      long count = count(query);
      if (count > portionDocuments && to - from > 1) {
        width = (to - from) / 2;
        continue;
      }
      if (count < portionDocuments / 2) {
        width = 2 * (to - from);
      }
      return new Portion(query, to);
    }
  }

  /** Returns the smallest or largest time of the documents; not a number if they have none. */
  private JsonNode time(String minOrMax, String query) throws IOException, InterruptedException {
    String time = "{\"time\":{\"" + minOrMax + "\":{\"field\":\"@timestamp\"}}}";
    String body = "{\"size\":0,\"query\":" + query + ",\"aggs\":" + time + "}";
    return json(path("_search"), WHOLE, body).at("/aggregations/time/value");
  }

  private static String between(@Nullable Long from, long to) {
    String lower = from == null ? "" : "\"gte\":\"" + from + "\",";
    return "{\"range\":{\"@timestamp\":{"
        + lower
        + "\"lt\":\""
        + to
        + "\",\"format\":\"epoch_millis\"}}}";
  }

  private long count(String query) throws IOException, InterruptedException {
    JsonNode answer = json(path("_count"), Map.of(), "{\"query\":" + query + "}");
    JsonNode shards = answer.path("_shards");
    if (shards.path("total").asInt() != shards.path("successful").asInt()) {
      throw missingShards();
    }
    return answer.path("count").asLong();
  }

  /** Asks for the times as the engine understands them, in milliseconds. */
  private String times() {
    return isDated
        ? "\"docvalue_fields\":[{\"field\":\"@timestamp\",\"format\":\"epoch_millis\"}],"
        : "";
  }

  /** Begins to read a portion. */
  Pages pages(Portion portion, int pageDocuments) {
    return new Pages(portion, pageDocuments);
  }

  /** The pages of a portion. */
  final class Pages implements AutoCloseable {
    private final Portion portion;
    private final int pageDocuments;
    private @Nullable String scrollId; // null before the first page

    private Pages(Portion portion, int pageDocuments) {
      this.portion = portion;
      this.pageDocuments = pageDocuments;
    }

    /** Reads the next page; it is empty after the last one. */
    HitPage next() throws IOException, InterruptedException {
      HitPage page;
      if (scrollId == null) {
        String sort = ",\"sort\":[\"_doc\"],";
        String body =
            "{\"size\":" + pageDocuments + sort + times() + "\"query\":" + portion.query + "}";
        page = page(path("_search"), SCROLL, body);
      } else {
        String body = "{\"scroll\":\"" + KEEP + "\",\"scroll_id\":\"" + scrollId + "\"}";
        page = page("/_search/scroll", Map.of(), body);
      }
      scrollId = page.scrollId();
      return whole(page);
    }

    /** Frees what the engine keeps for the scroll. */
    @Override
    public void close() throws InterruptedException {
      if (scrollId != null) {
        try {
          String body = "{\"scroll_id\":[\"" + scrollId + "\"]}";
          requests.send("DELETE", "/_search/scroll", Map.of(), body);
        } catch (IOException e) {
          return; // the engine frees it after some minutes
        }
      }
    }
  }

  private HitPage whole(HitPage page) throws IOException {
    if (!page.isWhole()) {
      throw missingShards();
    }
    for (Hit hit : page.hits()) {
      if (hit.length() == 0) {
        throw new IOException(
            "the index " + name + " keeps no _source for " + hit.id() + "; it cannot be copied");
      }
    }
    return page;
  }

  private HitPage page(String path, Map<String, String> parameters, String body)
      throws IOException, InterruptedException {
    try {
      return HitPage.parse(requests.bytes("POST", path, parameters, body));
    } catch (ClusterRefusedException e) {
      // A scroll that the engine does not know any more is answered with 404.
      boolean isLost = e.status() == 404 && path.startsWith("/_search/");
      throw isLost ? new ReadFailedException(e) : ReadFailedException.classified(e);
    } catch (IOException e) {
      throw ReadFailedException.classified(e);
    }
  }

  private JsonNode json(String path, Map<String, String> parameters, String body)
      throws IOException, InterruptedException {
    try {
      return requests.send("POST", path, parameters, body);
    } catch (IOException e) {
      throw ReadFailedException.classified(e);
    }
  }

  private ReadFailedException missingShards() {
    return new ReadFailedException(new IOException("not all shards of " + name + " answered"));
  }

  private String path(String api) {
    return IndexRequests.path(name, api);
  }
}
