package dev.eventstream.server.health;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.eventstream.observe.Backlog;
import dev.eventstream.observe.StreamState;
import dev.eventstream.observe.StuckDestination;
import dev.eventstream.spi.SpoolState;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Writes the state of a stream as members of a JSON object. */
public final class StateJson {
  private static final int MAX_STUCK = 100; // the list's limit

  private StateJson() {}

  /** Writes stuck indices, spool, dead letters, and what is in flight. */
  public static void write(StreamState state, JsonGenerator json) throws IOException {
    writeStuck(json, state.stuckDestinations());
    if (state.backlog() != null) {
      writeSpool(json, state.backlog());
      json.writeObjectFieldStart("deadLetters");
      json.writeNumberField("documents", state.deadLetters());
      json.writeNumberField("diskBytes", state.deadLetterBytes());
      json.writeEndObject();
    }
    json.writeObjectFieldStart("inFlight");
    json.writeNumberField("bytes", state.inFlightBytes());
    json.writeNumberField("maxBytes", state.maxInFlightBytes());
    json.writeNumberField("requests", state.inFlightRequests());
    json.writeNumberField("queuedDocuments", state.queuedDocuments());
    json.writeEndObject();
  }

  private static void writeStuck(JsonGenerator json, List<StuckDestination> stuck)
      throws IOException {
    json.writeArrayFieldStart("stuckIndices");
    for (StuckDestination one : stuck.subList(0, Math.min(MAX_STUCK, stuck.size()))) {
      json.writeStartObject();
      json.writeStringField("index", one.destination());
      json.writeStringField("since", one.since().truncatedTo(ChronoUnit.SECONDS).toString());
      json.writeStringField("reason", one.reason());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeSpool(JsonGenerator json, Backlog backlog) throws IOException {
    SpoolState spool = backlog.spool();
    json.writeObjectFieldStart("spool");
    json.writeNumberField("documents", spool.documents());
    json.writeNumberField("bytes", spool.bytes());
    json.writeNumberField("diskBytes", spool.diskBytes());
    json.writeNumberField("maxDiskBytes", spool.maxDiskBytes());
    json.writeNumberField("oldestAgeSeconds", backlog.oldestAge().toSeconds());
    json.writeNumberField(
        "replayedPerSecond", Math.round(10 * backlog.documentsPerSecond()) / 10.0);
    Duration left = backlog.timeLeft();
    if (left != null) {
      json.writeNumberField("secondsLeft", left.toSeconds());
    }
    if (spool.refusal() != null) {
      json.writeStringField("refusal", spool.refusal());
    }
    json.writeNumberField("damagedFiles", spool.damaged().size());
    json.writeEndObject();
  }
}
