package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.OnMappingFailure;
import dev.eventstream.observe.StuckDestination;
import dev.eventstream.server.AnswerLedger.Numbered;
import dev.eventstream.server.AnswerLedger.Place;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineUnavailableException;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.TestAbortedException;

/**
 * A steady load of healthy types, alternately alone and beside types that cannot be written for
 * many reasons, with restarts: every event ends where its answer says, and the healthy ones are not
 * slower. With {@code -Deventstream.campaign.seconds=600} at length.
 */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class IsolationCampaignIT {
  private static final int SECONDS = Integer.getInteger("eventstream.campaign.seconds", 30);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PHASE = Duration.ofSeconds(3);

  private static final Duration HEALTHY_EVERY = Duration.ofMillis(20);
  private static final Duration OTHERS_EVERY = Duration.ofMillis(100);

  /**
   * The next document creates the index again, and its request waits for that, with all documents
   * that share it: with one deletion a second this would be the 99th percentile. The engine is busy
   * with it and slower for all others; therefore another client does the same with an index of its
   * own while the healthy types are alone.
   */
  private static final Duration DELETED_EVERY = Duration.ofSeconds(10);

  /**
   * What others may add on a machine with other work, where the 99th percentile of two like phases
   * differs by as much. A batch that waits for an index that is not allocated takes 1 s.
   */
  private static final Duration NOISE = Duration.ofMillis(100);

  private static final String DROPPED = "dropped";
  private static final String UNREADABLE = "unreadable";
  private static final String DELETED = "deleted";

  private static final List<BrokenDestination> FAULTS =
      List.of(
          BrokenDestination.RED_INDEX,
          BrokenDestination.CLOSED_INDEX,
          BrokenDestination.ALIAS_WITHOUT_WRITE_INDEX,
          BrokenDestination.MISSING_PIPELINE);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  @Parameter Engine underTest;

  private final AnswerLedger ledger = new AnswerLedger();
  private final ReadWriteLock restarting = new ReentrantReadWriteLock();
  private final Phaser unanswered = new Phaser(1);
  private RealEngine engine;
  private volatile EventStream stream; // written under the write lock of restarting

  /** The latencies of batches of healthy events. Thread-safe. */
  private static final class Latencies {
    private long[] nanos = new long[1 << 12];
    private int count;
    private int notIndexed;

    synchronized void add(long taken, List<Outcome> outcomes) {
      if (count == nanos.length) {
        nanos = Arrays.copyOf(nanos, 2 * count);
      }
      nanos[count++] = taken;
      boolean isIndexed = outcomes.stream().allMatch(Outcome.Indexed.class::isInstance);
      notIndexed += isIndexed ? 0 : 1;
    }

    synchronized Duration percentile(int percent) {
      long[] sorted = Arrays.copyOf(nanos, count);
      Arrays.sort(sorted);
      return Duration.ofNanos(sorted[(int) ((count - 1L) * percent / 100)]);
    }

    synchronized int count() {
      return count;
    }

    synchronized int notIndexed() {
      return notIndexed;
    }

    @Override
    public synchronized String toString() {
      return "p50 %d ms, p90 %d ms, p99 %d ms, longest %d ms, of %d batches, %d not indexed at once"
          .formatted(
              percentile(50).toMillis(),
              percentile(90).toMillis(),
              percentile(99).toMillis(),
              percentile(100).toMillis(),
              count,
              notIndexed);
    }
  }

  @BeforeEach
  void start() throws IOException {
    try {
      engine =
          RealEngine.builder(underTest)
              .ingestProcessors()
              .setting("cluster.routing.allocation.disk.threshold_enabled", "false")
              .start();
    } catch (EngineUnavailableException e) {
      throw new TestAbortedException(e.getMessage(), e);
    }
    stream = open();
  }

  @AfterEach
  void stop() {
    if (stream != null) {
      stream.close();
    }
    if (engine != null) {
      engine.close();
    }
  }

  private EventStream open() throws IOException {
    return EventStream.builder()
        .sink(
            ElasticsearchSink.builder(List.of(engine.url()))
                .onMappingFailure(OnMappingFailure.DEAD_LETTER)
                .build())
        .spool(MapDbSpool.builder(directory).minFreeBytes(0).open())
        .build();
  }

  @Test
  @Timeout(value = 12, unit = TimeUnit.HOURS) // each step has a limit of its own
  void typesThatCannotBeWrittenNeitherDelayOthersNorLoseEvents() throws Exception {
    pipeline(DROPPED, "{\"drop\":{}}");
    pipeline(UNREADABLE, "");
    Latencies without = new Latencies();
    Latencies with = new Latencies();
    load(Map.of(), new Latencies()); // until code is compiled and indices are there
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    int cycles = 0;
    do {
      load(Map.of(), without);
      Map<BrokenDestination, String> broken = breakDestinations(cycles++);
      load(broken, with);
      broken.forEach((fault, name) -> fault.repair(client(), name));
      await().atMost(PATIENCE).until(() -> stream.backlog().spool().documents() == 0);
      await().atMost(PATIENCE).until(() -> stuck().isEmpty());
    } while (System.nanoTime() - end < 0);

    print("%s, %d cycles, %d events".formatted(underTest, cycles, ledger.size()));
    print("  healthy types alone:                       " + without);
    print("  beside types that cannot be written:       " + with);
    assertThat(stream.backlog().spool().damaged()).isEmpty();
    ledger.assertEachIsWhereItsAnswerSays(client(), stream);
    assertThat(with.notIndexed()).isLessThanOrEqualTo(with.count() / 100);
    assertThat(with.percentile(99)).isLessThan(without.percentile(99).multipliedBy(2).plus(NOISE));
  }

  /** A destination for each fault, of a new name. */
  private Map<BrokenDestination, String> breakDestinations(int cycle) {
    Map<BrokenDestination, String> broken = new EnumMap<>(BrokenDestination.class);
    for (BrokenDestination fault : FAULTS) {
      String name = fault.name().toLowerCase(Locale.ROOT) + "-" + cycle;
      fault.create(client(), name, mappings());
      broken.put(fault, name);
    }
    return broken;
  }

  /**
   * Publishes healthy events, and as many others, which are healthy as well if nothing is broken;
   * measures twice, with a restart in between, each time once it is known what is stuck.
   */
  private void load(Map<BrokenDestination, String> broken, Latencies latencies) throws Exception {
    AtomicReference<Latencies> measured = new AtomicReference<>();
    ScheduledExecutorService publishers = Executors.newScheduledThreadPool(3);
    try {
      List<Future<?>> tasks = new ArrayList<>();
      tasks.add(every(HEALTHY_EVERY, publishers, () -> publishHealthy(measured.get())));
      tasks.add(every(OTHERS_EVERY, publishers, () -> publishOthers(broken)));
      Runnable deletion = broken.isEmpty() ? this::replaceOtherIndex : this::deleteIndex;
      tasks.add(every(DELETED_EVERY, publishers, deletion));
      measure(broken, measured, latencies, publishers);
      restart();
      measure(broken, measured, latencies, publishers);
      for (Future<?> task : tasks) {
        assertThat(task.isDone()).as("a publisher has failed").isFalse();
        task.cancel(false);
      }
    } finally {
      publishers.shutdown();
      assertThat(publishers.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
    unanswered.awaitAdvanceInterruptibly(
        unanswered.arrive(), PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static Future<?> every(
      Duration period, ScheduledExecutorService publishers, Runnable task) {
    long millis = period.toMillis();
    return publishers.scheduleAtFixedRate(task, millis / 2, millis, TimeUnit.MILLISECONDS);
  }

  private void measure(
      Map<BrokenDestination, String> broken,
      AtomicReference<Latencies> measured,
      Latencies latencies,
      ScheduledExecutorService publishers)
      throws Exception {
    await().atMost(PATIENCE).until(() -> stuck().equals(Set.copyOf(broken.values())));
    measured.set(latencies);
    publishers.schedule(() -> measured.set(null), PHASE.toMillis(), TimeUnit.MILLISECONDS).get();
  }

  private void publishHealthy(@Nullable Latencies measured) {
    List<Numbered> events = new ArrayList<>(ledger.good("healthy-a", 3));
    events.addAll(ledger.good("healthy-b", 2));
    long start = System.nanoTime();
    publish(
        events,
        outcomes -> {
          if (measured != null) {
            measured.add(System.nanoTime() - start, outcomes);
          }
        });
  }

  private void publishOthers(Map<BrokenDestination, String> broken) {
    List<Numbered> events = new ArrayList<>(ledger.good("healthy-c", 2));
    if (broken.isEmpty()) {
      events.addAll(ledger.good("healthy-c", 2 * FAULTS.size() + 5));
    } else {
      broken.values().forEach(type -> events.addAll(ledger.good(type, 2)));
      events.add(ledger.event(DROPPED, Place.NOWHERE, "\"amount\":1"));
      events.addAll(ledger.good(UNREADABLE, 2));
      String number = "\"amount\":" + AnswerLedger.UNREADABLE_NUMBER;
      events.add(ledger.event(UNREADABLE, Place.DEAD_LETTERS, number));
      events.add(ledger.event("healthy-c", Place.DEAD_LETTERS, "\"amount\":\"much\""));
      events.addAll(ledger.good(DELETED, 2));
    }
    publish(events, outcomes -> {});
  }

  private void publish(List<Numbered> events, Consumer<List<Outcome>> answered) {
    unanswered.register();
    restarting.readLock().lock();
    try {
      var unused =
          ledger
              .publish(stream, events)
              .thenAccept(answered)
              .whenComplete((nothing, failure) -> unanswered.arriveAndDeregister());
    } finally {
      restarting.readLock().unlock();
    }
  }

  private void deleteIndex() {
    client().request("DELETE", "/" + DELETED); // it may be gone already
    ledger.deleted(DELETED);
  }

  private void replaceOtherIndex() {
    client().request("DELETE", "/of-another-client");
    client().request("POST", "/of-another-client/_doc", "{\"eventType\":\"x\",\"n\":1}");
  }

  /** Closes the stream while requests are in flight, and opens it again with the same spool. */
  private void restart() throws IOException {
    restarting.writeLock().lock();
    try {
      stream.close();
      stream = open();
    } finally {
      restarting.writeLock().unlock();
    }
  }

  private Set<String> stuck() {
    return stream.state().stuckDestinations().stream()
        .map(StuckDestination::destination)
        .collect(Collectors.toSet());
  }

  private void pipeline(String type, String processors) {
    BrokenDestination.put(
        client(), "/_ingest/pipeline/" + type, "{\"processors\":[" + processors + "]}");
    BrokenDestination.put(
        client(),
        "/" + type,
        BrokenDestination.index(",\"index.default_pipeline\":\"" + type + "\"", mappings()));
  }

  private String mappings() {
    return BrokenDestination.mappings(underTest.needsMappingType());
  }

  private EngineClient client() {
    return engine.client();
  }

  @SuppressWarnings("SystemOut") // the campaign's figures, for its reader
  private static void print(String line) {
    System.out.println(line);
  }
}
