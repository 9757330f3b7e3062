package dev.eventstream.es.indices;

import static java.util.stream.Collectors.toSet;

import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.RepeatSource;
import dev.eventstream.es.bulk.Repeats;
import dev.eventstream.es.connect.Positive;
import dev.eventstream.es.index.Generation;
import dev.eventstream.es.request.JsonRequests;
import dev.eventstream.spi.IndexGenerations;
import dev.eventstream.spi.IndexPattern;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Continues an index that has become too large or too old in another one. With it, the indices of
 * events are {@code events-click-000001}, {@code events-click-000002} and so on, and an alias
 * {@code events-click} is for reading all of them.
 *
 * <pre>{@code
 * Rollover rollover = Rollover.builder("events-{eventType}").documents(100_000_000).build();
 * ElasticsearchSink sink = ElasticsearchSink.builder(urls).recogniseRepeats(rollover).build();
 * transformer.index("events-{eventType}").generations(rollover);
 * scheduler.scheduleWithFixedDelay(() -> rollover.update(sink), 0, 30, SECONDS); // catch IOException
 * }</pre>
 *
 * <p>The cluster is the only memory of it: the generation with the highest number is the present
 * one. Every process that calls {@link #update} creates the next generation when it is time; the
 * engine lets one of them succeed. A generation is used from two {@linkplain Builder#interval
 * intervals} after its creation, when all processes know it. Until the first update, and for an
 * index that does not exist, it is the first. Thread-safe.
 */
public final class Rollover implements IndexGenerations, RepeatSource {
  private final EventIndices indices;
  private final Generations.Limits limits;
  private final Duration interval;
  private final Duration repeatWindow;
  private final Clock clock;

  private volatile Generations generations = Generations.NONE;
  private final AtomicLong version = new AtomicLong();

  private Rollover(Builder builder) {
    this.indices = new EventIndices(builder.pattern, builder.eventTypes);
    this.limits = new Generations.Limits(builder.documents, builder.shardBytes, builder.age);
    this.interval = builder.interval;
    this.repeatWindow = builder.repeatWindow;
    this.clock = builder.clock;
  }

  /**
   * Starts to build it, without limits.
   *
   * @param pattern that of the transformer
   * @throws IllegalArgumentException if it makes names that engines reject; with the remedy
   */
  public static Builder builder(String pattern) {
    return new Builder(pattern);
  }

  @Override
  public String current(String index) {
    return generations.current(index);
  }

  @Override
  public long version() {
    return version.get();
  }

  /**
   * Asks the cluster for the generations, creates those that are due, and adds them to the aliases.
   * To be called at least once per {@linkplain Builder#interval interval}, by one thread at a time;
   * waits for the cluster.
   *
   * @return the indices that were created
   * @throws ClusterRefusedException if the cluster refuses. The privileges {@code monitor} for the
   *     indices, {@code create_index} and {@code manage} (for aliases) are needed. Documents
   *     continue in the generation that is known
   * @throws IOException if it does not answer
   */
  public List<String> update(ElasticsearchSink sink) throws IOException, InterruptedException {
    JsonRequests requests = new JsonRequests(sink.cluster());
    Instant now = clock.instant();
    List<IndexInfo> all = Indices.list(requests, indices.patterns(), false);
    List<Generations.Numbered> numbered = generations(all);
    Generations next = Generations.of(numbered, interval, repeatWindow, now);
    boolean changed = !next.present().equals(generations.present());
    generations = next;
    if (changed) {
      version.incrementAndGet();
    }
    List<String> created = new ArrayList<>();
    ClusterRefusedException refusal = null;
    for (Generation due : next.due(limits, indices.pattern(), now)) {
      try {
        create(requests, due.name());
        created.add(due.name());
      } catch (ClusterRefusedException e) {
        if (!e.saysAlreadyExists()) { // another process was faster
          refusal = e;
        }
      }
    }
    for (Map.Entry<String, String> missing : missingAliases(requests, all, numbered).entrySet()) {
      try {
        addAlias(requests, missing.getKey(), missing.getValue());
      } catch (ClusterRefusedException e) {
        refusal = e;
      }
    }
    if (refusal != null) {
      throw refusal; // after everything that is possible
    }
    return created;
  }

  private List<Generations.Numbered> generations(List<IndexInfo> all) {
    List<Generations.Numbered> found = new ArrayList<>();
    for (IndexInfo info : all) {
      indices
          .read(info.name())
          .map(EventIndices.Name::generation)
          .filter(generation -> generation.number() > 0)
          .ifPresent(generation -> found.add(new Generations.Numbered(generation, info)));
    }
    return found;
  }

  private static void create(JsonRequests requests, String index)
      throws IOException, InterruptedException {
    // Does not wait for shards, which are not needed yet.
    requests.send("PUT", "/" + index, Map.of("wait_for_active_shards", "0"), null);
  }

  /**
   * Returns the generations that are not in the alias of their index, and that alias. There can be
   * none if it is the name of an index itself. There must be none if it is the name of a generation
   * of another index, as with an event type {@code click-000002}: that could not be created any
   * more.
   */
  private Map<String, String> missingAliases(
      JsonRequests requests, List<IndexInfo> all, List<Generations.Numbered> numbered)
      throws IOException, InterruptedException {
    Set<String> names = all.stream().map(IndexInfo::name).collect(toSet());
    Map<String, String> missing = new TreeMap<>();
    for (Generations.Numbered found : numbered) {
      String alias = found.generation().index();
      if (!names.contains(alias) && Generation.read(alias).isEmpty()) {
        missing.put(found.info().name(), alias);
      }
    }
    if (!missing.isEmpty()) {
      requests
          .send("GET", "/_cat/aliases", Map.of("format", "json", "h", "alias,index"), null)
          .forEach(
              entry -> missing.remove(entry.path("index").asText(), entry.path("alias").asText()));
    }
    return missing;
  }

  private static void addAlias(JsonRequests requests, String index, String alias)
      throws IOException, InterruptedException {
    requests.send("PUT", "/" + index + "/_alias/" + alias);
  }

  /** For the sink. */
  @Override
  @SuppressWarnings("exports") // internal
  public Repeats repeats() {
    return new Repeats(
        indices.pattern(),
        repeatWindow,
        new Repeats.Generations() {
          @Override
          public boolean haveChanged() {
            return !generations.others().isEmpty();
          }

          @Override
          public List<Repeats.Other> others(String destination) {
            return generations.others().getOrDefault(destination, List.of());
          }

          @Override
          public String current(String index) {
            return generations.current(index);
          }
        });
  }

  /** Builds a {@link Rollover}. Not thread-safe. */
  public static final class Builder {
    private final IndexPattern pattern;
    private Set<String> eventTypes = Set.of();
    private long documents;
    private long shardBytes;
    private @Nullable Duration age;
    private Duration interval = Duration.ofSeconds(30);
    private Duration repeatWindow = Duration.ofHours(1);
    private Clock clock = Clock.systemUTC();

    private Builder(String pattern) {
      this.pattern = IndexPattern.parse(pattern);
      IndexPattern unused = IndexPattern.parse(pattern + Generation.FIRST); // checks the length
    }

    /**
     * Sets the event types. They are needed if the pattern begins with {@code {eventType}}: indices
     * of events could not be told from others.
     */
    public Builder eventTypes(Set<String> types) {
      this.eventTypes = Set.copyOf(types);
      return this;
    }

    /**
     * Continues an index that has this many documents.
     *
     * @param limit at least 1; an index can exceed it by what is written in three intervals
     */
    public Builder documents(long limit) {
      this.documents = Positive.number("documents", limit);
      return this;
    }

    /**
     * Continues an index whose primary shards have this size on average.
     *
     * @param limit in bytes, at least 1; an index can exceed it by what is written in three
     *     intervals
     */
    public Builder shardBytes(long limit) {
      this.shardBytes = Positive.number("shardBytes", limit);
      return this;
    }

    /**
     * Continues an index of this age that is not empty. With a date in the pattern, only the index
     * of the present period is continued.
     *
     * @param limit since the creation of the index, at least 1 ms
     */
    public Builder age(Duration limit) {
      this.age = Positive.time("age", limit);
      return this;
    }

    /**
     * Sets the interval at which every process calls {@link Rollover#update}.
     *
     * @param time at least 1 ms; 30 s by default. Clocks should differ by less
     */
    public Builder interval(Duration time) {
      this.interval = Positive.time("interval", time);
      return this;
    }

    /**
     * Sets how long after a change repeated documents are looked up in the other generation.
     *
     * @param time at least 1 ms; one hour by default
     */
    public Builder repeatWindow(Duration time) {
      this.repeatWindow = Positive.time("repeatWindow", time);
      return this;
    }

    /** Sets the clock that decides what is due; the system clock by default. */
    public Builder clock(Clock newClock) {
      this.clock = newClock;
      return this;
    }

    /**
     * Builds it.
     *
     * @throws IllegalArgumentException if the pattern begins with {@code {eventType}} and there are
     *     no event types
     */
    public Rollover build() {
      return new Rollover(this);
    }
  }
}
