package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.EventStreamBuilder;
import dev.eventstream.EventTransformer;
import dev.eventstream.Outcome;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.OnMappingFailure;
import dev.eventstream.observe.BulkAttempt;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.observe.StuckDestination;
import dev.eventstream.server.AnswerLedger.Numbered;
import dev.eventstream.server.AnswerLedger.Place;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatchBuilder;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.Engine.Product;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineUnavailableException;
import dev.eventstream.testkit.FaultProxy;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.TestAbortedException;
import org.slf4j.LoggerFactory;

/**
 * A stream before each engine under test, and one type, index or document that cannot be written:
 * the others neither fail nor wait, and what is at fault is kept, named, and delivered when it is
 * repaired.
 */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class IsolationIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** A request that waits for an index that is not allocated takes 1 s. */
  private static final Duration SHARD_TIMEOUT = Duration.ofSeconds(1);

  private static final AtomicInteger NAMES = new AtomicInteger();

  private static RealEngine engine;

  @TempDir Path directory;

  private final Engine underTest;
  private final String name = "isolation-" + NAMES.incrementAndGet();
  private final String clicks = name + "-clicks";
  private final AnswerLedger ledger = new AnswerLedger();
  private final Watch watch = new Watch();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  IsolationIT(Engine underTest) {
    this.underTest = underTest;
  }

  private static final class Watch implements StreamListener {
    final AtomicInteger requests = new AtomicInteger();
    final AtomicInteger openings = new AtomicInteger();

    @Override
    public void attempted(BulkAttempt attempt) {
      requests.incrementAndGet();
    }

    @Override
    public void breakerOpened(String reason) {
      openings.incrementAndGet();
    }
  }

  @BeforeParameterizedClassInvocation
  static void start(Engine underTest) {
    try {
      engine =
          RealEngine.builder(underTest)
              .ingestProcessors()
              .setting("cluster.routing.allocation.disk.threshold_enabled", "false")
              .start();
    } catch (EngineUnavailableException e) {
      throw new TestAbortedException(e.getMessage(), e);
    }
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    if (engine != null) {
      engine.close();
    }
    engine = null;
  }

  @BeforeEach
  void collectLog() {
    log.start();
    logger().addAppender(log);
  }

  @AfterEach
  void leaveLog() {
    logger().detachAppender(log);
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger("dev.eventstream.internal.delivery");
  }

  private EventStreamBuilder builder(URI url) {
    return EventStream.builder()
        .sink(
            ElasticsearchSink.builder(List.of(url))
                .requestTimeout(Duration.ofSeconds(4))
                .onMappingFailure(OnMappingFailure.DEAD_LETTER)
                .build())
        .listener(watch);
  }

  private EventStream open() throws IOException {
    return open(engine.url(), null);
  }

  private EventStream open(URI url, EventTransformer transformer) throws IOException {
    EventStreamBuilder builder =
        builder(url)
            .spool(MapDbSpool.builder(directory).minFreeBytes(0).open())
            .deliveryTimeout(Duration.ofSeconds(10));
    return (transformer == null ? builder : builder.transformer(transformer)).build();
  }

  private static EngineClient client() {
    return engine.client();
  }

  private List<Outcome> publish(EventStream stream, List<Numbered> events) {
    return ledger.publish(stream, events).join();
  }

  private static void assertAllIndexed(List<Outcome> outcomes) {
    assertThat(outcomes).hasOnlyElementsOfType(Outcome.Indexed.class);
  }

  private void createClicks(EventStream stream) {
    await().atMost(PATIENCE).until(() -> isIndexed(publish(stream, ledger.good(clicks, 1))));
  }

  private static boolean isIndexed(List<Outcome> outcomes) {
    return outcomes.stream().allMatch(outcome -> outcome instanceof Outcome.Indexed);
  }

  private static void awaitEmptySpool(EventStream stream, Duration patience) {
    await().atMost(patience).until(() -> stream.backlog().spool().documents() == 0);
    assertThat(stream.backlog().spool().damaged()).isEmpty();
  }

  private static List<String> stuck(EventStream stream) {
    return stream.state().stuckDestinations().stream().map(StuckDestination::destination).toList();
  }

  /**
   * Publishes events of a stuck type and clicks in the same call's time, and how long clicks took.
   */
  private Duration medianOfClicks(EventStream stream, String stuckType, int rounds) {
    long[] nanos = new long[rounds];
    List<CompletableFuture<List<Outcome>>> ofStuck = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      ofStuck.add(ledger.publish(stream, ledger.good(stuckType, 2)));
      long start = System.nanoTime();
      assertAllIndexed(publish(stream, ledger.good(clicks, 5)));
      nanos[i] = System.nanoTime() - start;
    }
    ofStuck.forEach(
        outcomes -> assertThat(outcomes.join()).hasOnlyElementsOfType(Outcome.Spooled.class));
    Arrays.sort(nanos);
    return Duration.ofNanos(nanos[rounds / 2]);
  }

  private List<String> logged() {
    return List.copyOf(log.list).stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  // Destinations that take nothing now

  @Test
  void aRedIndexHoldsUpNoOtherTypeNotEvenAfterARestartAndGetsItsEventsOnceItIsAllocated()
      throws Exception {
    String red = name + "-red";
    BrokenDestination fault = BrokenDestination.RED_INDEX;
    fault.create(client(), red, mappings());
    try (EventStream stream = open()) {
      createClicks(stream);
      publish(stream, ledger.good(red, 1));
      await().atMost(PATIENCE).until(() -> stuck(stream).equals(List.of(red)));

      assertThat(medianOfClicks(stream, red, 20)).isLessThan(SHARD_TIMEOUT.dividedBy(2));

      assertThat(stream.state().stuckDestinations().get(0).reason()).contains(fault.words());
      assertThat(logged()).anyMatch(line -> line.contains(red) && line.contains(fault.words()));
      assertThat(stream.state().clusterTakes()).isTrue();
    }
    try (EventStream stream = open()) {
      await().atMost(PATIENCE).until(() -> stuck(stream).equals(List.of(red)));

      assertThat(medianOfClicks(stream, red, 20)).isLessThan(SHARD_TIMEOUT.dividedBy(2));

      assertThat(stream.state().clusterTakes()).isTrue();
      assertThat(stream.backlog().spool().documents()).isGreaterThanOrEqualTo(81);

      fault.repair(client(), red);
      awaitEmptySpool(stream, Duration.ofSeconds(15));
      assertThat(stuck(stream)).isEmpty();
      ledger.assertEachIsWhereItsAnswerSays(client(), stream);
    }
    assertThat(watch.openings).hasValue(0);
  }

  @ParameterizedTest
  @EnumSource
  void anyStuckDestinationKeepsItsEventsIsNamedAndGetsThemSoonAfterItsRepair(
      BrokenDestination fault) throws Exception {
    String type = name + "-stuck";
    fault.create(client(), type, mappings());
    try (EventStream stream = open()) {
      try {
        createClicks(stream);
        CompletableFuture<List<Outcome>> first = ledger.publish(stream, ledger.good(type, 5));
        assertAllIndexed(publish(stream, ledger.good(clicks, 20)));
        assertThat(first.join()).hasOnlyElementsOfType(Outcome.Spooled.class);
        await().atMost(PATIENCE).until(() -> stuck(stream).equals(List.of(type)));

        assertThat(medianOfClicks(stream, type, 10)).isLessThan(SHARD_TIMEOUT.dividedBy(2));

        assertThat(stream.state().stuckDestinations().get(0).reason()).contains(fault.words());
        assertThat(logged()).anyMatch(line -> line.contains(type) && line.contains(fault.words()));
        assertThat(stream.state().clusterTakes()).isTrue();
      } finally {
        fault.repair(client(), type);
      }
      awaitEmptySpool(stream, Duration.ofSeconds(12));
      assertThat(stuck(stream)).isEmpty();
      ledger.assertEachIsWhereItsAnswerSays(client(), stream);
    }
    assertThat(watch.openings).hasValue(0);
  }

  @Test
  void withoutASpoolARedIndexHoldsUpNoOtherTypeForLong() {
    String red = name + "-red";
    BrokenDestination.RED_INDEX.create(client(), red, mappings());
    try (EventStream stream =
        builder(engine.url()).deliveryTimeout(Duration.ofSeconds(5)).build()) {
      createClicks(stream);
      CompletableFuture<List<Outcome>> ofRed = ledger.publish(stream, ledger.good(red, 5));
      long start = System.nanoTime();
      assertAllIndexed(publish(stream, ledger.good(clicks, 5)));
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(4));
      await().atMost(PATIENCE).until(() -> stuck(stream).equals(List.of(red)));

      long[] nanos = new long[30];
      List<CompletableFuture<List<Outcome>>> later = new ArrayList<>();
      for (int i = 0; i < nanos.length; i++) {
        later.add(ledger.publish(stream, ledger.good(red, 2)));
        long sent = System.nanoTime();
        assertAllIndexed(publish(stream, ledger.good(clicks, 5)));
        nanos[i] = System.nanoTime() - sent;
      }

      Arrays.sort(nanos);
      assertThat(nanos[nanos.length * 9 / 10]).isLessThan(SHARD_TIMEOUT.dividedBy(2).toNanos());
      assertThat(ofRed.join()).hasOnlyElementsOfType(Outcome.Refused.class);
      later.forEach(
          outcomes -> assertThat(outcomes.join()).hasOnlyElementsOfType(Outcome.Refused.class));
    } finally {
      BrokenDestination.RED_INDEX.repair(client(), red);
    }
  }

  @Test
  void anIndexThatIsDeletedUnderTrafficAgainAndAgainCostsNoEventItsPlace() throws Exception {
    String type = name + "-deleted";
    try (EventStream stream = open()) {
      List<CompletableFuture<List<Outcome>>> answers = new ArrayList<>();
      for (int batch = 0; batch < 100; batch++) {
        answers.add(ledger.publish(stream, ledger.good(type, 20)));
        answers.add(ledger.publish(stream, ledger.good(clicks, 1)));
        if (batch % 4 == 3) {
          answers.get(answers.size() - 2).join();
        }
        if (batch % 15 == 14) {
          client().request("DELETE", "/" + type);
          ledger.deleted(type);
        }
      }

      answers.forEach(answer -> assertThat(answer.join()).allMatch(outcome -> outcome.accepted()));
      awaitEmptySpool(stream, PATIENCE);
      assertThat(stream.deadLetters().count()).isZero();
      ledger.assertEachIsWhereItsAnswerSays(client(), stream);
      assertThat(stuck(stream)).isEmpty();
    }
  }

  // Requests that fail as a whole

  @Test
  void aDocumentThatFailsItsWholeRequestIsFoundAndOthersAreIndexed() throws Exception {
    assumeTrue(isElasticsearch(6), "only Elasticsearch 6 fails the request for an alias");
    String alias = name + "-alias";
    BrokenDestination.ALIAS_WITHOUT_WRITE_INDEX.create(client(), alias, mappings());
    try (FaultProxy proxy = FaultProxy.start(engine.url())) {
      try (EventStream stream = open(proxy.url(), null)) {
        createClicks(stream);
        long before = proxy.requests();
        List<Numbered> batch = new ArrayList<>(ledger.good(clicks, 63));
        batch.add(40, ledger.good(alias));
        List<Outcome> outcomes = new ArrayList<>(publish(stream, batch));

        assertThat(outcomes.remove(40)).isInstanceOf(Outcome.Spooled.class);
        assertAllIndexed(outcomes);
        // six times two halves, and after each failure the question which engine it is
        assertThat(proxy.requests() - before).isLessThanOrEqualTo(3 * 6 + 12);
        assertLaterRequestsAreSparedIt(stream, clicks, proxy);
      }
      try (EventStream stream = open(proxy.url(), null)) {
        await().atMost(PATIENCE).until(() -> stuck(stream).equals(List.of(alias)));
        assertLaterRequestsAreSparedIt(stream, clicks, proxy);
        BrokenDestination.ALIAS_WITHOUT_WRITE_INDEX.repair(client(), alias);
        awaitEmptySpool(stream, Duration.ofSeconds(12));
        ledger.assertEachIsWhereItsAnswerSays(client(), stream);
      }
    }
  }

  /** A document that is retried alone costs the others neither places nor requests. */
  private void assertLaterRequestsAreSparedIt(EventStream stream, String type, FaultProxy proxy) {
    long before = proxy.requests();
    int rounds = 20;
    for (int i = 0; i < rounds; i++) {
      assertAllIndexed(publish(stream, ledger.good(type, 5)));
    }
    assertThat(proxy.requests() - before).isLessThanOrEqualTo(rounds + 12);
    assertThat(stream.backlog().spool().documents()).isOne();
    assertThat(stream.state().clusterTakes()).isTrue();
    assertThat(stream.deadLetters().count()).isZero();
  }

  @Test
  void aDocumentThatKeepsItsRequestFromBeingAnsweredEndsAloneInTheSpool() throws Exception {
    assumeTrue(isElasticsearch(7), "only Elasticsearch 7 does not answer");
    String type = name + "-poisoned";
    pipeline(type, "{\"set\":{\"field\":\"x\",\"value\":1}}");
    try (FaultProxy proxy = FaultProxy.start(engine.url())) {
      try (EventStream stream = open(proxy.url(), IsolationIT::asItIs)) {
        createClicks(stream);
        long before = proxy.requests();
        List<Numbered> batch = new ArrayList<>(ledger.good(type, 40));
        batch.add(17, ledger.event(type, Place.NOWHERE, "\"_routing\":5"));
        assertThat(publish(stream, batch)).allMatch(Outcome::accepted);
        for (int i = 0; i < 20; i++) {
          assertThat(publish(stream, ledger.good(clicks, 5))).allMatch(Outcome::accepted);
          assertThat(publish(stream, ledger.good(type, 5))).allMatch(Outcome::accepted);
        }
        await()
            .atMost(Duration.ofMinutes(2))
            .until(() -> stream.backlog().spool().documents() == 1);
        await().atMost(PATIENCE).until(() -> stream.state().clusterTakes());
        assertThat(proxy.requests() - before).isLessThanOrEqualTo(40 + 60);
        assertLaterRequestsAreSparedIt(stream, type, proxy);
        assertLaterRequestsAreSparedIt(stream, clicks, proxy);
      }
      try (EventStream stream = open(proxy.url(), IsolationIT::asItIs)) {
        assertLaterRequestsAreSparedIt(stream, type, proxy);
        assertLaterRequestsAreSparedIt(stream, clicks, proxy);
        ledger.assertEachIsWhereItsAnswerSays(client(), stream);
      }
    }
  }

  /** A document that is its event and nothing more, whatever members that has. */
  private static void asItIs(Event event, DocumentBatchBuilder documents) {
    documents.add(
        new Document(event.eventType(), UUID.randomUUID().toString(), null, event.toJson()));
  }

  // Documents at fault

  @Test
  void anUnreadableDocumentIsTheOnlyDeadLetterOfItsPipeline() throws Exception {
    String type = name + "-shared";
    pipeline(type, "");
    try (EventStream stream = open()) {
      List<Numbered> batch = new ArrayList<>(ledger.good(type, 9));
      batch.add(5, unreadable(type));

      List<Outcome> outcomes = new ArrayList<>(publish(stream, batch));

      assertThat(outcomes.remove(5)).isInstanceOf(Outcome.DeadLettered.class);
      assertAllIndexed(outcomes);
      ledger.assertEachIsWhereItsAnswerSays(client(), stream);
      assertThat(stuck(stream)).isEmpty();
    }
  }

  @Test
  void anUnreadableDocumentInTheSpoolIsItsOnlyDeadLetter() throws Exception {
    String type = name + "-shared";
    pipeline(type, "");
    try (FaultProxy proxy = FaultProxy.start(engine.url());
        EventStream stream = open(proxy.url(), null)) {
      createClicks(stream);
      proxy.refuseConnections();
      List<Numbered> batch = new ArrayList<>(ledger.good(type, 300));
      batch.add(123, unreadable(type));
      assertThat(publish(stream, batch)).hasOnlyElementsOfType(Outcome.Spooled.class);

      proxy.heal();

      awaitEmptySpool(stream, PATIENCE);
      assertThat(stream.deadLetters().count()).isOne();
      ledger.assertEachIsWhereItsAnswerSays(client(), stream);
    }
  }

  private Numbered unreadable(String type) {
    return ledger.event(type, Place.DEAD_LETTERS, "\"amount\":" + AnswerLedger.UNREADABLE_NUMBER);
  }

  @Test
  void aDocumentWhoseErrorAllOthersGetIsFoundAndTheyAreIndexed() throws Exception {
    assumeTrue(
        underTest.product() == Product.OPENSEARCH && underTest.major() > 1,
        "only OpenSearch 2 and later share the error");
    String type = name + "-routing";
    pipeline(type, "{\"set\":{\"field\":\"x\",\"value\":1}}");
    try (EventStream stream = open(engine.url(), IsolationIT::asItIs)) {
      List<Numbered> batch = new ArrayList<>(ledger.good(type, 223));
      batch.add(77, ledger.event(type, Place.NOWHERE, "\"_routing\":5"));

      List<Outcome> outcomes = new ArrayList<>(publish(stream, batch));

      assertThat(outcomes.remove(77)).isInstanceOf(Outcome.Spooled.class);
      assertAllIndexed(outcomes);
      for (int i = 0; i < 20; i++) {
        assertAllIndexed(publish(stream, ledger.good(type, 5)));
      }
      assertThat(stream.backlog().spool().documents()).isOne();
      ledger.assertEachIsWhereItsAnswerSays(client(), stream);
      assertThat(stuck(stream)).isEmpty();
    }
  }

  // Pipelines that say no

  @Test
  void whatAPipelineDropsIsAnsweredAsDroppedAndIsNowhere() throws Exception {
    String type = name + "-dropped";
    pipeline(type, "{\"drop\":{}}");
    try (EventStream stream = open()) {
      List<Numbered> batch = new ArrayList<>(ledger.good(clicks, 3));
      batch.add(1, ledger.event(type, Place.NOWHERE, "\"amount\":1"));

      List<Outcome> outcomes = new ArrayList<>(publish(stream, batch));

      assertThat(outcomes.remove(1)).isInstanceOf(Outcome.Dropped.class);
      assertAllIndexed(outcomes);
      ledger.assertEachIsWhereItsAnswerSays(client(), stream);
    }
  }

  @Test
  void whatAPipelineFailsIsADeadLetterWithItsMessage() throws Exception {
    String type = name + "-failed";
    pipeline(type, "{\"fail\":{\"message\":\"no such customer\"}}");
    try (EventStream stream = open()) {
      List<Numbered> batch = new ArrayList<>(ledger.good(clicks, 3));
      for (int i = 0; i < 5; i++) {
        batch.add(ledger.event(type, Place.DEAD_LETTERS, "\"amount\":1"));
      }

      List<Outcome> outcomes = publish(stream, batch);

      assertAllIndexed(outcomes.subList(0, 3));
      assertThat(outcomes.subList(3, 8))
          .allSatisfy(
              outcome ->
                  assertThat(outcome)
                      .isInstanceOfSatisfying(
                          Outcome.DeadLettered.class,
                          dead -> assertThat(dead.reason()).contains("no such customer")));
      ledger.assertEachIsWhereItsAnswerSays(client(), stream);
      assertThat(stuck(stream)).isEmpty();
    }
  }

  @Test
  void eachDocumentGetsItsOwnAnswerWhateverTheOrderInWhichPipelinesFinish() throws Exception {
    String dropped = name + "-dropped";
    String failed = name + "-failed";
    String unreadable = name + "-unreadable";
    String missing = name + "-missing";
    pipeline(dropped, "{\"drop\":{}}");
    pipeline(failed, "{\"fail\":{\"message\":\"no such customer\"}}");
    pipeline(unreadable, "");
    BrokenDestination.MISSING_PIPELINE.create(client(), missing, mappings());
    Random random = new Random(4711);
    for (int round = 0; round < 10; round++) {
      // reopened: a stuck destination shares no request with others once it is known
      try (EventStream stream = open()) {
        List<Numbered> batch = new ArrayList<>(ledger.good(clicks, 2));
        batch.addAll(ledger.good(missing, 2));
        batch.addAll(ledger.good(unreadable, 2));
        batch.add(unreadable(unreadable));
        batch.add(ledger.event(dropped, Place.NOWHERE, "\"amount\":1"));
        batch.add(ledger.event(failed, Place.DEAD_LETTERS, "\"amount\":1"));
        Collections.shuffle(batch, random);

        publish(stream, batch);
      }
    }
    BrokenDestination.MISSING_PIPELINE.repair(client(), missing);
    try (EventStream stream = open()) {
      awaitEmptySpool(stream, PATIENCE);
      ledger.assertEachIsWhereItsAnswerSays(client(), stream);
    }
  }

  @Test
  void aConflictOfSequenceNumbersIsADeadLetterAndNoDuplicate() throws Exception {
    String type = name + "-sequence";
    pipeline(type, "{\"set\":{\"field\":\"x\",\"value\":1}}");
    boolean isTakenForMetadata = !isElasticsearch(6) && !isElasticsearch(8) && !isElasticsearch(9);
    Place place = isTakenForMetadata ? Place.DEAD_LETTERS : Place.INDEX;
    try (EventStream stream = open(engine.url(), IsolationIT::asItIs)) {
      List<Numbered> batch = new ArrayList<>(ledger.good(type, 9));
      batch.add(4, ledger.event(type, place, "\"_if_seq_no\":5"));

      List<Outcome> outcomes = new ArrayList<>(publish(stream, batch));

      Outcome outcome = outcomes.remove(4);
      if (isTakenForMetadata) {
        assertThat(outcome)
            .isInstanceOfSatisfying(
                Outcome.DeadLettered.class,
                dead -> assertThat(dead.reason()).contains("required seqNo"));
      }
      assertAllIndexed(outcomes);
      ledger.assertEachIsWhereItsAnswerSays(client(), stream);
    }
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

  private boolean isElasticsearch(int major) {
    return underTest.product() == Product.ELASTICSEARCH && underTest.major() == major;
  }
}
