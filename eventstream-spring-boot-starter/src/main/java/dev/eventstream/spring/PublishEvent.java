package dev.eventstream.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Publishes application events of this class into the stream as well:
 *
 * <pre>{@code
 * @PublishEvent(eventType = "order", eventValue = "placed")
 * record OrderPlaced(String id, int items) {}
 *
 * events.publishEvent(new OrderPlaced("4711", 3)); // events: Spring's ApplicationEventPublisher
 * }</pre>
 *
 * <p>The components of a record, or the properties of a bean, become members of the event; those
 * that are null are left out. They are written as {@code Event.of(type, value, members)} does, on
 * the publisher's thread: an object that it cannot write is an exception for the publisher. The
 * outcome is not waited for. An event that was not accepted is logged as a warning; until one is
 * accepted again, others are logged at the level {@code DEBUG}.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface PublishEvent {

  /** The type of the event, for example {@code order}. */
  String eventType();

  /** The value of the event, for example {@code placed}. */
  String eventValue();
}
