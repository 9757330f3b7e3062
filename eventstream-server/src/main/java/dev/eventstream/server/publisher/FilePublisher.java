package dev.eventstream.server.publisher;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.eventstream.BrokenEvent;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.ReadEvent;
import dev.eventstream.server.importer.SpoolExits;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the events of files in batches, a few at a time, and waits when the target cannot take
 * them now. Publishing the same files again adds nothing. Not thread-safe.
 */
public final class FilePublisher {
  private static final int BATCH_EVENTS = 1_000;
  private static final int BATCH_BYTES = 4 << 20;
  private static final int IN_FLIGHT = 4;
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private final @Nullable PublishTarget target;
  private final String source;
  private final @Nullable Path rejectedFile;
  private final int eventsPerSecond;
  private final int batchEvents;
  private final Listener listener;
  private final Map<String, Long> counts = new LinkedHashMap<>();
  private final Map<String, Long> spooled = new HashMap<>(); // by the beginning of their ids
  private final Deque<Batch> sent = new ArrayDeque<>();
  private long nextSend = System.nanoTime();
  private long bytesBefore; // of the inputs that were read
  private long size; // of all inputs; -1: not known
  private long events;
  private @Nullable OutputStream rejected;

  /** Is told of the progress, on the publishing thread. */
  public interface Listener {
    /**
     * A batch of events was read.
     *
     * @param bytes of all inputs
     * @param size of all inputs; -1: not known
     */
    void onProgress(String input, long bytes, long size, long events);

    /** The target cannot take events now, or events wait in the spool. */
    void onWaiting(String reason);
  }

  private static final class Batch {
    final String input;
    final List<Event> events = new ArrayList<>();
    final List<Long> positions = new ArrayList<>();
    int bytes;
    List<Integer> open = List.of();
    PublishTarget.@Nullable Sent sent;

    Batch(String input) {
      this.input = input;
    }
  }

  /**
   * Creates a publisher.
   *
   * @param target null: the events are only read
   * @param source distinguishes the files from others with the same content; may be empty
   * @param rejectedFile is replaced, and gets a line for each rejected event; null: none
   * @param eventsPerSecond 0: as fast as the target accepts them
   */
  public FilePublisher(
      @Nullable PublishTarget target,
      String source,
      @Nullable Path rejectedFile,
      int eventsPerSecond,
      Listener listener) {
    this.target = target;
    this.source = source;
    this.rejectedFile = rejectedFile;
    this.eventsPerSecond = eventsPerSecond;
    boolean small = eventsPerSecond > 0 && target != null && !target.needsSameBatches();
    this.batchEvents = small ? Math.min(BATCH_EVENTS, eventsPerSecond) : BATCH_EVENTS;
    this.listener = listener;
    for (String kind :
        List.of("indexed", "duplicate", "spooled", "dead_lettered", "dropped", "rejected")) {
      counts.put(kind, 0L);
    }
  }

  /**
   * Publishes all events of inputs.
   *
   * @param arguments files, patterns, or {@code -} for the standard input; empty: the latter
   * @return the number of events by outcome; with a dry run, {@code valid} ones
   * @throws InterruptedException if the thread was interrupted: running the same again goes on
   */
  public Map<String, Long> publish(List<String> arguments, InputStream standard)
      throws IOException, InterruptedException {
    List<String> names =
        EventInput.expand(arguments.isEmpty() ? List.of(EventInput.STANDARD) : arguments);
    for (String name : names) {
      long one = EventInput.size(name);
      size = size < 0 || one < 0 ? -1 : size + one;
    }
    try (OutputStream report = openReport(names)) {
      rejected = report;
      for (String name : names) {
        try (EventInput input = EventInput.open(name, source, standard)) {
          publish(input);
          bytesBefore += input.bytesRead();
        }
      }
      while (!sent.isEmpty()) {
        settle(sent.remove());
      }
    }
    return counts;
  }

  private @Nullable OutputStream openReport(List<String> names) throws IOException {
    if (rejectedFile == null) {
      return null;
    }
    for (String name : names) {
      if (!name.equals(EventInput.STANDARD)
          && Files.exists(rejectedFile)
          && Files.isSameFile(rejectedFile, Path.of(name))) {
        throw new IllegalArgumentException(
            "the file for rejected events, "
                + rejectedFile
                + ", is one of the files to publish; name another one");
      }
    }
    return new BufferedOutputStream(Files.newOutputStream(rejectedFile));
  }

  /**
   * Waits until the published events have left the spool, and counts them by what became of them.
   *
   * @param exits a listener of the stream
   * @param maxWait for how long nothing may leave the spool before this stops waiting; zero: counts
   *     once
   * @return the number of events by outcome; {@code spooled} are those that still wait
   */
  public Map<String, Long> awaitSpooled(EventStream stream, SpoolExits exits, Duration maxWait)
      throws IOException, InterruptedException {
    Map<String, Long> settled = new LinkedHashMap<>(counts);
    exits.await(
        stream,
        maxWait,
        () -> {
          settled.putAll(counts);
          spooled.forEach(
              (prefix, documents) -> {
                SpoolExits.Totals left = exits.of(prefix).upTo(documents);
                settled.merge("indexed", left.indexed(), Long::sum);
                settled.merge("duplicate", left.duplicates(), Long::sum);
                settled.merge("dropped", left.dropped(), Long::sum);
                settled.merge("dead_lettered", left.deadLettered(), Long::sum);
                settled.merge("spooled", -left.all(), Long::sum);
              });
          return settled.getOrDefault("spooled", 0L);
        },
        waiting -> listener.onWaiting(waiting + " events in the spool wait for the cluster"));
    return settled;
  }

  private void publish(EventInput input) throws IOException, InterruptedException {
    Batch batch = new Batch(input.name());
    long position = 0;
    ReadEvent read;
    while ((read = input.next()) != null) {
      events++;
      if (read instanceof Event event) {
        batch.events.add(event);
        batch.positions.add(position);
        batch.bytes += event.size();
        if (batch.events.size() == batchEvents || batch.bytes >= BATCH_BYTES) {
          send(batch, input);
          batch = new Batch(input.name());
        }
      } else {
        reject(input.name(), position, ((BrokenEvent) read).reason(), null);
      }
      position++;
    }
    send(batch, input);
  }

  private void send(Batch batch, EventInput input) throws IOException, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (batch.events.isEmpty()) {
      return;
    }
    if (target == null) {
      counts.merge("valid", (long) batch.events.size(), Long::sum);
    } else {
      if (sent.size() == IN_FLIGHT) {
        settle(sent.remove());
      }
      keepRate(batch.events.size());
      batch.open = IntStream.range(0, batch.events.size()).boxed().toList();
      batch.sent = target.send(batch.events, batch.open);
      sent.add(batch);
    }
    listener.onProgress(input.name(), bytesBefore + input.bytesRead(), size, events);
  }

  /** Waits until the events before these are this long ago; does not catch up after a pause. */
  private void keepRate(int count) throws InterruptedException {
    if (eventsPerSecond > 0) {
      long early = nextSend - System.nanoTime();
      if (early > 0) {
        Thread.sleep(Duration.ofNanos(early).toMillis());
      }
      long now = System.nanoTime();
      nextSend = Math.max(nextSend, now) + (long) (count * 1e9 / eventsPerSecond);
    }
  }

  /** Waits for the results. Sends events again as long as they are refused. */
  private void settle(Batch batch) throws IOException, InterruptedException {
    while (true) {
      PublishTarget.Sent answer = batch.sent;
      if (answer == null || target == null) {
        throw new IllegalStateException("the batch was not sent");
      }
      List<PublishTarget.Result> results = answer.await();
      List<Integer> refused = new ArrayList<>();
      Duration pause = SHORTEST_PAUSE;
      String reason = "";
      for (int i = 0; i < results.size(); i++) {
        PublishTarget.Result result = results.get(i);
        if (result.isRefused()) {
          refused.add(batch.open.get(i));
          reason = result.reason();
          pause = result.retryAfter().compareTo(pause) > 0 ? result.retryAfter() : pause;
        } else {
          count(batch, batch.open.get(i), result);
        }
      }
      if (refused.isEmpty()) {
        return;
      }
      listener.onWaiting(refused.size() + " events are not accepted now: " + reason);
      Thread.sleep(pause.toMillis());
      batch.open = refused;
      batch.sent = target.send(batch.events, refused);
    }
  }

  private void count(Batch batch, int index, PublishTarget.Result result) throws IOException {
    Event event = batch.events.get(index);
    if (result.kind().equals("rejected")) {
      reject(batch.input, batch.positions.get(index), result.reason(), event);
      return;
    }
    counts.merge(result.kind(), 1L, Long::sum);
    if (result.kind().equals("spooled")) {
      String id = String.valueOf(event.documentId());
      spooled.merge(id.substring(0, SpoolExits.PREFIX_LENGTH), 1L, Long::sum);
    }
  }

  private void reject(String input, long position, String reason, @Nullable Event event)
      throws IOException {
    counts.merge("rejected", 1L, Long::sum);
    if (rejected == null) {
      return;
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("input", input);
    line.put("position", position);
    line.put("reason", reason);
    if (event != null) {
      line.put("event", new RawValue(new String(event.toJson(), StandardCharsets.UTF_8)));
    }
    rejected.write(JSON.writeValueAsBytes(line));
    rejected.write('\n');
  }
}
