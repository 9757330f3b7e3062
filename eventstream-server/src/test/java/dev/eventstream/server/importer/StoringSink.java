package dev.eventstream.server.importer;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** An index in memory: creates documents, and never one twice. Thread-safe. */
final class StoringSink implements EventSink {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, String> valuesById = new LinkedHashMap<>(); // guarded by this
  private Fault fault = document -> null; // guarded by this
  private Runnable afterWrite = () -> {}; // guarded by this

  /** Says why a document is not taken; null: it is. */
  @FunctionalInterface
  interface Fault {
    ItemResult.@Nullable Failed of(Document document);
  }

  @Override
  public synchronized CompletionStage<SinkResult> write(DocumentBatch documents) {
    List<ItemResult> results = new ArrayList<>();
    for (int i = 0; i < documents.size(); i++) {
      results.add(write(documents.get(i)));
    }
    afterWrite.run();
    return CompletableFuture.completedFuture(SinkResult.of(results));
  }

  private synchronized ItemResult write(Document document) {
    ItemResult failed = fault.of(document);
    if (failed != null) {
      return failed;
    }
    String id = document.destination() + "/" + document.id();
    return valuesById.putIfAbsent(id, value(document)) == null
        ? ItemResult.WRITTEN
        : ItemResult.DUPLICATE;
  }

  static String value(Document document) {
    try {
      return JSON.readTree(document.source()).path("eventValue").asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  synchronized void failsWith(Fault newFault) {
    fault = newFault;
  }

  /** Runs behind every batch, on the thread that writes it. */
  synchronized void afterEveryWrite(Runnable action) {
    afterWrite = action;
  }

  /** The event values of all documents, in the order in which they were created. */
  synchronized List<String> values() {
    return List.copyOf(valuesById.values());
  }

  synchronized List<String> ids() {
    return List.copyOf(valuesById.keySet());
  }

  @Override
  public void close() {}
}
