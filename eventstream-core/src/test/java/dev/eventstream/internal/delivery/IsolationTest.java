package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.Spool;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One index or document that the cluster does not accept, among others that it accepts. */
final class IsolationTest {
  private static final long MILLI = 1_000_000;

  private final ManualTimer timer = new ManualTimer();
  private final Random random = new Random(1);
  private final List<String> broken = new ArrayList<>();
  private final SimulatedCluster cluster = new SimulatedCluster(random, broken, timer);
  private final SimulatedSpool disk = new SimulatedSpool(random, broken, timer, cluster::hasTaken);
  private int documents;

  private Pipeline pipeline(@Nullable Spool spool, Duration giveUpAfter) {
    return new Pipeline(
        cluster.new Connection(),
        spool,
        new Pipeline.Settings(
            500,
            1_000_000,
            Duration.ofMillis(5),
            4,
            Duration.ofSeconds(spool == null ? 10 : 2),
            Duration.ofMillis(50),
            Duration.ofSeconds(2),
            0,
            giveUpAfter),
        Deliveries.environment(timer, random),
        task -> timer.schedule(task, 0));
  }

  private Pipeline pipeline() {
    return pipeline(disk.new Opened(), Duration.ZERO);
  }

  private Publication publish(Pipeline pipeline, String index, String kind, int count) {
    Document[] batch =
        IntStream.range(0, count)
            .mapToObj(
                i -> new Document(index, kind + "-" + documents++, null, "{}".getBytes(UTF_8)))
            .toArray(Document[]::new);
    return publish(pipeline, batch);
  }

  private Publication publish(Pipeline pipeline, Document... batch) {
    Publication publication =
        new Publication(DocumentBatch.of(batch), timer.nanoTime(), Instant.EPOCH);
    pipeline.submit(publication);
    return publication;
  }

  private long millisUntilDone(Publication publication) {
    long started = timer.nanoTime();
    while (!publication.done().isDone()) {
      timer.advanceMillis(1);
    }
    return (timer.nanoTime() - started) / MILLI;
  }

  @Test
  void aRedIndexDelaysOthersOnlyForASecond() {
    cluster.red.add("a");
    Pipeline pipeline = pipeline();
    publish(pipeline, "a", "id", 1);
    timer.advanceMillis(1_200);
    assertThat(pipeline.stuckDestinations()).extracting(s -> s.destination()).containsExactly("a");
    for (int i = 0; i < 600; i++) { // ten minutes
      Publication red = publish(pipeline, "a", "id", 1);
      for (int click = 0; click < 10; click++) {
        Publication clicks = publish(pipeline, "d", "id", 6);
        assertThat(millisUntilDone(clicks)).isLessThan(100);
        assertThat(clicks.done().getNow(List.of())).containsOnly(Fate.INDEXED);
        timer.advanceMillis(80);
      }
      assertThat(red.done()).isCompletedWithValue(List.of(Fate.SPOOLED));
    }
    assertThat(pipeline.clusterTakes()).isTrue();
    assertThat(disk.documents()).isEqualTo(601);
    cluster.red.clear();
    timer.advanceMillis(8_000);

    assertThat(disk.documents()).isZero();
    assertThat(pipeline.stuckDestinations()).isEmpty();
    assertThat(broken).isEmpty();
  }

  @Test
  void anIndexWithARedShardDelaysOthersLessAndLess() {
    cluster.halfRed.add("a");
    Pipeline pipeline = pipeline();
    int slow = 0;
    for (int i = 0; i < 600; i++) { // a minute
      publish(pipeline, "a", "id", 10);
      slow += millisUntilDone(publish(pipeline, "d", "id", 6)) < 100 ? 0 : 1;
      timer.advanceMillis(100);
    }
    assertThat(slow).isLessThan(10);
    cluster.halfRed.clear();
    timer.advanceMillis(60_000);

    assertThat(disk.documents()).isZero();
    assertThat(pipeline.stuckDestinations()).isEmpty();
    assertThat(broken).isEmpty();
  }

  @Test
  void anIndexThatFailsWholeRequestsIsIsolatedAfterFewRequests() {
    cluster.refusing.add("a");
    Pipeline pipeline = pipeline();
    Document[] mixed =
        IntStream.range(0, 500)
            .mapToObj(
                i -> new Document(i % 10 == 3 ? "a" : "d", "id-" + i, null, "{}".getBytes(UTF_8)))
            .toArray(Document[]::new);
    Publication publication = publish(pipeline, mixed);
    timer.advanceMillis(2_500);

    List<Fate> fates = publication.done().getNow(List.of());
    assertThat(fates).isNotEmpty();
    for (int i = 0; i < 500; i++) {
      assertThat(fates.get(i)).isEqualTo(i % 10 == 3 ? Fate.SPOOLED : Fate.INDEXED);
    }
    assertThat(cluster.requests).isLessThan(60);
    int requests = cluster.requests;
    for (int i = 0; i < 20; i++) {
      assertThat(publish(pipeline, "a", "id", 1).done()).isNotDone();
      assertThat(millisUntilDone(publish(pipeline, "d", "id", 1))).isLessThan(50);
    }
    assertThat(cluster.requests - requests).isLessThan(30);
    assertThat(pipeline.clusterTakes()).isTrue();
    cluster.refusing.clear();
    timer.advanceMillis(15_000);
    assertThat(disk.documents()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"whole", "hang", "odd"})
  void aDocumentAtFaultStaysInTheSpoolAndAllOthersArrive(String kind) {
    Pipeline pipeline = pipeline();
    cluster.state = SimulatedCluster.State.REFUSING;
    publish(pipeline, "d", "id", 300);
    publish(pipeline, "d", kind, 1);
    publish(pipeline, "d", "id", 300);
    timer.advanceMillis(3_000);
    cluster.state = SimulatedCluster.State.WELL;
    int requests = cluster.requests;
    timer.advanceMillis(400_000);

    assertThat(disk.waitingOf(index -> true)).containsExactly(kind + "-300");
    assertThat(cluster.requests - requests).isLessThan(100);
    assertThat(pipeline.clusterTakes()).isTrue();
    assertThat(millisUntilDone(publish(pipeline, "d", "id", 1))).isLessThan(50);
    assertThat(broken).isEmpty();
  }

  @Test
  void documentsThatAreNeverAnsweredDelayOnlyTheirOwnRequests() {
    Pipeline pipeline = pipeline();
    List<Publication> healthy = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) { // five minutes
      if (i % 10 == 0) {
        publish(pipeline, "h", "hang", 1);
      }
      healthy.add(publish(pipeline, "d", "id", 6));
      timer.advanceMillis(100);
      assertThat(pipeline.clusterTakes()).as(pipeline.clusterFailure()).isTrue();
    }
    timer.advanceMillis(15_000);

    long indexed =
        healthy.stream()
            .filter(
                six -> six.done().getNow(List.of()).equals(Collections.nCopies(6, Fate.INDEXED)))
            .count();
    assertThat(indexed).isGreaterThan(healthy.size() * 95 / 100);
    assertThat(healthy).allMatch(six -> six.done().isDone());
    assertThat(broken).isEmpty();
  }

  @Test
  void documentsThatGetTheErrorOfAnotherAreIndexed() {
    Pipeline pipeline = pipeline();
    Document[] ten =
        IntStream.range(0, 10)
            .mapToObj(
                i ->
                    new Document("d", (i == 4 ? "shared-" : "id-") + i, null, "{}".getBytes(UTF_8)))
            .toArray(Document[]::new);
    Publication publication = publish(pipeline, ten);
    timer.advanceMillis(1_000);

    List<Fate> fates = publication.done().getNow(List.of());
    assertThat(fates).isNotEmpty();
    for (int i = 0; i < 10; i++) {
      assertThat(fates.get(i).kind())
          .isEqualTo(i == 4 ? Fate.Kind.DEAD_LETTERED : Fate.Kind.INDEXED);
    }
    assertThat(disk.letters).containsOnlyKeys("shared-4");
  }

  @Test
  void reportsDocumentsThatThePipelineDrops() {
    Pipeline pipeline = pipeline();
    Publication publication = publish(pipeline, "d", "drop", 2);
    timer.advanceMillis(100);

    assertThat(publication.done()).isCompletedWithValue(List.of(Fate.DROPPED, Fate.DROPPED));
  }

  @Test
  void withoutASpoolARedIndexDelaysOthersOnlyAtTheStart() {
    cluster.red.add("a");
    Pipeline pipeline = pipeline(null, Duration.ZERO);
    Publication red = publish(pipeline, "a", "id", 1);
    timer.advanceMillis(1_300);
    for (int i = 0; i < 60; i++) {
      publish(pipeline, "a", "id", 1);
      Publication clicks = publish(pipeline, "d", "id", 6);
      assertThat(millisUntilDone(clicks)).isLessThan(100);
      assertThat(clicks.done().getNow(List.of())).containsOnly(Fate.INDEXED);
      timer.advanceMillis(200);
    }

    assertThat(red.done().getNow(List.of())).hasOnlyElementsOfType(Fate.Refused.class);
    cluster.red.clear();
    timer.advanceMillis(12_000);
    assertThat(pipeline.stuckDestinations()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"red", "odd"})
  void givesUpADocumentAfterTheConfiguredTime(String fault) {
    Pipeline pipeline = pipeline(disk.new Opened(), Duration.ofMinutes(30));
    if (fault.equals("red")) {
      cluster.red.add("a");
    }
    publish(pipeline, "a", fault, 1);
    publish(pipeline, "d", "id", 1);
    timer.advanceMillis(29 * 60_000);
    assertThat(disk.letters).isEmpty();
    timer.advanceMillis(15 * 60_000);

    assertThat(disk.letters).containsOnlyKeys(fault + "-0");
    assertThat(disk.documents()).isZero();
  }
}
