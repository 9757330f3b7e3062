package dev.eventstream;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * Changes or drops an event before an {@link EventTransformer} turns it into a document. Steps and
 * the transformer are composed with {@code andThen}:
 *
 * <pre>{@code
 * EventTransformer transformer =
 *     EventSteps.remove("user.password")
 *         .andThen(EventSteps.add("environment", "production"))
 *         .andThen(DefaultEventTransformer.builder().build());
 * }</pre>
 *
 * <p>{@link EventSteps} contains the common ones. Called on the publishing thread, by many threads
 * concurrently: implementations must be thread-safe.
 */
@FunctionalInterface
public interface EventStep extends AutoCloseable {

  /**
   * Returns the event that goes on.
   *
   * @param event already checked to be well-formed
   * @return the same event, another one, or null to drop it: its outcome is {@link Outcome.Dropped}
   * @throws InvalidEventException to reject this event; the other events of its batch are not
   *     affected. Any runtime exception rejects it with {@link
   *     dev.eventstream.spi.Rejection#TRANSFORM_FAILED}
   */
  @Nullable Event apply(Event event) throws InvalidEventException;

  /**
   * Returns whether the stream may reuse one {@link Event} object for successive events, see {@link
   * EventTransformer#allowsEventReuse}.
   */
  default boolean allowsEventReuse() {
    return false;
  }

  /** Releases the resources of the step; does nothing by default. Called once, by the stream. */
  @Override
  default void close() {}

  /**
   * Returns a step that applies this one and then another. A dropped event does not reach the other
   * one.
   */
  default EventStep andThen(EventStep next) {
    return new StepThenStep(this, requireNonNull(next, "next"));
  }

  /** Returns a transformer that gets the events that this step lets through. */
  default EventTransformer andThen(EventTransformer transformer) {
    return new StepThenTransformer(this, requireNonNull(transformer, "transformer"));
  }
}
