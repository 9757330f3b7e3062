package dev.eventstream.server.publisher;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.eventstream.BrokenEvent;
import dev.eventstream.Event;
import dev.eventstream.ReadEvent;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the events of files in batches, a few at a time, and waits when the target cannot take
 * them now. Publishing the same files again adds nothing. Not thread-safe.
 */
public final class FilePublisher {
  private static final int BATCH_EVENTS = 1_000;
  private static final int BATCH_BYTES = 4 << 20;
  private static final int IN_FLIGHT = 4;
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private final @Nullable PublishTarget target;
  private final @Nullable Path rejectedFile;
  private final int eventsPerSecond;
  private final Listener listener;
  private final Map<String, Long> counts = new LinkedHashMap<>();
  private final Deque<Batch> sent = new ArrayDeque<>();
  private final long began = System.nanoTime();
  private long events;
  private @Nullable OutputStream rejected;

  /** Is told of the progress, on the publishing thread. */
  public interface Listener {
    /** More bytes of an input were read; the size is -1 if it is not known. */
    void onProgress(String input, long bytes, long size, long events);

    /** The target cannot take events now. */
    void onWaiting(String reason);
  }

  private static final class Batch {
    final String input;
    final List<Event> events = new ArrayList<>();
    final List<Long> positions = new ArrayList<>();
    int bytes;
    PublishTarget.@Nullable Sent sent;

    Batch(String input) {
      this.input = input;
    }
  }

  /**
   * Creates a publisher.
   *
   * @param target null: the events are only read
   * @param rejectedFile gets a line for each event that is not accepted; null: none
   * @param eventsPerSecond 0: as fast as the target accepts them
   */
  public FilePublisher(
      @Nullable PublishTarget target,
      @Nullable Path rejectedFile,
      int eventsPerSecond,
      Listener listener) {
    this.target = target;
    this.rejectedFile = rejectedFile;
    this.eventsPerSecond = eventsPerSecond;
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
    try {
      for (String name : names) {
        try (EventInput input = EventInput.open(name, standard)) {
          publish(input);
        }
      }
      while (!sent.isEmpty()) {
        settle(sent.remove());
      }
    } finally {
      if (rejected != null) {
        rejected.close();
      }
    }
    return counts;
  }

  private void publish(EventInput input) throws IOException, InterruptedException {
    Batch batch = new Batch(input.name());
    long position = 0;
    ReadEvent read;
    while ((read = next(input)) != null) {
      if (read instanceof Event event) {
        batch.events.add(event);
        batch.positions.add(position);
        batch.bytes += event.size();
        if (batch.events.size() == BATCH_EVENTS || batch.bytes >= BATCH_BYTES) {
          send(batch);
          batch = new Batch(input.name());
        }
      } else {
        BrokenEvent broken = (BrokenEvent) read;
        reject(input.name(), position, broken.reason(), null);
      }
      position++;
      events++;
      listener.onProgress(input.name(), input.bytesRead(), input.size(), events);
    }
    send(batch);
  }

  private static @Nullable ReadEvent next(EventInput input) throws IOException {
    try {
      return input.next();
    } catch (IOException e) {
      throw new IOException(input.name() + " cannot be read to its end: " + e.getMessage(), e);
    }
  }

  private void send(Batch batch) throws IOException, InterruptedException {
    if (batch.events.isEmpty()) {
      return;
    }
    if (target == null) {
      counts.merge("valid", (long) batch.events.size(), Long::sum);
      return;
    }
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (sent.size() == IN_FLIGHT) {
      settle(sent.remove());
    }
    keepRate();
    batch.sent = target.send(batch.events);
    sent.add(batch);
  }

  private void keepRate() throws InterruptedException {
    if (eventsPerSecond > 0) {
      long due = began + (long) (events * 1e9 / eventsPerSecond);
      long early = due - System.nanoTime();
      if (early > 0) {
        Thread.sleep(early / 1_000_000, (int) (early % 1_000_000));
      }
    }
  }

  /** Waits for the results. Sends the batch again as long as an event of it is refused. */
  private void settle(Batch batch) throws IOException, InterruptedException {
    while (true) {
      PublishTarget.Sent answer = batch.sent;
      if (answer == null || target == null) {
        throw new IllegalStateException("the batch was not sent");
      }
      List<PublishTarget.Result> results = answer.await();
      String refusal =
          results.stream()
              .filter(result -> result.kind().equals("refused"))
              .map(PublishTarget.Result::reason)
              .findFirst()
              .orElse(null);
      if (refusal == null) {
        count(batch, results);
        return;
      }
      listener.onWaiting("the events are not accepted now: " + refusal);
      Thread.sleep(PAUSE.toMillis());
      batch.sent = target.send(batch.events);
    }
  }

  private void count(Batch batch, List<PublishTarget.Result> results) throws IOException {
    for (int i = 0; i < results.size(); i++) {
      PublishTarget.Result result = results.get(i);
      if (result.kind().equals("rejected")) {
        reject(batch.input, batch.positions.get(i), result.reason(), batch.events.get(i));
      } else {
        counts.merge(result.kind(), 1L, Long::sum);
      }
    }
  }

  private void reject(String input, long position, String reason, @Nullable Event event)
      throws IOException {
    counts.merge("rejected", 1L, Long::sum);
    if (rejectedFile == null) {
      return;
    }
    if (rejected == null) {
      rejected = Files.newOutputStream(rejectedFile);
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
