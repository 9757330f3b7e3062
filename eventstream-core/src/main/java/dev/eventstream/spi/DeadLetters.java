package dev.eventstream.spi;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The documents that can never be written, kept on disk until an operator handles them. There is at
 * most one letter for each destination and ID: a letter added again replaces the earlier one and
 * keeps the time of its first attempt.
 *
 * <p>To retry letters after the mapping was fixed, use {@code EventStream.redrive}. Thread-safe.
 */
public interface DeadLetters {

  /**
   * Stores letters.
   *
   * @param letters at least one
   * @return completes after an fsync; completes exceptionally if there is no room or the disk
   *     fails, with the reason and the remedy as the message, and no letter is stored then
   */
  CompletionStage<Void> add(List<DeadLetter> letters);

  /**
   * Passes the letters to a consumer, oldest first, reading one at a time from disk. Letters that
   * are added or removed meanwhile may or may not be included.
   *
   * @param filter see {@link DeadLetter#ofType}, {@link DeadLetter#withReason}, {@link
   *     DeadLetter#withId}
   * @throws IOException if the disk fails
   */
  void forEach(Predicate<? super DeadLetter> filter, Consumer<? super DeadLetter> consumer)
      throws IOException;

  /**
   * Writes letters as NDJSON. Each line is an object with {@code index}, {@code id}, {@code
   * eventId}, {@code reason}, {@code firstAttempt}, {@code lastAttempt} (ISO-8601) and {@code
   * document}, which is the unchanged document.
   *
   * @param out not closed
   * @return the number of letters written
   * @throws IOException if the disk or {@code out} fails
   */
  long export(Predicate<? super DeadLetter> filter, OutputStream out) throws IOException;

  /**
   * Removes letters permanently.
   *
   * @return the number of letters removed
   * @throws IOException if the disk fails; some letters may have been removed
   */
  long purge(Predicate<? super DeadLetter> filter) throws IOException;

  /**
   * Removes letters whose documents have arrived.
   *
   * @param letters letters that no longer exist are ignored, and so are those that were added again
   *     since, that is, with a different time of the last attempt
   * @throws IOException if the disk fails
   */
  void remove(List<DeadLetter> letters) throws IOException;

  /** Returns the number of letters. */
  long count();

  /** Returns the size of the letters' files on disk in bytes. */
  long diskBytes();
}
