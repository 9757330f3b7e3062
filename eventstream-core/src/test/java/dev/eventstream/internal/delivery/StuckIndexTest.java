package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Most documents are for an index that accepts nothing; it must neither stop nor slow down the
 * others.
 */
final class StuckIndexTest {
  private final ManualTimer timer = new ManualTimer();
  private final Random random = new Random(1);
  private final List<String> broken = new ArrayList<>();
  private final SimulatedCluster cluster = new SimulatedCluster(random, broken, timer);
  private final SimulatedSpool disk = new SimulatedSpool(random, broken, timer, cluster::holds);
  private boolean toSpoolFirst;
  private int documents;

  private Pipeline pipeline() {
    return new Pipeline(
        cluster.new Connection(),
        disk.new Opened(),
        new Pipeline.Settings(
            50,
            100_000,
            Duration.ofMillis(5),
            4,
            Duration.ofSeconds(2),
            Duration.ofMillis(50),
            Duration.ofSeconds(2),
            0,
            Duration.ZERO),
        Deliveries.environment(timer, random),
        task -> timer.schedule(task, 0));
  }

  private Publication publish(Pipeline pipeline, String index, int count) {
    Document[] batch = new Document[count];
    for (int i = 0; i < count; i++) {
      batch[i] = new Document(index, "id-" + documents++, null, "{}".getBytes(UTF_8));
    }
    Publication publication =
        new Publication(DocumentBatch.of(batch), timer.nanoTime(), Instant.EPOCH);
    if (toSpoolFirst) {
      pipeline.submitToSpool(publication);
    } else {
      pipeline.submit(publication);
    }
    return publication;
  }

  private void takesNothing(String index, boolean stuck) {
    (stuck ? cluster.stuck : cluster.blocked).add(index);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void otherSpooledDocumentsArriveInASpoolFullOfStuckOnes(boolean stuck) {
    takesNothing("a", stuck);
    toSpoolFirst = true;
    Pipeline pipeline = pipeline();
    for (int i = 0; i < 2_000; i++) {
      publish(pipeline, i % 10 == 9 ? "d" : "a", 10);
    }
    int seconds = 0;
    timer.advanceMillis(100);
    while (!disk.waitingOf(index -> index.equals("d")).isEmpty()) {
      timer.advanceMillis(1_000);
      assertThat(++seconds).isLessThan(60);
    }
    assertThat(disk.documents()).isEqualTo(18_000);
    timer.advanceMillis(600_000); // long enough for the longest pauses
    publish(pipeline, "d", 10);
    timer.advanceMillis(90_000);
    assertThat(disk.documents()).isEqualTo(18_000);
    cluster.stuck.clear();
    cluster.blocked.clear();
    timer.advanceMillis(120_000);

    assertThat(disk.documents()).isZero();
    assertThat(disk.mostTaken).isLessThanOrEqualTo(4 + 8 + 1);
    assertThat(pipeline.clusterTakes()).isTrue();
    assertThat(broken).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void liveDocumentsOfOtherIndicesAreIndexedQuickly(boolean stuck) {
    takesNothing("a", stuck);
    Pipeline pipeline = pipeline();
    int late = 0;
    List<Publication> well = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      publish(pipeline, "a", 5);
      well.add(publish(pipeline, "d", 5));
      timer.advanceMillis(20);
      late += i >= 10 && !well.get(i - 10).done().isDone() ? 1 : 0;
    }
    timer.advanceMillis(3_000);

    assertThat(well).allSatisfy(p -> assertThat(p.done().join()).containsOnly(Fate.INDEXED));
    assertThat(late).as("publications of 3,000 that took more than 200 ms").isLessThan(150);
    assertThat(pipeline.clusterTakes()).isTrue();
    assertThat(broken).isEmpty();
  }
}
