package dev.eventstream.server.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.Redriven;
import dev.eventstream.server.http.RequestErrorException;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A redrive or a purge of dead letters, with its progress. Thread-safe. */
final class Job {
  /** What a job does. */
  enum Kind {
    REDRIVE,
    PURGE;

    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How far a job is. */
  enum State {
    RUNNING,
    /** It stops after the portion that is under way. */
    CANCELLING,
    DONE,
    FAILED,
    CANCELLED,
    /** The server ended before the job did. */
    INTERRUPTED;

    boolean ended() {
      return this != RUNNING && this != CANCELLING;
    }

    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The remedy for a job that ended early. */
  static final String AGAIN =
      "start it again: letters whose documents have arrived are gone, or are recognised";

  private static final Redriven NONE = new Redriven(0, 0, 0, 0);

  final String id;
  final Kind kind;
  final LetterFilter filter;
  final long limit;
  final boolean dryRun;
  private final Instant startedAt;

  @GuardedBy("this") private State state = State.RUNNING;

  @GuardedBy("this") private long total = -1;

  @GuardedBy("this") private Redriven redriven = NONE;

  @GuardedBy("this") private long removed;

  @GuardedBy("this") private @Nullable Instant endedAt;

  @GuardedBy("this") private @Nullable String error;

  Job(String id, Kind kind, LetterFilter filter, long limit, boolean dryRun, Instant startedAt) {
    this.id = id;
    this.kind = kind;
    this.filter = filter;
    this.limit = limit;
    this.dryRun = dryRun;
    this.startedAt = startedAt;
  }

  synchronized State state() {
    return state;
  }

  synchronized void total(long letters) {
    total = letters;
  }

  synchronized void progress(Redriven soFar) {
    redriven = soFar;
  }

  synchronized void removed(long letters) {
    removed = letters;
  }

  /** Whether the job is asked to stop now; false: it has ended. */
  synchronized boolean cancel() {
    if (state.ended()) {
      return false;
    }
    state = State.CANCELLING;
    return true;
  }

  /** Ends the job, unless it has ended. */
  synchronized void end(State how, @Nullable String reason, Instant when) {
    if (!state.ended()) {
      state = how;
      error = reason;
      endedAt = when;
    }
  }

  /** Writes an object with the member {@code jobs}. */
  static void write(List<Job> jobs, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeArrayFieldStart("jobs");
    for (Job job : jobs) {
      job.write(json);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  synchronized void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", id);
    json.writeStringField("kind", kind.wireName());
    json.writeStringField("state", state.wireName());
    json.writeBooleanField("dryRun", dryRun);
    json.writeFieldName("filter");
    filter.write(json);
    if (limit != Long.MAX_VALUE) {
      json.writeNumberField("limit", limit);
    }
    if (total >= 0) {
      json.writeNumberField("total", total);
    }
    json.writeNumberField("tried", redriven.tried());
    json.writeNumberField("indexed", redriven.arrived());
    json.writeNumberField("kept", redriven.dead());
    json.writeNumberField("failed", redriven.notNow());
    json.writeNumberField("removed", removed);
    json.writeStringField("startedAt", startedAt.toString());
    if (endedAt != null) {
      json.writeStringField("endedAt", endedAt.toString());
    }
    if (error != null) {
      json.writeStringField("error", error);
    }
    json.writeEndObject();
  }

  /**
   * Reads a job of an earlier process.
   *
   * @throws IllegalArgumentException if this is no job
   */
  static Job read(JsonNode json) {
    try {
      Job job =
          new Job(
              json.path("id").asText(),
              Kind.valueOf(json.path("kind").asText().toUpperCase(Locale.ROOT)),
              LetterFilter.of(name -> json.path("filter").path(name).textValue(), Instant.now()),
              json.path("limit").asLong(Long.MAX_VALUE),
              json.path("dryRun").asBoolean(),
              Instant.parse(json.path("startedAt").asText()));
      State known = State.valueOf(json.path("state").asText().toUpperCase(Locale.ROOT));
      JsonNode ended = json.path("endedAt");
      synchronized (job) {
        job.total = json.path("total").asLong(-1);
        job.redriven =
            new Redriven(
                json.path("tried").asLong(),
                json.path("indexed").asLong(),
                json.path("kept").asLong(),
                json.path("failed").asLong());
        job.removed = json.path("removed").asLong();
        job.endedAt = ended.isMissingNode() ? null : Instant.parse(ended.asText());
        job.error = json.path("error").textValue();
        job.state = known;
        if (!known.ended()) {
          job.state = State.INTERRUPTED;
          job.error = "the server ended before the job did; " + AGAIN;
        }
      }
      return job;
    } catch (DateTimeException | RequestErrorException e) {
      throw new IllegalArgumentException("a value of a job is not valid", e);
    }
  }
}
