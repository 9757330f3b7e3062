package dev.eventstream;

import org.jspecify.annotations.Nullable;

/** Two steps, one after the other. */
record StepThenStep(EventStep first, EventStep second) implements EventStep {
  @Override
  public @Nullable Event apply(Event event) throws InvalidEventException {
    Event changed = first.apply(event);
    return changed == null ? null : second.apply(changed);
  }

  @Override
  public boolean allowsEventReuse() {
    return first.allowsEventReuse() && second.allowsEventReuse();
  }

  @Override
  public void close() {
    try {
      first.close();
    } finally {
      second.close();
    }
  }
}
