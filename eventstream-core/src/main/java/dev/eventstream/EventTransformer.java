package dev.eventstream;

import dev.eventstream.spi.DocumentBatchBuilder;

/**
 * Turns an event into the document that is indexed: which members, which id, which destination. One
 * of the three extension points; {@link DefaultEventTransformer} is what the stream uses unless
 * told otherwise.
 *
 * <p>Called on the thread that publishes, by many threads at once: implementations must be
 * thread-safe.
 */
@FunctionalInterface
public interface EventTransformer extends AutoCloseable {

  /**
   * Adds exactly one document for the event. A simple transformer ends with {@link
   * DocumentBatchBuilder#add(Document)}.
   *
   * @param event the event, already checked to be well-formed
   * @param documents where the document goes
   * @throws InvalidEventException to turn this event down; the others of its batch go on. Any
   *     runtime exception does the same with {@link dev.eventstream.spi.Rejection#TRANSFORM_FAILED}
   */
  void transform(Event event, DocumentBatchBuilder documents) throws InvalidEventException;

  /**
   * Whether the stream may use one {@link Event} object for one event after another: true only for
   * a transformer that keeps no event after {@link #transform} has returned. Spares an allocation
   * an event.
   */
  default boolean allowsEventReuse() {
    return false;
  }

  /** Releases what the transformer holds; nothing by default. Called once, by the stream. */
  @Override
  default void close() {}
}
