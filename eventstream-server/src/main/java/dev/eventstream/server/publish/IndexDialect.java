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
    switch (outcome.kind()) {
      // A duplicate gets the same answer as the first time.
      case INDEXED, DUPLICATE -> writeAccepted(json, outcome, "created");
      case SPOOLED -> writeAccepted(json, outcome, "spooled");
      case DEAD_LETTERED -> {
        writeAccepted(json, outcome, "dead_lettered");
        JsonBody.writeError(
            json, "dead_lettered", OutcomeTotals.kept((Outcome.DeadLettered) outcome));
      }
      case DROPPED -> {
        Outcome.Dropped dropped = (Outcome.Dropped) outcome;
        // the engine's term
        writeDocument(json, dropped.destination(), dropped.documentId(), "noop", dropped.eventId());
      }
      case REJECTED -> {
        Outcome.Rejected no = (Outcome.Rejected) outcome;
        writeError(json, no.code().wireName(), no.reason(), OutcomeTotals.status(no.code()));
      }
      case REFUSED -> writeError(json, "refused", ((Outcome.Refused) outcome).reason(), 503);
    }
    json.writeEndObject();
  }

  private static void writeAccepted(JsonGenerator json, Outcome outcome, String result)
      throws IOException {
    Outcome.Accepted accepted = (Outcome.Accepted) outcome;
    writeDocument(json, accepted.destination(), accepted.documentId(), result, accepted.eventId());
  }

  /** An event that the transformer dropped has neither index nor id. */
  private static void writeDocument(
      JsonGenerator json,
      @Nullable String index,
      @Nullable String id,
      String result,
      @Nullable String eventId)
      throws IOException {
    if (index != null && id != null) {
      json.writeStringField("_index", index);
      json.writeStringField("_type", "_doc");
      json.writeStringField("_id", id);
    }
    json.writeStringField("result", result);
    if (eventId != null) {
      json.writeStringField("eventId", eventId);
    }
  }

  private static void writeError(JsonGenerator json, String type, String reason, int status)
      throws IOException {
    JsonBody.writeError(json, type, reason);
    json.writeNumberField("status", status);
  }
}
