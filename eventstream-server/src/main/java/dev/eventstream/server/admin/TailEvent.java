package dev.eventstream.server.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.eventstream.observe.PublishedEvent;
import dev.eventstream.observe.SpoolExit;
import dev.eventstream.spi.DocumentBatch;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An event as viewers see it, without its contents.
 *
 * @param at when its outcome was known
 * @param source {@code published}, or {@code spool}: it has left the spool
 */
record TailEvent(
    Instant at,
    String source,
    String outcome,
    @Nullable String index,
    @Nullable String id,
    @Nullable String type,
    @Nullable String reason) {
  private static final int MAX_TEXT = 500; // bounds the memory of viewers

  static TailEvent of(PublishedEvent event, Instant at) {
    return new TailEvent(
        at,
        "published",
        wireName(event.result()),
        event.destination(),
        event.documentId(),
        cut(event.eventType()),
        cut(event.reason()));
  }

  /** A document that has left the spool. */
  static TailEvent of(DocumentBatch.Cursor document, SpoolExit exit, Instant at) {
    return new TailEvent(
        at,
        "spool",
        wireName(exit),
        document.destination(),
        document.id(),
        cut(document.eventType()),
        null);
  }

  private static @Nullable String cut(@Nullable String text) {
    return text == null || text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }

  /** The name of an outcome in JSON, such as {@code dead_lettered}. */
  static String wireName(Enum<?> outcome) {
    return outcome.name().toLowerCase(Locale.ROOT);
  }

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("at", at.toString());
    json.writeStringField("source", source);
    json.writeStringField("outcome", outcome);
    write(json, "index", index);
    write(json, "id", id);
    write(json, "type", type);
    write(json, "reason", reason);
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String name, @Nullable String value)
      throws IOException {
    if (value != null) {
      json.writeStringField(name, value);
    }
  }
}
