package dev.eventstream;

import dev.eventstream.spi.DocumentBatchBuilder;

/**
 * Turns an event into a document: its members, its ID and its destination. One of the three
 * extension points; the stream uses {@link DefaultEventTransformer} by default. To change events
 * before that, for example to remove members, put an {@link EventStep} in front of it.
 *
 * <p>Called on the publishing thread, by many threads concurrently: implementations must be
 * thread-safe.
 */
@FunctionalInterface
public interface EventTransformer extends AutoCloseable {

  /**
   * Adds exactly one document for the event, or calls {@link DocumentBatchBuilder#drop()} to
   * discard it on purpose. A simple transformer ends with {@link
   * DocumentBatchBuilder#add(dev.eventstream.spi.Document)}.
   *
   * @param event already checked to be well-formed
   * @param documents receives the document
   * @throws InvalidEventException to reject this event; the other events of its batch are not
   *     affected. Any runtime exception rejects it with {@link
   *     dev.eventstream.spi.Rejection#TRANSFORM_FAILED}
   */
  void transform(Event event, DocumentBatchBuilder documents) throws InvalidEventException;

  /**
   * Returns whether the stream may reuse one {@link Event} object for successive events, which
   * saves one allocation per event. Return true only if the transformer keeps no event after {@link
   * #transform} has returned.
   */
  default boolean allowsEventReuse() {
    return false;
  }

  /**
   * Releases the resources of the transformer; does nothing by default. Called once, by the stream.
   */
  @Override
  default void close() {}
}
