package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.indices.IndexInfo;
import dev.eventstream.es.indices.Indices;
import dev.eventstream.es.indices.Retention;
import dev.eventstream.es.indices.Rollover;
import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.es.template.IndexTemplates;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.RealCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two processes write to a cluster of three nodes, in which everything happens that happens to
 * clusters, while indices are continued, days pass and old indices are deleted. Each event is in
 * the index once. Runs with {@code ./test --clusters}.
 */
@EnabledIfSystemProperty(named = "eventstream.clusters", matches = "true")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class ClusterCampaignIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String PATTERN = "fleet-{yyyy.MM.dd}";
  private static final String OLD = "fleet-2020.01.01";
  private static final int BATCH = 10;
  private static final int DOCUMENTS_PER_INDEX = 2_000;
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  @TempDir Path directory;
  @Parameter Engine underTest;

  private final AtomicInteger next = new AtomicInteger();
  private final Set<Integer> accepted = Collections.synchronizedSet(new TreeSet<>());
  private final AtomicLong indexed = new AtomicLong();
  private final AtomicLong duplicates = new AtomicLong();
  private final AtomicLong lastIndexed = new AtomicLong(System.nanoTime());
  private final AtomicLong longestGap = new AtomicLong();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final Time time = new Time();

  /** The time of acceptance, which can be set forward. */
  private static final class Time extends Clock {
    private volatile Duration ahead = Duration.ZERO;

    @Override
    public Instant instant() {
      return Instant.now().plus(ahead);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }

    LocalDate day() {
      return LocalDate.ofInstant(instant(), ZoneOffset.UTC);
    }

    void passMidnight() {
      Instant midnight = day().plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
      ahead = ahead.plus(Duration.between(instant(), midnight)).plusMillis(1);
    }
  }

  /** A process of a fleet, without the process. */
  private final class Member implements AutoCloseable {
    private final Rollover rollover =
        Rollover.builder(PATTERN).documents(DOCUMENTS_PER_INDEX).interval(INTERVAL).build();
    private final ElasticsearchSink sink;
    private final EventStream stream;

    Member(RealCluster cluster, String name) throws IOException {
      sink = ElasticsearchSink.builder(cluster.urls()).recogniseRepeats(rollover).build();
      stream =
          EventStream.builder()
              .sink(sink)
              .transformer(
                  DefaultEventTransformer.builder()
                      .index(PATTERN)
                      .generations(rollover)
                      .clock(time)
                      .build())
              .spool(MapDbSpool.builder(directory.resolve(name)).minFreeBytes(0).open())
              .build();
    }

    /** Publishes and returns whether everything is in the index. */
    boolean publish(int from, int to) {
      List<Event> events = new ArrayList<>();
      for (int n = from; n < to; n++) {
        events.add(Event.of("fleet", "v", Map.of("n", n)).withDocumentId("key-" + n));
      }
      List<Outcome> outcomes = stream.publishAll(events).join();
      assertThat(outcomes).allMatch(Outcome::accepted);
      for (int n = from; n < to; n++) {
        accepted.add(n);
      }
      duplicates.addAndGet(outcomes.stream().filter(Outcome.Duplicate.class::isInstance).count());
      boolean areIndexed = outcomes.stream().allMatch(Outcome.Indexed.class::isInstance);
      if (areIndexed) {
        long now = System.nanoTime();
        longestGap.accumulateAndGet(now - lastIndexed.getAndSet(now), Math::max);
        indexed.addAndGet(outcomes.size());
      }
      return areIndexed;
    }

    /** Looks after the indices as a server does; a cluster that fails is asked again. */
    void lookAfterIndices(Retention retention) throws InterruptedException {
      while (!stopped.get()) {
        try {
          rollover.update(sink);
          retention.apply(sink, 10);
        } catch (IOException e) {
          // as the server: again after the interval
        }
        Thread.sleep(INTERVAL.toMillis());
      }
    }

    @Override
    public void close() {
      stream.close();
    }
  }

  /** Publishes, and repeats what has been indexed through the other process. */
  private void publish(Member member, Member other) {
    for (int i = 0; !stopped.get(); i++) {
      int from = next.getAndAdd(BATCH);
      boolean areIndexed = member.publish(from, from + BATCH);
      if (areIndexed && i % 5 == 0) {
        other.publish(from, from + BATCH);
      }
    }
  }

  @Test
  @Timeout(1_200)
  void everyEventIsInTheIndexOnceWhateverHappensToTheCluster() throws Exception {
    try (RealCluster cluster =
        RealCluster.builder(underTest)
            .setting("cluster.info.update.interval", "10s")
            .setting("cluster.routing.allocation.disk.threshold_enabled", "true")
            .start()) {
      prepare(cluster);
      ExecutorService threads = Executors.newCachedThreadPool();
      try (Member one = new Member(cluster, "one");
          Member other = new Member(cluster, "other")) {
        Retention retention =
            Retention.builder(PATTERN).after(Duration.ofDays(365), Retention.Action.DELETE).build();
        List<Future<?>> running =
            List.of(
                threads.submit(() -> publish(one, other)),
                threads.submit(() -> publish(other, one)),
                threads.submit(() -> lookAfterIndices(one, retention)),
                threads.submit(() -> lookAfterIndices(other, retention)));
        awaitIndexed();
        for (int node = 0; node < 3; node++) {
          killAndRestart(cluster, node);
        }
        allNodesDown(cluster, one);
        passMidnight();
        diskFull(cluster);
        for (int node = 0; node < 3; node++) {
          restart(cluster, node);
        }
        if (underTest.equals(Engine.of("opensearch:2.19.6"))) {
          for (int node = 0; node < 3; node++) {
            upgrade(cluster, node);
          }
        }
        passMidnight();
        stopped.set(true);
        for (Future<?> thread : running) {
          thread.get();
        }
        await().atMost(PATIENCE).until(() -> waiting(one) + waiting(other) == 0);
        check(cluster, one);
      } finally {
        stopped.set(true);
        threads.shutdownNow();
      }
    }
  }

  private static Void lookAfterIndices(Member member, Retention retention)
      throws InterruptedException {
    member.lookAfterIndices(retention);
    return null;
  }

  private void prepare(RealCluster cluster) throws Exception {
    IndexTemplate template = IndexTemplate.builder(List.of("fleet-*")).shards(2).build();
    try (ElasticsearchSink sink = ElasticsearchSink.builder(cluster.urls()).build()) {
      IndexTemplates.apply(sink, template, true).toCompletableFuture().get();
    }
    cluster.nodes().get(0).client().request("PUT", "/" + OLD).orThrow();
    cluster.awaitGreen();
  }

  private static long waiting(Member member) {
    return member.stream.backlog().spool().documents();
  }

  private void awaitIndexed() {
    long wanted = indexed.get() + 500;
    await().atMost(PATIENCE).until(() -> indexed.get() >= wanted);
  }

  @SuppressWarnings("SystemOut") // the figure is what the campaign is read for
  private void tell(String what) {
    awaitIndexed();
    System.out.printf(
        "%s: %s; nothing acknowledged for %d ms; %d events%n",
        underTest, what, Duration.ofNanos(longestGap.getAndSet(0)).toMillis(), accepted.size());
  }

  private void killAndRestart(RealCluster cluster, int node) {
    cluster.kill(node);
    awaitIndexed();
    cluster.restart(node);
    cluster.awaitGreen();
    tell("node " + node + " killed and back");
  }

  private void allNodesDown(RealCluster cluster, Member member) {
    for (int node = 0; node < 3; node++) {
      cluster.kill(node);
    }
    await().atMost(PATIENCE).until(() -> waiting(member) > 500);
    cluster.restart(0, 1, 2);
    cluster.awaitGreen();
    await().atMost(PATIENCE).until(() -> waiting(member) == 0);
    tell("all nodes killed and back, spool empty");
  }

  private void passMidnight() {
    awaitIndexed();
    time.passMidnight();
    tell("midnight passed");
  }

  /** The engine blocks indices for writing when it believes that its disk is full. */
  private void diskFull(RealCluster cluster) throws IOException {
    EngineClient client = cluster.nodes().get(0).client();
    putWatermarks(client, "\"900tb\"");
    String block = "index.blocks.read_only_allow_delete";
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                client
                    .request("GET", "/fleet-*/_settings?flat_settings=true")
                    .body()
                    .contains(block));
    putWatermarks(client, "null");
    if (underTest.major() == 6) { // later versions remove the block themselves
      client.request("PUT", "/fleet-*/_settings", "{\"" + block + "\":null}").orThrow();
    }
    cluster.awaitGreen();
    tell("disk full and free again");
  }

  private static void putWatermarks(EngineClient client, String value) {
    String prefix = "\"cluster.routing.allocation.disk.watermark.";
    client
        .request(
            "PUT",
            "/_cluster/settings",
            "{\"transient\":{%1$slow\":%2$s,%1$shigh\":%2$s,%1$sflood_stage\":%2$s}}"
                .formatted(prefix, value))
        .orThrow();
  }

  private void restart(RealCluster cluster, int node) {
    cluster.nodes().get(node).stop();
    cluster.restart(node);
    cluster.awaitGreen();
    tell("node " + node + " restarted");
  }

  private void upgrade(RealCluster cluster, int node) {
    cluster.upgrade(node, Engine.of("opensearch:3.8.0"));
    cluster.awaitGreen();
    tell("node " + node + " upgraded to 3.8.0");
  }

  @SuppressWarnings("SystemOut") // the figure is what the campaign is read for
  private void check(RealCluster cluster, Member member) throws Exception {
    EngineClient client = cluster.nodes().get(0).client();
    client.refresh();
    List<Integer> found = numbers(client);
    List<IndexInfo> indices = Indices.list(member.sink, List.of("fleet-*"));
    System.out.printf(
        "%s: %d events accepted, %d in %d indices, %d repeats recognised%n",
        underTest, accepted.size(), found.size(), indices.size(), duplicates.get());
    assertThat(found).doesNotHaveDuplicates();
    assertThat(new TreeSet<>(found)).isEqualTo(accepted);
    assertThat(duplicates.get()).isPositive();
    assertThat(indices)
        .extracting(IndexInfo::name)
        .as("generations, days and retention")
        .anyMatch(name -> name.endsWith("-000003"))
        .anyMatch(name -> name.startsWith("fleet-" + time.day().toString().replace('-', '.')))
        .doesNotContain(OLD);
  }

  private static List<Integer> numbers(EngineClient client) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    String body =
        client.request("GET", "/fleet-*/_search?scroll=1m&size=5000&_source=n").orThrow().body();
    while (true) {
      JsonNode page = JSON.readTree(body);
      JsonNode hits = page.path("hits").path("hits");
      if (hits.isEmpty()) {
        return numbers;
      }
      hits.forEach(hit -> numbers.add(hit.path("_source").path("n").asInt()));
      String next =
          "{\"scroll\":\"1m\",\"scroll_id\":\"" + page.path("_scroll_id").asText() + "\"}";
      body = client.request("POST", "/_search/scroll", next).orThrow().body();
    }
  }
}
