package dev.eventstream.spi;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The documents that can never be written, kept on disk until somebody has looked at them. There is
 * one for each destination and id: adding it again takes the place of the earlier one, with the
 * time of its first attempt.
 *
 * <p>To try them again, after the mapping was mended: {@code EventStream.redrive}. Thread-safe.
 */
public interface DeadLetters {

  /**
   * Keeps documents.
   *
   * @param letters at least one
   * @return done after an fsync; fails when there is no room or the disk fails, with the reason and
   *     the remedy as its message, and none is kept then
   */
  CompletionStage<Void> add(List<DeadLetter> letters);

  /**
   * Shows the letters, oldest first, one at a time from disk. What is added or removed meanwhile
   * may be shown or not.
   *
   * @param filter which ones, see {@link DeadLetter#ofType}, {@link DeadLetter#withReason}, {@link
   *     DeadLetter#withId}
   * @param consumer gets each
   * @throws IOException when the disk fails
   */
  void forEach(Predicate<? super DeadLetter> filter, Consumer<? super DeadLetter> consumer)
      throws IOException;

  /**
   * Writes letters as NDJSON: a line each, an object with {@code index}, {@code id}, {@code
   * eventId}, {@code reason}, {@code firstAttempt}, {@code lastAttempt} (ISO-8601) and {@code
   * document}, which is the document as it is.
   *
   * @param filter which ones
   * @param out where to; not closed
   * @return how many
   * @throws IOException when the disk or {@code out} fails
   */
  long export(Predicate<? super DeadLetter> filter, OutputStream out) throws IOException;

  /**
   * Removes letters for good.
   *
   * @param filter which ones
   * @return how many
   * @throws IOException when the disk fails; some may have been removed then
   */
  long purge(Predicate<? super DeadLetter> filter) throws IOException;

  /**
   * Removes letters whose documents have arrived.
   *
   * @param letters the letters; what is not there any more is passed over, and so is what was added
   *     again since, with another time of its last attempt
   * @throws IOException when the disk fails
   */
  void remove(List<DeadLetter> letters) throws IOException;

  /**
   * How many there are.
   *
   * @return the number of letters
   */
  long count();

  /**
   * How much room they take.
   *
   * @return bytes of their files on disk
   */
  long diskBytes();
}
