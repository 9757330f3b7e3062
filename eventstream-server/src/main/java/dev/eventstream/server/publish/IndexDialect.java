package dev.eventstream.server.publish;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.eventstream.Outcome;
import dev.eventstream.server.http.Answer;
import dev.eventstream.server.http.JsonBody;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /}, compatible with the predecessor: accepts any content type, answers an object with
 * an object like the engine's index response, and an array with an array.
 */
final class IndexDialect implements Dialect {

  @Override
  public boolean takes(@Nullable String mediaType) {
    return true;
  }

  @Override
  public Answer answer(boolean array, List<Outcome> outcomes) {
    byte[] body =
        JsonBody.of(
            160 * outcomes.size(),
            json -> {
              if (array) {
                json.writeStartArray();
              }
              for (Outcome outcome : outcomes) {
                write(outcome, json);
              }
              if (array) {
                json.writeEndArray();
              }
            });
    OutcomeTotals totals = OutcomeTotals.of(outcomes);
    int status = 200;
    if (totals.noneTakenNow()) {
      status = 503;
    } else if (totals.accepted() == 0 && totals.rejected() > 0) {
      status = totals.rejectedStatus();
    }
    long retryAfter = status == 503 ? totals.retryAfterSeconds() : 0;
    return new Answer(status, "application/json", body, retryAfter);
  }

  private static void write(Outcome outcome, JsonGenerator json) throws IOException {
    json.writeStartObject();
    if (outcome instanceof Outcome.Rejected r) {
      writeError(json, r.code().wireName(), r.reason(), OutcomeTotals.status(r.code()));
    } else if (outcome instanceof Outcome.Refused r) {
      writeError(json, "refused", r.reason(), 503);
    } else if (outcome instanceof Outcome.Dropped d) {
      // the engine's term
      writeDocument(json, d.destination(), d.documentId(), "noop", d.eventId());
    } else if (outcome instanceof Outcome.Accepted a) {
      writeDocument(json, a.destination(), a.documentId(), result(a), a.eventId());
      if (a instanceof Outcome.DeadLettered d) {
        JsonBody.writeError(json, "dead_lettered", d.reason());
      }
    }
    json.writeEndObject();
  }

  private static void writeDocument(
      JsonGenerator json, String index, String id, String result, @Nullable String eventId)
      throws IOException {
    json.writeStringField("_index", index);
    json.writeStringField("_type", "_doc");
    json.writeStringField("_id", id);
    json.writeStringField("result", result);
    if (eventId != null) {
      json.writeStringField("eventId", eventId);
    }
  }

  private static String result(Outcome.Accepted accepted) {
    if (accepted instanceof Outcome.DeadLettered) {
      return "dead_lettered";
    }
    // A duplicate gets the same answer as the first time.
    return accepted instanceof Outcome.Spooled ? "spooled" : "created";
  }

  private static void writeError(JsonGenerator json, String type, String reason, int status)
      throws IOException {
    JsonBody.writeError(json, type, reason);
    json.writeNumberField("status", status);
  }
}
