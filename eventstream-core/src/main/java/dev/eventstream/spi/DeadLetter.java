package dev.eventstream.spi;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A document that no index can accept, and the reason.
 *
 * @param document the document with its intended destination and ID
 * @param reason the engine's message
 * @param firstAttempt when it was first tried
 * @param lastAttempt when it was last tried
 */
public record DeadLetter(
    Document document, String reason, Instant firstAttempt, Instant lastAttempt) {

  public DeadLetter {
    requireNonNull(document, "document");
    requireNonNull(reason, "reason");
    requireNonNull(firstAttempt, "firstAttempt");
    requireNonNull(lastAttempt, "lastAttempt");
  }

  /** Returns the document's {@code eventType}, or null if it has none. */
  public @Nullable String eventType() {
    return document.eventType();
  }

  /** Returns a filter for the letters of an event type. */
  public static Predicate<DeadLetter> ofType(String eventType) {
    return letter -> eventType.equals(letter.eventType());
  }

  /**
   * Returns a filter for the letters whose reason contains a text, ignoring case.
   *
   * @param text for example {@code mapper_parsing_exception}
   */
  public static Predicate<DeadLetter> withReason(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return letter -> letter.reason.toLowerCase(Locale.ROOT).contains(lower);
  }

  /**
   * Returns a filter for the letters of a document ID. Several letters match if several indices use
   * the ID.
   */
  public static Predicate<DeadLetter> withId(String documentId) {
    return letter -> documentId.equals(letter.document.id());
  }

  /** Returns a filter for the letters that were first tried at a time or later. */
  public static Predicate<DeadLetter> since(Instant time) {
    return letter -> !letter.firstAttempt.isBefore(time);
  }

  /** Returns a filter for the letters that were first tried before a time. */
  public static Predicate<DeadLetter> until(Instant time) {
    return letter -> letter.firstAttempt.isBefore(time);
  }
}
