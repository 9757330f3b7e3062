package dev.eventstream.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.Event;
import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.EventTransformer;
import dev.eventstream.IdResolver;
import dev.eventstream.InvalidEventException;
import dev.eventstream.Outcome;
import dev.eventstream.ReadEvent;
import dev.eventstream.es.bulk.BulkBody;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.DocumentBatchBuilder;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Processes the bytes of a request to those of a bulk request, stage by stage and as a whole,
 * compared with the straightforward way with a JSON tree. An operation is one event: scores are
 * events per second, and {@code gc.alloc.rate.norm} of {@code -prof gc} is bytes per event.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@SuppressWarnings("NullAway.Init") // JMH calls the setup
public class HotPath {
  private static final int BATCH = 1_000;

  /**
   * The kind of events: {@code small} has 60 bytes, {@code kilobyte} 1,000, {@code nested} 10,000.
   */
  @Param({"small", "kilobyte", "nested"})
  public String event;

  private byte[] single;
  private byte[] array;
  private List<Event> events;
  private DocumentBatch documents;
  private EventTransformer transformer;
  private CountingSink countingSink;
  private CountingSink bulkSink;
  private EventStream counting;
  private EventStream bulks;
  private Map<String, Map<String, String>> hashMaps;
  private final ObjectMapper json = new ObjectMapper();

  /** A cluster that accepts everything immediately. */
  private static final class CountingSink implements EventSink {
    private final boolean makesBodies;
    private long count;
    private long bytes;

    CountingSink(boolean makesBodies) {
      this.makesBodies = makesBodies;
    }

    @Override
    public CompletionStage<SinkResult> write(DocumentBatch batch) {
      count += batch.size();
      bytes += makesBodies ? BulkBody.of(batch, false).length : batch.byteSize();
      return CompletableFuture.completedFuture(SinkResult.all(batch.size(), ItemResult.WRITTEN));
    }

    @Override
    public CompletionStage<Void> check() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
  }

  /**
   * Creates events, tables and streams.
   *
   * @throws IOException never
   * @throws InvalidEventException never
   */
  @Setup
  public void setUp() throws IOException, InvalidEventException {
    List<byte[]> bodies = Samples.bodies(event, BATCH);
    single = bodies.get(0);
    array = Samples.array(bodies);
    events = new ArrayList<>();
    EventReader reader = EventReader.of(array);
    for (ReadEvent read = reader.next(); read != null; read = reader.next()) {
      events.add((Event) read);
    }
    Map<String, Map<String, String>> ids =
        Map.of(
            "pageview", Map.of("homepage", "h", "about", "a", "checkout", "c"),
            "engagement", Map.of("click", "c", "scroll", "s", "hover", "h"));
    hashMaps = new HashMap<>();
    ids.forEach((type, values) -> hashMaps.put(type, new HashMap<>(values)));
    IdResolver resolver = IdResolver.of(ids);
    transformer = DefaultEventTransformer.builder().idResolver(resolver).build();
    documents = transformed();
    countingSink = new CountingSink(false);
    counting = EventStream.builder().sink(countingSink).idResolver(resolver).build();
    bulkSink = new CountingSink(true);
    bulks = EventStream.builder().sink(bulkSink).idResolver(resolver).build();
  }

  /** Closes the streams. */
  @TearDown
  public void tearDown() {
    counting.close();
    bulks.close();
    if (countingSink.count % BATCH != 0) {
      throw new IllegalStateException("documents were lost on their way to the sink");
    }
    if (bulkSink.bytes < bulkSink.count * single.length) {
      throw new IllegalStateException("bodies are smaller than the events that are in them");
    }
  }

  /**
   * Splits an array into events and validates them.
   *
   * @return the number of events
   * @throws IOException never
   */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int read() throws IOException {
    EventReader reader = EventReader.of(array);
    int count = 0;
    while (reader.next() instanceof Event) {
      count++;
    }
    return check(count);
  }

  /**
   * Converts events to documents: ID, timestamp, document ID, insertion of members.
   *
   * @throws InvalidEventException never
   */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public DocumentBatch transform() throws InvalidEventException {
    return transformed();
  }

  private DocumentBatch transformed() throws InvalidEventException {
    DocumentBatchBuilder builder = new DocumentBatchBuilder(2 * array.length, BATCH);
    for (Event each : events) {
      transformer.transform(each, builder);
    }
    return builder.build();
  }

  /** Converts documents to the body of a bulk request. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public byte[] bulkBody() {
    return BulkBody.of(documents, false);
  }

  /**
   * All stages, with a sink that only counts.
   *
   * @throws IOException never
   */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public List<Outcome> wholePath() throws IOException {
    return counting.publishAll(EventReader.of(array)).join();
  }

  /**
   * All stages, with a sink that creates the body of a bulk request.
   *
   * @throws IOException never
   */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public List<Outcome> wholePathToBulkBody() throws IOException {
    return bulks.publishAll(EventReader.of(array)).join();
  }

  /**
   * One event per request, with a sink that creates the body of a bulk request.
   *
   * @throws IOException never
   */
  @Benchmark
  public List<Outcome> singleToBulkBody() throws IOException {
    return bulks.publishAll(EventReader.of(single)).join();
  }

  /**
   * The straightforward way: parses the array to a tree, completes and writes each event.
   *
   * @return the body of a bulk request
   * @throws IOException never
   */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public byte[] treeToBulkBody() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream(2 * array.length);
    for (JsonNode node : json.readTree(array)) {
      tree(node, body);
    }
    return body.toByteArray();
  }

  /**
   * The straightforward way without the destinations of documents: tree, two members, bytes.
   *
   * @return the number of bytes
   * @throws IOException never
   */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int tree() throws IOException {
    int bytes = 0;
    for (JsonNode node : json.readTree(array)) {
      bytes += completed(node).length;
    }
    return bytes;
  }

  /**
   * The straightforward way with one event.
   *
   * @return the body of a bulk request
   * @throws IOException never
   */
  @Benchmark
  public byte[] singleTreeToBulkBody() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream(2 * single.length);
    tree(json.readTree(single), body);
    return body.toByteArray();
  }

  private void tree(JsonNode node, ByteArrayOutputStream body) throws IOException {
    String type = node.get("eventType").textValue();
    body.writeBytes(("{\"create\":{\"_index\":\"" + type + "\"}}\n").getBytes(UTF_8));
    body.writeBytes(completed(node));
    body.write('\n');
  }

  private byte[] completed(JsonNode node) throws IOException {
    Map<String, String> ids = hashMaps.get(node.get("eventType").textValue());
    String id = ids == null ? null : ids.get(node.get("eventValue").textValue());
    ((ObjectNode) node).put("eventId", id).put("@timestamp", Instant.now().toString());
    return json.writeValueAsBytes(node);
  }

  private static int check(int count) {
    if (count != BATCH) {
      throw new IllegalStateException(count + " events were read, not " + BATCH);
    }
    return count;
  }
}
