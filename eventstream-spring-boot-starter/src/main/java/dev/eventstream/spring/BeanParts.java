package dev.eventstream.spring;

import dev.eventstream.Event;
import dev.eventstream.EventTransformer;
import dev.eventstream.IdResolver;
import dev.eventstream.InvalidEventException;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.DocumentBatchBuilder;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spi.Spool;
import dev.eventstream.spi.SpoolState;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Beans as parts of a stream. A stream closes its parts, and a context closes its beans: here only
 * the context does, once, after the stream.
 */
final class BeanParts {
  private BeanParts() {}

  record Sink(EventSink bean) implements EventSink {
    @Override
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      return bean.write(documents);
    }

    @Override
    public CompletionStage<Void> check() {
      return bean.check();
    }

    @Override
    public void close() {}
  }

  record DiskSpool(Spool bean) implements Spool {
    @Override
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      return bean.write(documents);
    }

    @Override
    public CompletionStage<Void> check() {
      return bean.check();
    }

    @Override
    public @Nullable Portion take(int maxDocuments, int maxBytes) {
      return bean.take(maxDocuments, maxBytes);
    }

    @Override
    public void whenFilled(Runnable task) {
      bean.whenFilled(task);
    }

    @Override
    public SpoolState state() {
      return bean.state();
    }

    @Override
    public DeadLetters deadLetters() {
      return bean.deadLetters();
    }

    @Override
    public void close() {}
  }

  record Transformer(EventTransformer bean) implements EventTransformer {
    @Override
    public void transform(Event event, DocumentBatchBuilder documents)
        throws InvalidEventException {
      bean.transform(event, documents);
    }

    @Override
    public boolean allowsEventReuse() {
      return bean.allowsEventReuse();
    }

    @Override
    public void close() {}
  }

  record Resolver(IdResolver bean) implements IdResolver {
    @Override
    public @Nullable String resolve(String eventType, String eventValue) {
      return bean.resolve(eventType, eventValue);
    }

    @Override
    public @Nullable String resolve(
        byte[] utf8, int typeStart, int typeEnd, int valueStart, int valueEnd) {
      return bean.resolve(utf8, typeStart, typeEnd, valueStart, valueEnd);
    }

    @Override
    public void close() {}
  }
}
