package dev.eventstream;

import dev.eventstream.spi.DocumentBatchBuilder;

/** A step, and the transformer after it. */
record StepThenTransformer(EventStep step, EventTransformer transformer)
    implements EventTransformer {
  @Override
  public void transform(Event event, DocumentBatchBuilder documents) throws InvalidEventException {
    Event changed = step.apply(event);
    if (changed == null) {
      documents.drop();
    } else {
      transformer.transform(changed, documents);
    }
  }

  @Override
  public boolean allowsEventReuse() {
    return step.allowsEventReuse() && transformer.allowsEventReuse();
  }

  @Override
  public void close() {
    try {
      step.close();
    } finally {
      transformer.close();
    }
  }
}
