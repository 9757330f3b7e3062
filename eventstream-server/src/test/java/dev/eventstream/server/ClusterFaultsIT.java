package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.Acknowledgement;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.Redriven;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.OnMappingFailure;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.Fault;
import dev.eventstream.testkit.FaultProxy;
import dev.eventstream.testkit.RealEngine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream with its spool before a real engine, and everything between them that can go wrong. */
@Tag("slow")
class ClusterFaultsIT {
  private static final AtomicInteger INDICES = new AtomicInteger();
  private static final Duration SOON = Duration.ofSeconds(30);

  @RegisterExtension
  static final EngineExtension ENGINE = EngineExtension.shared("opensearch:2.19.6");

  @TempDir Path directory;
  private final String index = "faults-" + INDICES.incrementAndGet();

  private EventStream stream(FaultProxy proxy) throws IOException {
    return EventStream.builder()
        .sink(
            ElasticsearchSink.builder(List.of(proxy.url()))
                .requestTimeout(Duration.ofSeconds(2))
                .onMappingFailure(OnMappingFailure.DEAD_LETTER)
                .build())
        .spool(MapDbSpool.builder(directory).minFreeBytes(0).open())
        .deliveryTimeout(Duration.ofMillis(700))
        .build();
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of("the request is reset", Fault.resetRequest()),
        Arguments.of("the answer is reset", Fault.resetAnswer()),
        Arguments.of("no answer to what was not executed", Fault.blackHole()),
        Arguments.of("no answer to what was executed", Fault.loseAnswer()),
        Arguments.of("half an answer", Fault.cutAnswer()),
        Arguments.of("garbage instead of HTTP", Fault.garbleAnswer()),
        Arguments.of("429", Fault.answer(429, "{}")),
        Arguments.of("502 by a proxy", Fault.answer(502, "<html>bad gateway</html>")),
        Arguments.of("503", Fault.answer(503, "{}")),
        Arguments.of("504 to what was executed", Fault.replaceAnswer(504, "<html></html>")),
        Arguments.of("200 that is no answer", Fault.answer(200, "<html>welcome</html>")),
        Arguments.of("401", Fault.answer(401, "{}")),
        Arguments.of("a slow drip", Fault.dripAnswer(20, Duration.ofMillis(20))),
        Arguments.of("connections closed after each answer", Fault.closeAfterAnswer()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void everythingAcceptedArrivesOnceHoweverManyRequestsFail(String name, Fault fault)
      throws Exception {
    try (FaultProxy proxy = FaultProxy.start(ENGINE.get().url());
        EventStream stream = stream(proxy)) {
      Ledger ledger = new Ledger(stream, index);
      await().atMost(SOON).until(() -> isIndexed(ledger.publish(1))); // the index is there
      proxy.inject(fault.on("_bulk"), 0.4, 4711);

      publishFrom(4, 25, ledger);

      assertThat(proxy.faults()).as(name).isPositive();
      proxy.heal();
      assertThat(ledger.accepted()).isGreaterThan(4 * 25 * 20);
      ledger.assertAllArrivedOnce(ENGINE.get().client());
    }
  }

  /** Several threads at once, each of which sends batches of 20, and none is turned away. */
  private static void publishFrom(int threads, int batches, Ledger ledger) throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(
            clients.submit(
                () -> {
                  for (int batch = 0; batch < batches; batch++) {
                    assertThat(ledger.publish(20)).allMatch(Outcome::accepted);
                  }
                }));
      }
      for (Future<?> client : running) {
        client.get();
      }
    } finally {
      clients.shutdownNow();
    }
  }

  @Test
  void whileTheClusterRefusesConnectionsEventsAreSpooledAtOnceAndArriveLater() throws Exception {
    try (FaultProxy proxy = FaultProxy.start(ENGINE.get().url());
        EventStream stream = stream(proxy)) {
      Ledger ledger = new Ledger(stream, index);
      await().atMost(SOON).until(() -> isIndexed(ledger.publish(1)));
      proxy.refuseConnections();
      await().atMost(SOON).until(() -> isSpooled(ledger.publish(1)));

      publishFrom(4, 100, ledger);

      assertThat(stream.backlog().clusterTakes()).isFalse();
      assertThat(stream.backlog().spool().documents()).isGreaterThanOrEqualTo(4 * 100 * 20);
      assertThat(stream.check().toCompletableFuture()).isCompleted();
      proxy.heal();
      ledger.assertAllArrivedOnce(ENGINE.get().client());
      await().atMost(SOON).until(() -> isIndexed(ledger.publish(1)));
    }
  }

  private static boolean isSpooled(List<Outcome> outcomes) {
    return outcomes.stream().allMatch(outcome -> outcome instanceof Outcome.Spooled);
  }

  private static boolean isIndexed(List<Outcome> outcomes) {
    return outcomes.stream().allMatch(outcome -> outcome instanceof Outcome.Indexed);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 429, 503})
  void whatWasSpooledBecauseOfAnyStatusArrivesAfterARestart(int status) throws Exception {
    try (FaultProxy proxy = FaultProxy.start(ENGINE.get().url())) {
      try (EventStream stream = stream(proxy)) {
        proxy.inject(Fault.answer(status, "{}"));
        Ledger ledger = new Ledger(stream, index);
        assertThat(ledger.publish(3_000)).hasOnlyElementsOfType(Outcome.Spooled.class);
      }
      proxy.heal();
      try (EventStream stream = stream(proxy)) {
        await().atMost(SOON).until(() -> stream.backlog().spool().documents() == 0);
        assertThat(new Ledger(stream, index).numbers(ENGINE.get().client()))
            .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 3_000).boxed().toList());
      }
    }
  }

  @Test
  void aBlockedIndexWaitsInTheSpoolAndOthersAreIndexedMeanwhile() throws Exception {
    RealEngine engine = ENGINE.get();
    try (FaultProxy proxy = FaultProxy.start(engine.url());
        EventStream stream = stream(proxy)) {
      Ledger blocked = new Ledger(stream, index);
      Ledger other = new Ledger(stream, index + "-other");
      await().atMost(SOON).until(() -> isIndexed(blocked.publish(1)));
      await().atMost(SOON).until(() -> isIndexed(other.publish(1)));
      block(index, true);

      assertThat(blocked.publish(50)).hasOnlyElementsOfType(Outcome.Spooled.class);
      for (int i = 0; i < 20; i++) {
        assertThat(other.publish(5)).hasOnlyElementsOfType(Outcome.Indexed.class);
      }

      block(index, false);
      blocked.assertAllArrivedOnce(engine.client());
      other.assertAllArrivedOnce(engine.client());
    }
  }

  private static void block(String index, boolean value) {
    ENGINE
        .get()
        .client()
        .request("PUT", "/" + index + "/_settings", "{\"index.blocks.write\":" + value + "}")
        .orThrow();
  }

  @Test
  void whatContradictsTheMappingIsADeadLetterUntilTheMappingIsFixed() throws Exception {
    RealEngine engine = ENGINE.get();
    try (FaultProxy proxy = FaultProxy.start(engine.url());
        EventStream stream = stream(proxy)) {
      await()
          .atMost(SOON)
          .until(
              () ->
                  stream.publish(Event.of(index, "v", Map.of("amount", 1))).join()
                      instanceof Outcome.Indexed);

      List<Outcome> outcomes =
          stream
              .publishAll(
                  List.of(
                      Event.of(index, "v", Map.of("amount", 2)),
                      Event.of(index, "v", Map.of("amount", "much")).withDocumentId("dead"),
                      Event.of(index, "v", Map.of("amount", 3))))
              .join();

      assertThat(outcomes.get(1)).isInstanceOf(Outcome.DeadLettered.class);
      assertThat(((Outcome.DeadLettered) outcomes.get(1)).reason()).contains("amount");
      assertThat(List.of(outcomes.get(0), outcomes.get(2)))
          .hasOnlyElementsOfType(Outcome.Indexed.class);
      assertThat(export(stream))
          .contains("\"id\":\"dead\"", "\"index\":\"" + index + "\"", "\"amount\":\"much\"");
      assertThat(stream.redrive(DeadLetter.ofType(index))).isEqualTo(new Redriven(1, 0, 1, 0));

      engine.client().request("DELETE", "/" + index).orThrow();
      engine
          .client()
          .request(
              "PUT",
              "/" + index,
              "{\"mappings\":{\"properties\":{\"amount\":{\"type\":\"keyword\"}}}}")
          .orThrow();
      assertThat(stream.redrive(DeadLetter.withReason("no such reason")).tried()).isZero();
      assertThat(stream.redrive(DeadLetter.withId("dead"))).isEqualTo(new Redriven(1, 1, 0, 0));

      assertThat(stream.deadLetters().count()).isZero();
      assertThat(engine.client().source(index, "dead").orElseThrow()).contains("much");
      assertThat(engine.client().count(index)).isEqualTo(1);
    }
  }

  private static String export(EventStream stream) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(stream.deadLetters().export(letter -> true, out)).isEqualTo(1);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void spooledAcknowledgementAnswersFromDiskAndIndexesLater() throws Exception {
    try (FaultProxy proxy = FaultProxy.start(ENGINE.get().url());
        EventStream stream =
            EventStream.builder()
                .sink(proxy.url().toString())
                .spool(MapDbSpool.builder(directory).minFreeBytes(0).open())
                .acknowledge(Acknowledgement.SPOOLED)
                .build()) {
      Ledger ledger = new Ledger(stream, index);
      for (int i = 0; i < 50; i++) {
        assertThat(ledger.publish(100)).hasOnlyElementsOfType(Outcome.Spooled.class);
      }
      ledger.assertAllArrivedOnce(ENGINE.get().client());
    }
  }

  @Test
  void aFullWriteQueueOfTheEngineDelaysAndLosesNothing() throws Exception {
    try (RealEngine small =
            RealEngine.builder("opensearch:2.19.6")
                .setting("node.processors", "1")
                .setting("thread_pool.write.queue_size", "1")
                .start();
        EventStream stream =
            EventStream.builder()
                .sink(small.url().toString())
                .maxBatchEvents(10)
                .maxInFlightRequests(32)
                .spool(MapDbSpool.builder(directory).minFreeBytes(0).open())
                .build()) {
      Ledger ledger = new Ledger(stream, index);
      ledger.publish(1);

      publishFrom(16, 40, ledger);

      ledger.assertAllArrivedOnce(small.client());
    }
  }
}
