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
    switch (outcome.kind()) {
      case INDEXED -> writeAccepted(json, "indexed", 201, outcome);
      case DUPLICATE -> writeAccepted(json, "duplicate", 200, outcome);
      case SPOOLED -> writeAccepted(json, "spooled", 202, outcome);
      case DEAD_LETTERED -> {
        writeAccepted(json, "dead_lettered", 202, outcome);
        JsonBody.writeError(
            json, "dead_lettered", OutcomeTotals.kept((Outcome.DeadLettered) outcome));
      }
      case DROPPED -> {
        Outcome.Dropped dropped = (Outcome.Dropped) outcome;
        writeDocument(
            json, "dropped", 200, dropped.destination(), dropped.documentId(), dropped.eventId());
      }
      case REJECTED -> writeRejected(json, position, (Outcome.Rejected) outcome);
      case REFUSED -> {
        Outcome.Refused refused = (Outcome.Refused) outcome;
        json.writeStringField("outcome", "refused");
        json.writeNumberField("status", 503);
        json.writeNumberField("retryAfter", OutcomeTotals.seconds(refused));
        JsonBody.writeError(json, "refused", refused.reason());
      }
    }
    json.writeEndObject();
  }

  private static void writeRejected(JsonGenerator json, int position, Outcome.Rejected rejected)
      throws IOException {
    json.writeStringField("outcome", "rejected");
    json.writeNumberField("status", OutcomeTotals.status(rejected.code()));
    json.writeNumberField("position", position);
    if (rejected.offset() >= 0) {
      json.writeNumberField("offset", rejected.offset());
    }
    JsonBody.writeError(json, rejected.code().wireName(), rejected.reason());
  }

  private static void writeAccepted(JsonGenerator json, String name, int status, Outcome outcome)
      throws IOException {
    Outcome.Accepted accepted = (Outcome.Accepted) outcome;
    writeDocument(
        json, name, status, accepted.destination(), accepted.documentId(), accepted.eventId());
  }

  /** An event that the transformer dropped has neither index nor id. */
  private static void writeDocument(
      JsonGenerator json,
      String outcome,
      int status,
      @Nullable String index,
      @Nullable String id,
      @Nullable String eventId)
      throws IOException {
    json.writeStringField("outcome", outcome);
    json.writeNumberField("status", status);
    if (index != null && id != null) {
      json.writeStringField("index", index);
      json.writeStringField("id", id);
    }
    if (eventId != null) {
      json.writeStringField("eventId", eventId);
    }
  }
}
