package dev.eventstream.server.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.eventstream.observe.ForwardingStreamListener;
import dev.eventstream.observe.PublishCounts;
import dev.eventstream.observe.PublishedEvent;
import dev.eventstream.observe.SpoolExit;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.DocumentBatch;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Counts events by outcome since the start, and shows them to the viewers of a {@link Tail}. */
public final class Activity extends ForwardingStreamListener {
  private final Tail tail = new Tail();
  private final Map<PublishedEvent.Result, LongAdder> published =
      new EnumMap<>(PublishedEvent.Result.class);
  private final Map<SpoolExit, LongAdder> left = new EnumMap<>(SpoolExit.class);

  /**
   * Creates the counters.
   *
   * @param next receives all notifications
   */
  public Activity(StreamListener next) {
    super(next);
    for (PublishedEvent.Result result : PublishedEvent.Result.values()) {
      published.put(result, new LongAdder());
    }
    for (SpoolExit exit : SpoolExit.values()) {
      left.put(exit, new LongAdder());
    }
  }

  /** What shows the events. */
  Tail tail() {
    return tail;
  }

  /** Writes the totals as the members {@code published} and {@code leftSpool}. */
  void write(JsonGenerator json) throws IOException {
    write("published", published, json);
    write("leftSpool", left, json);
  }

  private static <E extends Enum<E>> void write(
      String name, Map<E, LongAdder> totals, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<E, LongAdder> total : totals.entrySet()) {
      json.writeNumberField(TailEvent.wireName(total.getKey()), total.getValue().sum());
    }
    json.writeEndObject();
  }

  @Override
  public void published(PublishCounts counts) {
    add(PublishedEvent.Result.INDEXED, counts.indexed());
    add(PublishedEvent.Result.DUPLICATE, counts.duplicates());
    add(PublishedEvent.Result.SPOOLED, counts.spooled());
    add(PublishedEvent.Result.DEAD_LETTERED, counts.deadLettered());
    add(PublishedEvent.Result.DROPPED, counts.dropped());
    add(PublishedEvent.Result.REJECTED, counts.rejectedInAll());
    add(PublishedEvent.Result.REFUSED, counts.refusedInAll());
    super.published(counts);
  }

  private void add(PublishedEvent.Result result, int count) {
    LongAdder total = published.get(result);
    if (total != null && count > 0) {
      total.add(count);
    }
  }

  @Override
  public void publishedEvents(int events, IntFunction<PublishedEvent> event) {
    tail.published(events, event);
    super.publishedEvents(events, event);
  }

  @Override
  public void left(DocumentBatch documents, IntFunction<@Nullable SpoolExit> exits) {
    for (int i = 0; i < documents.size(); i++) {
      SpoolExit exit = exits.apply(i);
      LongAdder total = exit == null ? null : left.get(exit);
      if (total != null) {
        total.increment();
      }
    }
    tail.left(documents, exits);
    super.left(documents, exits);
  }
}
