package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.RealCluster;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of three nodes with replicas that loses some of them under load. */
@Tag("slow")
class NodeFailureIT {
  private static final String INDEX = "nodes";

  @TempDir Path directory;

  /** The longest time in which the cluster acknowledged nothing. */
  private final AtomicLong longestGap = new AtomicLong();

  private final AtomicLong lastIndexed = new AtomicLong();
  private final AtomicLong indexed = new AtomicLong();

  @Test
  @Timeout(240)
  @SuppressWarnings("SystemOut") // the figure is what the test is read for
  void nothingIsLostOrDoubledWhenTheManagerAndThenAnotherNodeAreKilled() throws Exception {
    try (RealCluster cluster = RealCluster.start("opensearch:2.19.6");
        EventStream stream =
            EventStream.builder()
                .sink(cluster.urls().stream().map(URI::toString).toArray(String[]::new))
                .spool(MapDbSpool.builder(directory).minFreeBytes(0).open())
                .build()) {
      cluster
          .nodes()
          .get(0)
          .client()
          .request(
              "PUT",
              "/" + INDEX,
              "{\"settings\":{\"index.number_of_shards\":3,\"index.number_of_replicas\":1}}")
          .orThrow();
      cluster.awaitGreen();
      Ledger ledger = new Ledger(stream, INDEX);
      AtomicBoolean stopped = new AtomicBoolean();
      ExecutorService clients = Executors.newFixedThreadPool(4);
      try {
        Future<?> first = clients.submit(() -> publish(ledger, stopped));
        Future<?> second = clients.submit(() -> publish(ledger, stopped));
        awaitIndexed(1_000);

        int manager = cluster.managerNode();
        cluster.kill(manager);
        cluster.managerNode(); // there is another one
        awaitIndexed(1_000);
        System.out.println("manager killed: nothing acknowledged for " + gapMillis() + " ms");
        cluster.restart(manager);
        cluster.awaitGreen();

        longestGap.set(0);
        int dataNode = cluster.dataNodeOtherThanManager();
        cluster.kill(dataNode);
        awaitIndexed(1_000);
        System.out.println("data node killed: nothing acknowledged for " + gapMillis() + " ms");
        cluster.restart(dataNode);
        cluster.awaitGreen();
        stopped.set(true);
        first.get();
        second.get();
      } finally {
        stopped.set(true);
        clients.shutdownNow();
      }
      ledger.assertAllArrivedOnce(cluster.nodes().get(0).client());
    }
  }

  @Test
  @Timeout(240)
  void withoutAManagerEventsAreSpooledAndArriveWhenThereIsOneAgain() throws Exception {
    try (RealCluster cluster = RealCluster.start("opensearch:2.19.6");
        EventStream stream =
            EventStream.builder()
                .sink(cluster.urls().stream().map(URI::toString).toArray(String[]::new))
                .spool(MapDbSpool.builder(directory).minFreeBytes(0).open())
                .build()) {
      Ledger ledger = new Ledger(stream, INDEX);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> ledger.publish(1).get(0) instanceof Outcome.Indexed);
      cluster.awaitGreen(); // a primary that never had a copy goes on without a manager
      cluster.kill(0);
      cluster.kill(1); // the third one alone is no quorum

      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> ledger.publish(20).get(0) instanceof Outcome.Spooled);
      for (int i = 0; i < 50; i++) {
        assertThat(ledger.publish(20)).allMatch(Outcome::accepted);
      }
      cluster.restart(0, 1);
      cluster.awaitNodes(3);

      ledger.assertAllArrivedOnce(cluster.nodes().get(2).client());
    }
  }

  private long gapMillis() {
    return Duration.ofNanos(longestGap.get()).toMillis();
  }

  private void publish(Ledger ledger, AtomicBoolean stopped) {
    while (!stopped.get()) {
      List<Outcome> outcomes = ledger.publish(10);
      assertThat(outcomes).allMatch(Outcome::accepted);
      if (outcomes.get(0) instanceof Outcome.Indexed) {
        long now = System.nanoTime();
        long last = lastIndexed.getAndSet(now);
        indexed.addAndGet(outcomes.size());
        longestGap.accumulateAndGet(last == 0 ? 0 : now - last, Math::max);
      }
    }
  }

  private void awaitIndexed(int more) {
    long wanted = indexed.get() + more;
    await().atMost(Duration.ofSeconds(60)).until(() -> indexed.get() >= wanted);
  }
}
