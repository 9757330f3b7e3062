package dev.eventstream.es;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.EventStreamBuilder;
import dev.eventstream.IdResolver;
import dev.eventstream.InvalidEventException;
import dev.eventstream.Outcome;
import dev.eventstream.spi.Rejection;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** From events to the documents of a real engine, with the failures on the way. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class RealEngineSinkIT {
  private static final AtomicInteger INDICES = new AtomicInteger();
  private static final Pattern NUMBER = Pattern.compile("\"n\":(\\d+)");
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration LATE = Duration.ofSeconds(90);

  @RegisterExtension final EngineExtension shared;

  private final Engine version;
  private final String index = "sink-" + INDICES.incrementAndGet();

  RealEngineSinkIT(Engine version) {
    this.version = version;
    this.shared = EngineExtension.shared(version);
  }

  @Test
  void eventsAreIndexedWithTheirEventIdAndDocumentId() throws Exception {
    IdResolver ids = IdResolver.of(Map.of(index, Map.of("homepage", "4711")));
    try (EventStream stream = stream(shared.get()).idResolver(ids).build()) {
      Event known = Event.of(index, "homepage", Map.of("user", "Zoë"));
      Event own = known.withDocumentId("own/id \"1\"");
      Event unknown = Event.of(index, "elsewhere");

      List<Outcome> outcomes = publish(stream, List.of(known, own, unknown));

      assertThat(outcomes).hasSize(3).hasOnlyElementsOfType(Outcome.Indexed.class);
      Outcome.Indexed chosen = (Outcome.Indexed) outcomes.get(0);
      assertThat(chosen.eventId()).isEqualTo("4711");
      assertThat(chosen.documentId()).hasSize(36);
      assertThat(source(chosen.documentId()))
          .startsWith(withoutBrace(known))
          .contains(",\"eventId\":\"4711\",\"@timestamp\":\"");
      assertThat(outcomes.get(1)).isEqualTo(new Outcome.Indexed(index, "own/id \"1\"", "4711"));
      assertThat(source("own/id \"1\"")).startsWith(withoutBrace(known)).contains("\"4711\"");
      Outcome.Indexed withoutId = (Outcome.Indexed) outcomes.get(2);
      assertThat(withoutId.eventId()).isNull();
      assertThat(source(withoutId.documentId())).doesNotContain("eventId");
      assertThat(shared.get().client().count(index)).isEqualTo(3);
    }
  }

  @Test
  void theSameDocumentIdTwiceIsADuplicateAndOneDocument() throws Exception {
    try (EventStream stream = stream(shared.get()).build()) {
      Event first = Event.of(index, "first").withDocumentId("same");
      Event second = Event.of(index, "second").withDocumentId("same");

      assertThat(publish(stream, List.of(first)))
          .containsExactly(new Outcome.Indexed(index, "same", null));
      assertThat(publish(stream, List.of(second)))
          .containsExactly(new Outcome.Duplicate(index, "same", null));

      assertThat(shared.get().client().count(index)).isEqualTo(1);
      assertThat(source("same")).contains("\"first\"");
    }
  }

  @Test
  void timestampsOfEveryKindAreKeptAsTextWithoutAMappingConflict() throws Exception {
    String mapping = "{\"numeric_detection\":true}";
    String mappings = version.needsMappingType() ? "{\"_doc\":" + mapping + "}" : mapping;
    shared.get().client().request("PUT", "/" + index, "{\"mappings\":" + mappings + "}").orThrow();
    List<Object> times =
        List.of(
            2026,
            "2026/11/24",
            1764230400000L,
            "12",
            "yesterday",
            List.of(1, 2),
            Map.of("a", 1),
            -2026);
    try (EventStream stream = stream(shared.get()).build()) {
      for (Object time : times) {
        Event event = Event.of(index, "x", Map.of("@timestamp", time));

        Outcome outcome = publish(stream, List.of(event)).get(0);

        assertThat(outcome).as("%s", time).isInstanceOf(Outcome.Indexed.class);
        assertThat(source(((Outcome.Indexed) outcome).documentId()))
            .contains("\"clientTimestamp\":\"json:");
      }
    }
  }

  @Test
  void aMappingConflictRejectsOnlyItsEventWithTheReasonOfTheEngine() throws Exception {
    ElasticsearchSink sink =
        ElasticsearchSink.builder(List.of(shared.get().url()))
            .onMappingFailure(OnMappingFailure.DEAD_LETTER)
            .build();
    try (EventStream stream = stream(shared.get()).sink(sink).build()) {
      publish(stream, List.of(Event.of(index, "number", Map.of("field", 1))));

      List<Outcome> outcomes =
          publish(
              stream,
              List.of(
                  Event.of(index, "before", Map.of("field", 2)),
                  Event.of(index, "object", Map.of("field", Map.of("member", 3))),
                  Event.of(index, "behind", Map.of("field", 4))));

      assertThat(outcomes.get(0)).isInstanceOf(Outcome.Indexed.class);
      assertThat(outcomes.get(1)).isInstanceOf(Outcome.Rejected.class);
      Outcome.Rejected rejected = (Outcome.Rejected) outcomes.get(1);
      assertThat(rejected.code()).isEqualTo(Rejection.DOCUMENT_REFUSED);
      assertThat(rejected.reason()).contains("parsing_exception").contains("field");
      assertThat(outcomes.get(2)).isInstanceOf(Outcome.Indexed.class);
      assertThat(shared.get().client().count(index)).isEqualTo(3);
    }
  }

  @Test
  void anIndexThatIsBlockedRefusesItsEventsAtOnceAndHoldsUpNoOther() throws Exception {
    String blocked = index + "-blocked";
    create(shared.get(), blocked, "\"index.blocks.write\":true");
    try (EventStream stream = stream(shared.get()).deliveryTimeout(LATE).build()) {
      List<Outcome> outcomes =
          publish(
              stream,
              List.of(
                  Event.of(blocked, "a"),
                  Event.of(index, "b"),
                  Event.of(blocked, "c"),
                  Event.of(index, "d")));

      for (int i : new int[] {0, 2}) {
        assertThat(outcomes.get(i)).isInstanceOf(Outcome.Refused.class);
        assertThat(((Outcome.Refused) outcomes.get(i)).reason()).contains("block");
      }
      for (int i : new int[] {1, 3}) {
        assertThat(outcomes.get(i)).isInstanceOf(Outcome.Indexed.class);
      }
      assertThat(shared.get().client().count(blocked)).isZero();
      assertThat(shared.get().client().count(index)).isEqualTo(2);
    }
  }

  @Test
  void aBulkLargerThanTheEngineTakesIsHalvedUntilItFits() throws Exception {
    try (RealEngine engine =
            RealEngine.builder(version).setting("http.max_content_length", "64kb").start();
        EventStream stream = stream(engine).deliveryTimeout(LATE).build()) {
      List<Event> events = new ArrayList<>(events(0, 500, "x".repeat(2_000)));
      events.add(250, Event.of(index, "too large", Map.of("filler", "x".repeat(100_000))));

      List<Outcome> outcomes = publish(stream, events, LATE);

      assertThat(outcomes.get(250)).isInstanceOf(Outcome.Rejected.class);
      assertThat(((Outcome.Rejected) outcomes.get(250)).code()).isEqualTo(Rejection.TOO_LARGE);
      List<Outcome> others = new ArrayList<>(outcomes);
      others.remove(250);
      assertThat(others).hasSize(500).hasOnlyElementsOfType(Outcome.Indexed.class);
      assertThat(numbers(engine)).containsExactlyInAnyOrderElementsOf(upTo(500));
    }
  }

  @Test
  void aFullWriteQueueIsRetriedUntilEverythingIsThereOnce() throws Exception {
    try (RealEngine engine =
        RealEngine.builder(version)
            .setting("thread_pool.write.queue_size", "1")
            .setting(version.major() == 6 ? "processors" : "node.processors", "1")
            .start()) {
      create(engine, index, "\"index.number_of_shards\":5,\"index.number_of_replicas\":0");
      try (EventStream stream =
          stream(engine)
              .deliveryTimeout(LATE)
              .maxInFlightRequests(16)
              .maxBatchEvents(20)
              .linger(Duration.ZERO)
              .build()) {
        List<CompletableFuture<List<Outcome>>> published =
            IntStream.range(0, 200)
                .parallel()
                .mapToObj(i -> stream.publishAll(events(10 * i, 10, "")))
                .toList();

        for (CompletableFuture<List<Outcome>> outcomes : published) {
          assertThat(outcomes.get(LATE.toSeconds(), TimeUnit.SECONDS))
              .hasSize(10)
              .hasOnlyElementsOfType(Outcome.Indexed.class);
        }
      }
      String rejections =
          engine
              .client()
              .request("GET", "/_cat/thread_pool/write?h=rejected")
              .orThrow()
              .body()
              .strip();
      assertThat(Integer.parseInt(rejections)).isPositive();
      assertThat(numbers(engine)).containsExactlyInAnyOrderElementsOf(upTo(2_000));
    }
  }

  @Test
  void whatIsAnsweredIndexedSurvivesAKillOfTheEngineAndIsThereOnce() throws Exception {
    RealEngine engine = shared.get();
    create(engine, index, "\"index.max_result_window\":1000000");
    Set<Integer> indexed = ConcurrentHashMap.newKeySet();
    AtomicInteger sent = new AtomicInteger();
    AtomicBoolean enough = new AtomicBoolean();
    try (EventStream stream = stream(engine).deliveryTimeout(LATE).build()) {
      List<CompletableFuture<Void>> publishers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        publishers.add(
            CompletableFuture.runAsync(
                () -> {
                  while (!enough.get()) {
                    int first = sent.getAndAdd(5);
                    List<Outcome> outcomes = stream.publishAll(events(first, 5, "")).join();
                    for (int n = 0; n < 5; n++) {
                      if (outcomes.get(n) instanceof Outcome.Indexed) {
                        indexed.add(first + n);
                      }
                    }
                  }
                },
                task -> new Thread(task, "publisher").start()));
      }
      try {
        await().atMost(SOON).until(() -> indexed.size() > 500);
        engine.kill();
        int before = indexed.size();
        engine.restart();
        await().atMost(LATE).until(() -> indexed.size() > before + 500);
      } finally {
        enough.set(true);
      }
      for (CompletableFuture<Void> publisher : publishers) {
        publisher.get(LATE.toSeconds(), TimeUnit.SECONDS);
      }
    }

    assertThat(numbers(engine))
        .doesNotHaveDuplicates()
        .containsAll(indexed)
        .allMatch(n -> n < sent.get());
  }

  @Test
  void eventsWaitForAnEngineThatIsStartedLater() throws Exception {
    RealEngine engine = shared.get();
    engine.stop();
    try (EventStream stream = stream(engine).deliveryTimeout(LATE).build()) {
      CompletableFuture<List<Outcome>> outcomes = stream.publishAll(events(0, 50, ""));
      assertThat(outcomes).isNotDone();

      engine.restart();

      assertThat(outcomes.get(LATE.toSeconds(), TimeUnit.SECONDS))
          .hasSize(50)
          .hasOnlyElementsOfType(Outcome.Indexed.class);
      assertThat(numbers(engine)).containsExactlyInAnyOrderElementsOf(upTo(50));
    }
  }

  @Test
  void ofTwoNodesOneMayRefuseConnections() throws Exception {
    String refusing = "http://127.0.0.1:" + closedPort();
    try (EventStream stream =
        EventStream.builder().sink(refusing, shared.get().url().toString()).build()) {
      for (int i = 0; i < 20; i++) {
        assertThat(publish(stream, events(5 * i, 5, "")))
            .hasSize(5)
            .hasOnlyElementsOfType(Outcome.Indexed.class);
      }
      assertThat(numbers(shared.get())).containsExactlyInAnyOrderElementsOf(upTo(100));
    }
  }

  @Test
  void closingTheStreamLeavesNoThreadBehind() throws Exception {
    Set<Thread> before = threadsOfStreams();
    try (EventStream stream = stream(shared.get()).build()) {
      publish(stream, events(0, 10, ""));
      assertThat(threadsOfStreams()).hasSizeGreaterThan(before.size());
    }

    // A thread exists for a moment after its last task.
    await().untilAsserted(() -> assertThat(threadsOfStreams()).isEmpty());
  }

  private static Set<Thread> threadsOfStreams() {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("eventstream")) {
        threads.add(thread);
      }
    }
    return threads;
  }

  private static EventStreamBuilder stream(RealEngine engine) {
    return EventStream.builder().sink(engine.url().toString());
  }

  private static List<Outcome> publish(EventStream stream, List<Event> events) throws Exception {
    return publish(stream, events, SOON);
  }

  private static List<Outcome> publish(EventStream stream, List<Event> events, Duration within)
      throws Exception {
    return stream.publishAll(events).get(within.toSeconds(), TimeUnit.SECONDS);
  }

  /** Numbered events, without ids. */
  private List<Event> events(int first, int count, String filler) {
    return IntStream.range(first, first + count).mapToObj(n -> event(n, filler)).toList();
  }

  private Event event(int number, String filler) {
    String json =
        "{\"eventType\":\"%s\",\"eventValue\":\"v\",\"n\":%d,\"filler\":\"%s\"}"
            .formatted(index, number, filler);
    try {
      return Event.parse(json);
    } catch (InvalidEventException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Integer> upTo(int end) {
    return IntStream.range(0, end).boxed().toList();
  }

  private static void create(RealEngine engine, String index, String settings) {
    engine.client().request("PUT", "/" + index, "{\"settings\":{" + settings + "}}").orThrow();
  }

  private String source(String id) {
    return shared.get().client().source(index, id).orElseThrow();
  }

  private static String withoutBrace(Event event) {
    String json = event.toString();
    return json.substring(0, json.length() - 1);
  }

  /** The numbers of all events in the index, including duplicates. */
  private List<Integer> numbers(RealEngine engine) {
    EngineClient client = engine.client();
    long count = client.count(index);
    String hits =
        client
            .request("GET", "/" + index + "/_search?_source=n&size=" + Math.max(1, count))
            .orThrow()
            .body();
    List<Integer> numbers = new ArrayList<>();
    Matcher number = NUMBER.matcher(hits);
    while (number.find()) {
      numbers.add(Integer.valueOf(number.group(1)));
    }
    assertThat(numbers).hasSize(Math.toIntExact(count));
    return numbers;
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
