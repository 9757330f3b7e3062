package dev.eventstream.spring;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import java.beans.PropertyDescriptor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ReflectionUtils;

/** Publishes application events with {@link PublishEvent} into the stream. Thread-safe. */
final class AnnotatedEventPublisher implements GenericApplicationListener {
  private static final Logger LOG = LoggerFactory.getLogger(AnnotatedEventPublisher.class);

  private final ObjectProvider<EventStream> stream;
  private final AtomicBoolean refused = new AtomicBoolean();

  AnnotatedEventPublisher(ObjectProvider<EventStream> stream) {
    this.stream = stream;
  }

  /** Asked once per type: Spring remembers the answer. */
  @Override
  public boolean supportsEventType(ResolvableType type) {
    return PayloadApplicationEvent.class.isAssignableFrom(type.toClass())
        && annotation(type.as(PayloadApplicationEvent.class).getGeneric().toClass()) != null;
  }

  private static @Nullable PublishEvent annotation(Class<?> type) {
    return AnnotationUtils.findAnnotation(type, PublishEvent.class);
  }

  @Override
  public void onApplicationEvent(ApplicationEvent event) {
    Object payload = ((PayloadApplicationEvent<?>) event).getPayload();
    PublishEvent as = annotation(payload.getClass());
    if (as != null) {
      Event members = Event.of(as.eventType(), as.eventValue(), members(payload));
      var unused =
          stream
              .getObject()
              .publish(members)
              .thenAccept(outcome -> report(payload.getClass().getName(), outcome));
    }
  }

  private static Map<String, Object> members(Object payload) {
    Map<String, Object> members = new LinkedHashMap<>();
    if (payload instanceof Record) {
      for (RecordComponent component : payload.getClass().getRecordComponents()) {
        put(members, component.getName(), component.getAccessor(), payload);
      }
    } else {
      for (PropertyDescriptor property : BeanUtils.getPropertyDescriptors(payload.getClass())) {
        Method getter = property.getReadMethod();
        if (getter != null && getter.getDeclaringClass() != Object.class) {
          put(members, property.getName(), getter, payload);
        }
      }
    }
    return members;
  }

  private static void put(Map<String, Object> members, String name, Method getter, Object payload) {
    ReflectionUtils.makeAccessible(getter);
    Object value = ReflectionUtils.invokeMethod(getter, payload);
    if (value != null) {
      members.put(name, value);
    }
  }

  private void report(String type, Outcome outcome) {
    String reason =
        outcome instanceof Outcome.Rejected rejected
            ? rejected.reason()
            : outcome instanceof Outcome.Refused refusal ? refusal.reason() : null;
    if (reason == null) {
      refused.set(false);
    } else if (refused.getAndSet(true)) {
      LOG.debug("An event of {} was not accepted: {}", type, reason);
    } else {
      LOG.warn("An event of {} was not accepted: {}", type, reason);
    }
  }
}
