package dev.eventstream.es.indices;

import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.bulk.RequestFailure;
import dev.eventstream.es.connect.Positive;
import dev.eventstream.es.engine.Engine;
import dev.eventstream.es.request.JsonRequests;
import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.spi.IndexPattern;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Deletes, closes or shrinks indices whose events have become too old. Needs a date in the index
 * pattern, or {@link Rollover}, because the age is that of the youngest event that an index can
 * contain: the end of the period in its name, or else the creation of the next generation.
 *
 * <p>Touches only indices whose names the pattern makes and whose mapping carries the mark of the
 * {@link IndexTemplate}, and never the newest index of an event type. One process does it at a
 * time: a lock is kept in the index {@code .eventstream-locks}. Immutable.
 */
public final class Retention {
  private static final Duration LOCK_TIME = Duration.ofMinutes(10);

  private final EventIndices indices;
  private final RetentionPlan plan;
  private final Clock clock;
  private final String holder = holder();

  private Retention(Builder builder) {
    this.indices = new EventIndices(builder.pattern, builder.eventTypes);
    this.plan = new RetentionPlan(indices, builder.rules);
    this.clock = builder.clock;
  }

  private static String holder() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "unknown host";
    }
    return "process " + ProcessHandle.current().pid() + " on " + host;
  }

  /** What happens to an index; from the weakest to the strongest. */
  public enum Action {
    /** The copies of its shards are deleted; the primary shards stay. */
    REMOVE_REPLICAS,
    /** It keeps its disk space, but cannot be read or written until it is opened. */
    CLOSE,
    /** It is deleted. */
    DELETE;

    boolean appliesTo(IndexInfo info) {
      return switch (this) {
        case REMOVE_REPLICAS -> info.isOpen() && info.replicas() > 0;
        case CLOSE -> info.isOpen();
        case DELETE -> true;
      };
    }
  }

  /**
   * What happens to an index.
   *
   * @param due when
   * @param lastEvent no event in it is younger
   * @param age the age of its youngest event for which this is set
   */
  public record Step(String index, Action action, Instant due, Instant lastEvent, Duration age) {}

  /**
   * What a round has done.
   *
   * @param done the steps that were carried out
   * @param failed the steps that the cluster refused, with the reasons
   * @param left how many steps are due, but were more than the limit
   * @param busy who does the same now, instead; null: nobody
   */
  public record Report(List<Step> done, Map<Step, String> failed, int left, @Nullable String busy) {
    public Report {
      done = List.copyOf(done);
      failed = Map.copyOf(failed);
    }
  }

  /**
   * What was left to the engine.
   *
   * @param policies those that were written or replaced
   * @param indices those that have got a policy, or the present version of theirs
   * @param refused what was not done, with the reasons
   */
  public record Delegation(List<String> policies, List<String> indices, List<String> refused) {
    public Delegation {
      policies = List.copyOf(policies);
      indices = List.copyOf(indices);
      refused = List.copyOf(refused);
    }
  }

  /**
   * The ages for an action.
   *
   * @param general for types that are not named; null: never
   */
  record Ages(@Nullable Duration general, Map<String, Duration> byType) {
    @Nullable Duration of(String type) {
      return byType.getOrDefault(type, general);
    }
  }

  /**
   * Starts to build it, without any rule.
   *
   * @param pattern that of the transformer
   * @throws IllegalArgumentException if it makes names that engines reject; with the remedy
   */
  public static Builder builder(String pattern) {
    return new Builder(pattern);
  }

  /**
   * Returns what will happen next to each index, in the order of time. What is due has a time that
   * is not in the future. Changes nothing; waits for the cluster.
   *
   * @throws ClusterRefusedException if the cluster refuses the request
   * @throws IOException if it does not answer
   */
  public List<Step> plan(ElasticsearchSink sink) throws IOException, InterruptedException {
    return plan(new JsonRequests(sink.cluster()), clock.instant());
  }

  private List<Step> plan(JsonRequests requests, Instant now)
      throws IOException, InterruptedException {
    return plan.of(Indices.list(requests, indices.patterns(), true), now);
  }

  /**
   * Does what is due, the oldest first; waits for the cluster.
   *
   * @param limit of steps; a mistake in a setting then costs no more than that
   * @throws ClusterRefusedException if the cluster refuses the list or the lock. The privileges to
   *     manage the indices, and to create, read and write {@code .eventstream-locks} are needed
   * @throws IOException if it does not answer
   */
  public Report apply(ElasticsearchSink sink, int limit) throws IOException, InterruptedException {
    JsonRequests requests = new JsonRequests(sink.cluster());
    Instant now = clock.instant();
    if (due(plan(requests, now), now).isEmpty()) {
      return new Report(List.of(), Map.of(), 0, null);
    }
    ClusterLock lock = lock(sink, requests);
    Optional<String> busy = lock.acquire(holder, Instant.now(), LOCK_TIME);
    if (busy.isPresent()) {
      return new Report(List.of(), Map.of(), 0, busy.get());
    }
    try {
      List<Step> due = due(plan(requests, now), now); // another process may have done some
      return apply(requests, due.subList(0, Math.min(limit, due.size())), due.size());
    } finally {
      lock.release(holder);
    }
  }

  /**
   * Lets Index State Management of OpenSearch carry it out: writes policies and gives them to
   * indices. Repeat it in intervals, because an index gets a policy only when it has a successor.
   * Waits for the cluster.
   *
   * <p>The engine counts the age of an index from its creation. The period of the date in its name
   * and one hour are therefore added to the ages. The engine knows no limit of steps.
   *
   * @throws IllegalStateException if the pattern has no date
   * @throws ClusterRefusedException if the engine has no Index State Management, with the remedy,
   *     or refuses
   * @throws IOException if it does not answer
   */
  public Delegation delegate(ElasticsearchSink sink) throws IOException, InterruptedException {
    if (!indices.pattern().isDated()) {
      throw new IllegalStateException("the engine cannot tell the age of indices without a date");
    }
    JsonRequests requests = new JsonRequests(sink.cluster());
    return new IsmRetention(requests, plan, clock.instant())
        .apply(engine(sink), Indices.list(requests, indices.patterns(), true));
  }

  private static List<Step> due(List<Step> plan, Instant now) {
    return plan.stream().filter(step -> !step.due().isAfter(now)).toList();
  }

  private static Report apply(JsonRequests requests, List<Step> steps, int due)
      throws IOException, InterruptedException {
    Instant end = Instant.now().plus(LOCK_TIME.dividedBy(2));
    List<Step> done = new ArrayList<>();
    Map<Step, String> failed = new HashMap<>();
    for (Step step : steps) {
      if (Instant.now().isAfter(end)) {
        break;
      }
      try {
        carryOut(requests, step);
        done.add(step);
      } catch (ClusterRefusedException e) {
        if (e.status() != 404) { // somebody has deleted it
          failed.put(step, String.valueOf(e.getMessage()));
        }
      }
    }
    return new Report(done, failed, due - done.size() - failed.size(), null);
  }

  private static void carryOut(JsonRequests requests, Step step)
      throws IOException, InterruptedException {
    String path = "/" + step.index();
    switch (step.action()) {
      case REMOVE_REPLICAS ->
          requests.send(
              "PUT", path + "/_settings", Map.of(), "{\"index\":{\"number_of_replicas\":0}}");
      case CLOSE -> requests.send("POST", path + "/_close");
      case DELETE -> requests.send("DELETE", path);
    }
  }

  private static ClusterLock lock(ElasticsearchSink sink, JsonRequests requests)
      throws IOException, InterruptedException {
    return new ClusterLock(requests, engine(sink), "retention");
  }

  private static Engine engine(ElasticsearchSink sink) throws IOException, InterruptedException {
    try {
      return sink.engine().toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw RequestFailure.of(sink.cluster().name(), e).asException(e);
    }
  }

  /** Builds a {@link Retention}. Not thread-safe. */
  public static final class Builder {
    private final IndexPattern pattern;
    private final Map<Action, Ages> rules = new EnumMap<>(Action.class);
    private Set<String> eventTypes = Set.of();
    private Clock clock = Clock.systemUTC();

    private Builder(String pattern) {
      this.pattern = IndexPattern.parse(pattern);
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
     * Sets when an action is carried out.
     *
     * @param age of the youngest event in an index, at least 1 ms
     */
    public Builder after(Duration age, Action action) {
      Ages before = rules.getOrDefault(action, new Ages(null, Map.of()));
      rules.put(action, new Ages(Positive.time("age", age), before.byType));
      return this;
    }

    /**
     * Sets when an action is carried out for one event type. Has no effect without the event type
     * in the pattern.
     */
    public Builder after(Duration age, Action action, String eventType) {
      Ages before = rules.getOrDefault(action, new Ages(null, Map.of()));
      Map<String, Duration> byType = new HashMap<>(before.byType);
      byType.put(eventType, Positive.time("age", age));
      rules.put(action, new Ages(before.general, Map.copyOf(byType)));
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
    public Retention build() {
      return new Retention(this);
    }
  }
}
