package dev.eventstream.es.bulk;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.es.index.Generation;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.IndexPattern;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.opensearch.generic.Bodies;
import org.opensearch.client.opensearch.generic.Request;
import org.opensearch.client.opensearch.generic.Requests;

/**
 * Finds documents that may be in another index already: a client repeats a request with its own
 * ids, and the index has changed since the first attempt. Immutable.
 *
 * <ul>
 *   <li>By date: only a document with a time of acceptance soon after the change, and with an id
 *       that is not newer than the change, is looked up in the index of the period before.
 *   <li>By size: while servers may still disagree about the generation, and for a time after that,
 *       documents are looked up in both.
 * </ul>
 */
public final class Repeats {
  private static final String TIMESTAMP = ",\"@timestamp\":\"";
  private static final byte[] TIMESTAMP_BYTES = TIMESTAMP.getBytes(US_ASCII);
  private static final int MOMENT = "2026-01-31T08:15:30.123Z".length();
  private static final int SUFFIX = TIMESTAMP.length() + MOMENT + "\"}".length();
  private static final long NONE = Long.MIN_VALUE;
  private static final int UUID = 36;

  /** Errors of an index that has no document, or that may not be read. */
  private static final Set<String> IS_NOT_THERE =
      Set.of("index_not_found_exception", "index_closed_exception", "security_exception");

  private static final ObjectMapper MAPPER = JsonMapper.builder().build();
  private static final JsonFactory JSON = MAPPER.getFactory();

  private final IndexPattern pattern;
  private final long windowMillis;
  private final @Nullable Generations generations; // null: each index has one

  /**
   * Looks documents up.
   *
   * @param window the time after a change by date
   */
  public Repeats(IndexPattern pattern, Duration window, @Nullable Generations generations) {
    this.pattern = pattern;
    this.windowMillis = window.toMillis();
    this.generations = generations;
  }

  /** The generations of indices that have changed recently. Thread-safe. */
  public interface Generations {
    /** Returns whether {@link #others} has a result for any index; called for each request. */
    boolean haveChanged();

    /** Returns the indices in which documents for this one may be as well. */
    List<Other> others(String destination);

    /** Returns the present generation of an index. */
    String current(String index);
  }

  /**
   * Another generation.
   *
   * @param idsUntil a UUIDv7 that was made at this time or later cannot be there; in milliseconds
   *     since 1970
   */
  public record Other(String index, long idsUntil) {}

  /** The documents of a request that have to be looked up, and the indices where they may be. */
  public record Lookup(DocumentBatch documents, List<Candidate> candidates) {
    public boolean isEmpty() {
      return candidates.isEmpty();
    }
  }

  /** A document at a position of a request, and another index in which it may be. */
  record Candidate(int position, String id, String otherIndex) {}

  /** Selects the documents to look up; none of nearly every request. */
  public Lookup in(DocumentBatch documents) {
    List<Candidate> candidates = new ArrayList<>(0);
    DocumentBatch.Cursor cursor = documents.cursor();
    int stamp = -1; // where the time is that the three fields below belong to
    long accepted = 0;
    long periodStart = 0;
    boolean inWindow = false;
    Generations changed = generations != null && generations.haveChanged() ? generations : null;
    for (int i = 0; cursor.next(); i++) {
      if (changed != null) {
        for (Other other : changed.others(cursor.destination())) {
          if (!isNewer(cursor.buffer(), cursor.idStart(), cursor.idEnd(), other.idsUntil)) {
            candidates.add(new Candidate(i, cursor.id(), other.index));
          }
        }
      }
      byte[] bytes = cursor.buffer();
      int own = cursor.sourceEnd() - SUFFIX;
      if (own < cursor.sourceStart()) {
        continue;
      }
      if (stamp < 0 || !Arrays.equals(bytes, own, own + SUFFIX, bytes, stamp, stamp + SUFFIX)) {
        stamp = own;
        accepted = timeOfAcceptance(bytes, own);
        boolean isKnown = accepted != NONE;
        periodStart = isKnown ? pattern.period(accepted).start() : 0;
        inWindow = isKnown && accepted - periodStart < windowMillis;
      }
      if (inWindow && !isNewer(bytes, cursor.idStart(), cursor.idEnd(), periodStart)) {
        String previous = previous(cursor.destination(), accepted);
        if (previous != null) {
          candidates.add(new Candidate(i, cursor.id(), previous));
        }
      }
    }
    return new Lookup(documents, candidates);
  }

  /** Returns the index that had the same role in the period before; null if there is none. */
  private @Nullable String previous(String destination, long accepted) {
    if (generations == null) {
      return pattern.previous(destination, accepted);
    }
    String index = Generation.read(destination).map(Generation::index).orElse(destination);
    String previous = pattern.previous(index, accepted);
    return previous == null ? null : generations.current(previous);
  }

  /** Reads the time that the stream has appended to an event without an own one. */
  private static long timeOfAcceptance(byte[] bytes, int start) {
    int moment = start + TIMESTAMP_BYTES.length;
    if (!Arrays.equals(bytes, start, moment, TIMESTAMP_BYTES, 0, TIMESTAMP_BYTES.length)) {
      return NONE;
    }
    try {
      return Instant.parse(new String(bytes, moment, MOMENT, US_ASCII)).toEpochMilli();
    } catch (DateTimeException e) {
      return NONE;
    }
  }

  /** Returns whether an id is a UUIDv7 that was made at this time or later. */
  private static boolean isNewer(byte[] bytes, int start, int end, long time) {
    if (end - start != UUID || bytes[start + 14] != '7') {
      return false;
    }
    long millis = 0;
    for (int i = 0; i < 13; i++) {
      if (i != 8) {
        int digit = Character.digit(bytes[start + i], 16);
        if (digit < 0) {
          return false;
        }
        millis = millis << 4 | digit;
      }
    }
    return millis >= time;
  }

  /** Builds the request that looks the documents up. */
  public static Request request(Lookup lookup, boolean mappingType) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(body)) {
      json.writeStartObject();
      json.writeArrayFieldStart("docs");
      for (Candidate candidate : lookup.candidates()) {
        json.writeStartObject();
        json.writeStringField("_index", candidate.otherIndex);
        if (mappingType) {
          json.writeStringField("_type", "_doc");
        }
        json.writeStringField("_id", candidate.id);
        json.writeBooleanField("_source", false);
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Requests.builder()
        .method("POST")
        .endpoint("/_mget")
        .query(Map.of("filter_path", "docs._id,docs.found,docs.error.type"))
        .body(Bodies.json(body.toString(UTF_8)))
        .build();
  }

  /**
   * Reads the answer.
   *
   * @return for each candidate: a duplicate, a failure, or null if it is to be written
   */
  public static Found read(Lookup lookup, InputStream answer) throws IOException {
    JsonNode docs = MAPPER.readTree(answer).path("docs");
    if (docs.size() != lookup.candidates().size()) {
      throw new IOException(
          "the answer to the lookup has "
              + docs.size()
              + " documents, but "
              + lookup.candidates().size()
              + " were looked up");
    }
    ItemResult[] known = new ItemResult[lookup.documents().size()];
    for (int i = 0; i < docs.size(); i++) {
      int position = lookup.candidates().get(i).position();
      String error = docs.get(i).at("/error/type").asText("");
      if (docs.get(i).path("found").asBoolean(false)) {
        known[position] = ItemResult.DUPLICATE;
      } else if (known[position] == null && !error.isEmpty() && !IS_NOT_THERE.contains(error)) {
        known[position] =
            new ItemResult.Failed(
                FailureClass.RETRY,
                "cannot look up whether it is in "
                    + lookup.candidates().get(i).otherIndex()
                    + ": "
                    + error);
      }
    }
    return new Found(lookup.documents(), known);
  }

  /** What is known of the documents of a request before it is sent. */
  public static final class Found {
    private final DocumentBatch documents;
    private final ItemResult[] known; // null: to be written
    private final int[] unknown; // the positions of documents to write

    private Found(DocumentBatch documents, ItemResult[] known) {
      this.documents = documents;
      this.known = known;
      this.unknown = IntStream.range(0, known.length).filter(i -> known[i] == null).toArray();
    }

    /** Nothing is known, because the documents could not be looked up. */
    public static Found nothing(Lookup lookup) {
      return new Found(lookup.documents(), new ItemResult[lookup.documents().size()]);
    }

    /** Returns whether there is nothing to write. */
    public boolean isComplete() {
      return unknown.length == 0;
    }

    /** Returns the result if there is nothing to write. */
    public SinkResult complete() {
      return SinkResult.of(List.of(known));
    }

    /** Returns the documents to write. */
    public DocumentBatch toWrite() {
      return unknown.length == known.length ? documents : documents.select(unknown);
    }

    /** Returns the result of all documents, given that of those written. */
    public SinkResult with(SinkResult ofWritten) {
      if (unknown.length == known.length) {
        return ofWritten;
      }
      if (ofWritten.requestFailed()) {
        return SinkResult.all(known.length, ofWritten.get(0)); // all are looked up again
      }
      ItemResult[] all = known.clone();
      for (int i = 0; i < unknown.length; i++) {
        all[unknown[i]] = ofWritten.get(i);
      }
      return SinkResult.of(List.of(all));
    }
  }
}
