package dev.eventstream.server.publish;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.eventstream.Outcome;
import dev.eventstream.server.http.Answer;
import dev.eventstream.server.http.JsonBody;
import dev.eventstream.server.http.Problem;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/events}: accepts an object, an array or NDJSON, and answers {@code {"results":
 * […]}} in the order of the request.
 */
final class EventsDialect implements Dialect {

  /** {@code navigator.sendBeacon} sends strings as {@code text/plain}. */
  private static final Set<String> MEDIA_TYPES =
      Set.of(
          "application/json",
          "application/x-ndjson",
          "application/ndjson",
          "text/plain",
          "text/json");

  @Override
  public boolean takes(@Nullable String mediaType) {
    return mediaType == null || MEDIA_TYPES.contains(mediaType);
  }

  @Override
  public Answer answer(boolean array, List<Outcome> outcomes) {
    OutcomeTotals totals = OutcomeTotals.of(outcomes);
    int status = status(totals, outcomes.size());
    byte[] body =
        JsonBody.of(
            160 * outcomes.size() + 64,
            json -> {
              json.writeStartObject();
              if (status >= 400) {
                new Problem(status, detail(totals)).writeMembers(json);
              }
              json.writeArrayFieldStart("results");
              for (int i = 0; i < outcomes.size(); i++) {
                write(i, outcomes.get(i), json);
              }
              json.writeEndArray();
              json.writeEndObject();
            });
    return new Answer(
        status,
        status >= 400 ? Problem.CONTENT_TYPE : "application/json",
        body,
        totals.retryAfterSeconds());
  }

  private static int status(OutcomeTotals totals, int size) {
    if (totals.noneTakenNow()) {
      return 503;
    }
    if (totals.accepted() == 0 && size > 0) {
      return totals.rejectedStatus();
    }
    if (totals.accepted() < size) {
      return 207;
    }
    return totals.pending() > 0 ? 202 : 200;
  }

  private static String detail(OutcomeTotals totals) {
    if (totals.refused() > 0) {
      return "no event could be accepted now; send them again after the time in Retry-After";
    }
    return "none of the events is valid; each result names the reason";
  }

  private static void write(int position, Outcome outcome, JsonGenerator json) throws IOException {
    json.writeStartObject();
    if (outcome instanceof Outcome.Indexed a) {
      writeAccepted(json, "indexed", 201, a);
    } else if (outcome instanceof Outcome.Duplicate a) {
      writeAccepted(json, "duplicate", 200, a);
    } else if (outcome instanceof Outcome.Spooled a) {
      writeAccepted(json, "spooled", 202, a);
    } else if (outcome instanceof Outcome.DeadLettered a) {
      writeAccepted(json, "dead_lettered", 202, a);
      JsonBody.writeError(json, "dead_lettered", a.reason());
    } else if (outcome instanceof Outcome.Dropped d) {
      writeDocument(json, "dropped", 200, d.destination(), d.documentId(), d.eventId());
    } else if (outcome instanceof Outcome.Rejected r) {
      json.writeStringField("outcome", "rejected");
      json.writeNumberField("status", OutcomeTotals.status(r.code()));
      json.writeNumberField("position", position);
      if (r.offset() >= 0) {
        json.writeNumberField("offset", r.offset());
      }
      JsonBody.writeError(json, r.code().wireName(), r.reason());
    } else if (outcome instanceof Outcome.Refused r) {
      json.writeStringField("outcome", "refused");
      json.writeNumberField("status", 503);
      json.writeNumberField("retryAfter", OutcomeTotals.seconds(r));
      JsonBody.writeError(json, "refused", r.reason());
    }
    json.writeEndObject();
  }

  private static void writeAccepted(
      JsonGenerator json, String outcome, int status, Outcome.Accepted accepted)
      throws IOException {
    writeDocument(
        json, outcome, status, accepted.destination(), accepted.documentId(), accepted.eventId());
  }

  private static void writeDocument(
      JsonGenerator json,
      String outcome,
      int status,
      String index,
      String id,
      @Nullable String eventId)
      throws IOException {
    json.writeStringField("outcome", outcome);
    json.writeNumberField("status", status);
    json.writeStringField("index", index);
    json.writeStringField("id", id);
    if (eventId != null) {
      json.writeStringField("eventId", eventId);
    }
  }
}
