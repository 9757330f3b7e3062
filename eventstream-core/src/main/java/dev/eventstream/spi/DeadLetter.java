package dev.eventstream.spi;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A document that no index can take, and why.
 *
 * @param document the document, with the destination and id that it was to have
 * @param reason the engine's own words
 * @param firstAttempt when it was first tried
 * @param lastAttempt when it was last tried
 */
public record DeadLetter(
    Document document, String reason, Instant firstAttempt, Instant lastAttempt) {
  private static final JsonFactory JSON = new JsonFactory();

  /**
   * Checks that all are there.
   *
   * @param document the document
   * @param reason the engine's own words
   * @param firstAttempt when it was first tried
   * @param lastAttempt when it was last tried
   */
  public DeadLetter {
    requireNonNull(document, "document");
    requireNonNull(reason, "reason");
    requireNonNull(firstAttempt, "firstAttempt");
    requireNonNull(lastAttempt, "lastAttempt");
  }

  /**
   * The event type of the document.
   *
   * @return its {@code eventType}, or null where it has none
   */
  public @Nullable String eventType() {
    try (JsonParser json = JSON.createParser(document.source())) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        if (name.equals("eventType")) {
          return json.getValueAsString();
        }
        json.skipChildren();
      }
      return null;
    } catch (IOException e) {
      return null; // a transformer of one's own may have written anything
    }
  }

  /**
   * Those of an event type.
   *
   * @param eventType the type
   * @return a filter
   */
  public static Predicate<DeadLetter> ofType(String eventType) {
    return letter -> eventType.equals(letter.eventType());
  }

  /**
   * Those whose reason has a text in it, in whatever case.
   *
   * @param text for example {@code mapper_parsing_exception}
   * @return a filter
   */
  public static Predicate<DeadLetter> withReason(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return letter -> letter.reason.toLowerCase(Locale.ROOT).contains(lower);
  }

  /**
   * The one of a document; several, where the same id is used in several indices.
   *
   * @param documentId the document's id
   * @return a filter
   */
  public static Predicate<DeadLetter> withId(String documentId) {
    return letter -> documentId.equals(letter.document.id());
  }
}
