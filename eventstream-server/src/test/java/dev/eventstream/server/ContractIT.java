package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineUnavailableException;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

/** What clients see over HTTP, and what the engine holds then, with each engine under test. */
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class ContractIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final AtomicInteger NAMES = new AtomicInteger();

  @TempDir static Path ids;
  @TempDir static Path spool;

  private static RealEngine engine;
  private static EventServer server;
  private static HttpClient http;

  /** The event type, and so the index, that is this test's own. */
  private final String type = "contract-" + NAMES.incrementAndGet();

  private final Engine underTest;

  ContractIT(Engine underTest) {
    this.underTest = underTest;
  }

  @BeforeParameterizedClassInvocation
  static void start(Engine underTest) throws Exception {
    Files.writeString(ids.resolve("pageview.json"), "{\"homepage\": \"h\", \"about\": \"a\"}");
    Files.writeString(ids.resolve("engagement.json"), "{\"click\": \"c\"}");
    try {
      engine = RealEngine.builder(underTest).start();
    } catch (EngineUnavailableException e) {
      throw new TestAbortedException(e.getMessage(), e);
    }
    server = LocalServer.start(engine.url(), ids, spool);
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    try {
      if (server != null) {
        server.close();
      }
    } finally {
      server = null;
      if (engine != null) {
        engine.close();
      }
      engine = null;
    }
  }

  @BeforeEach
  void theEngineRuns() {
    if (!engine.isRunning()) {
      engine.restart();
    }
  }

  @Test
  void anObjectPostedToTheRootIsAnsweredWithAnObjectAndIsInTheIndexNamedByItsType()
      throws Exception {
    Instant before = Instant.now();

    Answer answer =
        post(
            "/",
            "application/json",
            "{\"eventType\": \"pageview\", \"eventValue\": \"homepage\", \"user\": {\"n\": 7}}");

    assertThat(answer.status).isEqualTo(200);
    assertThat(answer.json.isObject()).isTrue();
    assertThat(answer.json.path("_index").asText()).isEqualTo("pageview");
    assertThat(answer.json.path("result").asText()).isEqualTo("created");
    assertThat(answer.json.path("eventId").asText()).isEqualTo("h");
    JsonNode document = stored("pageview", answer.json.path("_id").asText());
    assertThat(document.path("eventType").asText()).isEqualTo("pageview");
    assertThat(document.path("eventValue").asText()).isEqualTo("homepage");
    assertThat(document.path("eventId").asText()).isEqualTo("h");
    assertThat(document.path("user")).isEqualTo(JSON.readTree("{\"n\": 7}"));
    assertThat(Instant.parse(document.path("@timestamp").asText()))
        .isBetween(before.minusSeconds(1), Instant.now().plusSeconds(1));
  }

  @Test
  void anArrayOfThreePostedToTheRootIsAnsweredWithAnArrayOfThreeInItsOrder() throws Exception {
    Answer answer =
        post(
            "/",
            "application/json",
            "[{\"eventType\": \"pageview\", \"eventValue\": \"about\"},"
                + "{\"eventType\": \"engagement\", \"eventValue\": \"click\"},"
                + "{\"eventType\": \"pageview\", \"eventValue\": \"homepage\"}]");

    assertThat(answer.status).isEqualTo(200);
    assertThat(answer.json.isArray()).isTrue();
    assertThat(texts(answer.json, "_index")).containsExactly("pageview", "engagement", "pageview");
    assertThat(texts(answer.json, "result")).containsExactly("created", "created", "created");
    assertThat(texts(answer.json, "eventId")).containsExactly("a", "c", "h");
    List<String> values = new ArrayList<>();
    for (JsonNode result : answer.json) {
      JsonNode document = stored(result.path("_index").asText(), result.path("_id").asText());
      assertThat(document.path("eventId")).isEqualTo(result.path("eventId"));
      values.add(document.path("eventValue").asText());
    }
    assertThat(values).containsExactly("about", "click", "homepage");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "image/png", ""})
  void theRootTakesJsonWhateverItsContentType(String contentType) throws Exception {
    Answer answer = post("/", contentType, event("é"));

    assertThat(answer.status).isEqualTo(200);
    assertThat(answer.json.path("result").asText()).isEqualTo("created");
    assertThat(stored(type, answer.json.path("_id").asText()).path("eventValue").asText())
        .isEqualTo("é");
  }

  @Test
  void brokenEventsInAnArrayTakeTheirPlacesAndTheOthersAreIndexed() throws Exception {
    Answer answer =
        post(
            "/",
            "application/json",
            "["
                + event("first")
                + ", {\"eventType\": oops, \"eventValue\": \"x\"}, "
                + event("third")
                + ", {\"eventType\": \"../Bad\", \"eventValue\": \"x\"}, "
                + event("fifth")
                + "]");

    assertThat(answer.status).isEqualTo(200);
    assertThat(answer.json).hasSize(5);
    assertError(answer.json.get(1), "malformed_json");
    assertError(answer.json.get(3), "invalid_event_type");
    List<String> values = new ArrayList<>();
    for (int i = 0; i < 5; i += 2) {
      assertThat(answer.json.get(i).path("result").asText()).isEqualTo("created");
      values.add(stored(type, answer.json.get(i).path("_id").asText()).path("eventValue").asText());
    }
    assertThat(values).containsExactly("first", "third", "fifth");
    assertThat(engine.client().count(type)).isEqualTo(3);
  }

  @Test
  void aSingleBrokenEventPostedToTheRootIsABadRequest() throws Exception {
    Answer malformed = post("/", "application/json", "{\"eventType\": \"pageview\", ");
    Answer incomplete = post("/", "application/json", "{\"eventType\": \"pageview\"}");

    assertThat(malformed.status).isEqualTo(400);
    assertError(malformed.json, "malformed_json");
    assertThat(incomplete.status).isEqualTo(400);
    assertError(incomplete.json, "missing_member");
  }

  @Test
  void anObjectPostedToTheEventsGetsOneResult() throws Exception {
    Answer answer =
        post(
            "/v1/events",
            "application/json",
            "{\"eventType\": \"engagement\", \"eventValue\": \"click\"}");

    assertThat(answer.status).isEqualTo(200);
    assertThat(answer.contentType).startsWith("application/json");
    assertThat(answer.results()).hasSize(1);
    JsonNode result = answer.results().get(0);
    assertIndexed(result, "engagement");
    assertThat(result.path("eventId").asText()).isEqualTo("c");
    assertThat(stored("engagement", result.path("id").asText()).path("eventId").asText())
        .isEqualTo("c");
  }

  @Test
  void anArrayPostedToTheEventsGetsResultsInItsOrder() throws Exception {
    assertThreeInOrder(
        post(
            "/v1/events",
            "application/json",
            "[" + event("one") + "," + event("two") + "," + event("three") + "]"));
  }

  @Test
  void linesPostedToTheEventsGetResultsInTheirOrder() throws Exception {
    assertThreeInOrder(
        post(
            "/v1/events",
            "application/x-ndjson",
            event("one") + "\n" + event("two") + "\n" + event("three") + "\n"));
  }

  @Test
  void aPartlyBrokenBatchIsAnsweredWithMultiStatus() throws Exception {
    Answer answer =
        post(
            "/v1/events",
            "application/x-ndjson",
            event("one") + "\n{\"eventType\": \n" + event("three") + "\n");

    assertThat(answer.status).isEqualTo(207);
    assertThat(texts(answer.results(), "outcome"))
        .containsExactly("indexed", "rejected", "indexed");
    JsonNode rejected = answer.results().get(1);
    assertError(rejected, "malformed_json");
    assertThat(rejected.path("position").asInt(-1)).isEqualTo(1);
    assertThat(engine.client().count(type)).isEqualTo(2);
  }

  @Test
  void aBatchOfWhichNothingCanBeUsedIsAProblemWithResults() throws Exception {
    Answer answer =
        post("/v1/events", "application/json", "[{\"eventType\": \"" + type + "\"}, 5]");

    assertThat(answer.status).isEqualTo(400);
    assertThat(answer.contentType).startsWith("application/problem+json");
    assertThat(answer.json.path("status").asInt()).isEqualTo(400);
    assertThat(answer.json.path("title").asText()).isNotBlank();
    assertThat(answer.results()).hasSize(2);
    assertError(answer.results().get(0), "missing_member");
    assertError(answer.results().get(1), "not_an_object");
    assertThat(engine.client().count(type)).isZero();
  }

  @Test
  void anEventThatContradictsTheMappingIsIndexedWithItsMembersAsText() throws Exception {
    String start = "{\"eventType\": \"" + type + "\", \"eventValue\": \"x\", \"amount\": ";
    assertThat(post("/v1/events", "application/json", start + "1}").status).isEqualTo(200);

    Answer answer =
        post(
            "/v1/events",
            "application/json",
            "[" + start + "2}," + start + "\"much\"}," + start + "3}]");

    assertThat(answer.status).isEqualTo(200);
    assertThat(texts(answer.results(), "outcome")).containsExactly("indexed", "indexed", "indexed");
    JsonNode source = stored(type, answer.results().get(1).path("id").asText());
    assertThat(source.path("eventType").asText()).isEqualTo(type);
    assertThat(source.at("/event/original").asText()).contains("\"amount\": \"much\"");
    assertThat(source.path("_mapping_failure").asText()).contains("failed to parse", "amount");
    assertThat(engine.client().count(type)).isEqualTo(4);
  }

  @Test
  void aLoneEventThatIsDeadLetteredIsAnsweredAsAccepted() throws Exception {
    String narrow = // has no room for any form of an event
        "{\"dynamic\":\"strict\",\"properties\":{\"amount\":{\"type\":\"long\"}}}";
    String mappings = underTest.needsMappingType() ? "{\"_doc\":" + narrow + "}" : narrow;
    engine.client().request("PUT", "/" + type, "{\"mappings\":" + mappings + "}").orThrow();
    String start = "{\"eventType\": \"" + type + "\", \"eventValue\": \"x\", \"amount\": ";
    String event = start + "\"much\"}";
    String cloudEvent =
        "{\"specversion\":\"1.0\",\"source\":\"/shop\",\"id\":\"1\",\"type\":\""
            + type
            + "\",\"subject\":\"x\",\"data\":{\"amount\":\"much\"}}";

    List<Answer> answers =
        List.of(
            post("/v1/events", "application/json", event),
            post("/v1/events", "application/json", "[" + event + "]"),
            post("/v1/events", "application/x-ndjson", event + "\n"),
            post("/v1/events", "application/cloudevents+json", cloudEvent),
            post("/v1/events", "application/cloudevents-batch+json", "[" + cloudEvent + "]"));

    for (Answer answer : answers) {
      assertThat(answer.status).isEqualTo(202);
      assertThat(texts(answer.results(), "outcome")).containsExactly("dead_lettered");
      assertThat(answer.results().get(0).at("/error/reason").asText())
          .contains("strict_dynamic_mapping_exception");
    }
    Answer object = post("/", "text/plain", event);
    Answer array = post("/", "text/plain", "[" + event + "]");
    assertThat(object.status).isEqualTo(200);
    assertThat(array.status).isEqualTo(200);
    for (JsonNode answer : List.of(object.json(), array.json().get(0))) {
      assertThat(answer.path("result").asText()).isEqualTo("dead_lettered");
      assertThat(answer.at("/error/reason").asText()).contains("strict_dynamic_mapping_exception");
    }
  }

  @Test
  void whatIsAcceptedWhileTheEngineIsKilledArrivesOnceAndNothingThatWasNotSent() throws Exception {
    int clients = 8;
    AtomicInteger accepted = new AtomicInteger();
    AtomicInteger spooled = new AtomicInteger();
    AtomicBoolean restarted = new AtomicBoolean();
    AtomicBoolean givenUp = new AtomicBoolean();
    assertThat(ready()).isEqualTo(200);

    ExecutorService threads = Executors.newFixedThreadPool(clients);
    List<Published> published = new ArrayList<>();
    try {
      List<Future<Published>> running = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        String ownType = type + "-" + i;
        Callable<Published> client =
            () -> publishUntilRestarted(ownType, accepted, spooled, restarted, givenUp);
        running.add(threads.submit(client));
      }
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> accepted.get() > 300 || running.stream().anyMatch(Future::isDone));

      engine.kill();
      await().atMost(PATIENCE).until(() -> spooled.get() > 300);
      assertThat(ready()).as("events are safe on disk").isEqualTo(200);
      engine.restart();
      restarted.set(true);
      for (Future<Published> client : running) {
        published.add(client.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
      }
    } finally {
      givenUp.set(true);
      threads.shutdownNow();
    }

    for (Published one : published) {
      await().atMost(PATIENCE).until(() -> engine.client().count(one.type) >= one.accepted.size());
      Map<String, String> idsByNumber = documentsByNumber(one.type);
      assertThat(idsByNumber).as("accepted and stored").containsAllEntriesOf(one.accepted);
      assertThat(one.sent).as("stored and sent").containsAll(idsByNumber.keySet());
    }
  }

  /** The events that a client has sent, and the document ids of accepted ones, by number. */
  private record Published(String type, Set<String> sent, Map<String, String> accepted) {}

  private static Published publishUntilRestarted(
      String type,
      AtomicInteger accepted,
      AtomicInteger spooled,
      AtomicBoolean restarted,
      AtomicBoolean givenUp)
      throws Exception {
    Published published = new Published(type, new HashSet<>(), new HashMap<>());
    int number = 0;
    boolean last = false;
    while (!last && !givenUp.get()) {
      boolean sentAfterRestart = restarted.get();
      List<String> events = new ArrayList<>();
      List<String> numbers = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        String name = "n" + number++;
        numbers.add(name);
        events.add("{\"eventType\": \"" + type + "\", \"eventValue\": \"" + name + "\"}");
      }
      published.sent.addAll(numbers);
      Answer answer = post("/", "application/json", events.toString());
      assertThat(answer.status).isEqualTo(200);
      assertThat(answer.json).hasSize(numbers.size());
      int created = 0;
      for (int i = 0; i < numbers.size(); i++) {
        JsonNode result = answer.json.get(i);
        String outcome = result.path("result").asText();
        assertThat(outcome).as(result.toString()).isIn("created", "spooled");
        published.accepted.put(numbers.get(i), result.path("_id").asText());
        accepted.incrementAndGet();
        if (outcome.equals("spooled")) {
          spooled.incrementAndGet();
        } else {
          created++;
        }
      }
      last = sentAfterRestart && created == numbers.size();
    }
    return published;
  }

  /** The ids of an index's documents; fails where a number is there twice. */
  private static Map<String, String> documentsByNumber(String index) throws IOException {
    long count = engine.client().count(index); // refreshes
    engine
        .client()
        .request("PUT", "/" + index + "/_settings", "{\"index.max_result_window\": 1000000}")
        .orThrow();
    JsonNode hits =
        JSON.readTree(
                engine
                    .client()
                    .request("GET", "/" + index + "/_search?size=1000000")
                    .orThrow()
                    .body())
            .path("hits")
            .path("hits");
    assertThat(hits).hasSize(Math.toIntExact(count));
    Map<String, String> idsByNumber = new HashMap<>();
    for (JsonNode hit : hits) {
      String number = hit.path("_source").path("eventValue").asText();
      assertThat(idsByNumber.put(number, hit.path("_id").asText()))
          .as("another document of event %s", number)
          .isNull();
    }
    return idsByNumber;
  }

  private void assertThreeInOrder(Answer answer) throws IOException {
    assertThat(answer.status).isEqualTo(200);
    assertThat(answer.results()).hasSize(3);
    List<String> values = new ArrayList<>();
    for (JsonNode result : answer.results()) {
      assertIndexed(result, type);
      assertThat(result.has("eventId")).as("an ID where no table has one").isFalse();
      values.add(stored(type, result.path("id").asText()).path("eventValue").asText());
    }
    assertThat(values).containsExactly("one", "two", "three");
  }

  private static void assertIndexed(JsonNode result, String index) {
    assertThat(result.path("outcome").asText()).isEqualTo("indexed");
    assertThat(result.path("status").asInt()).isEqualTo(201);
    assertThat(result.path("index").asText()).isEqualTo(index);
    assertThat(result.path("id").asText()).isNotBlank();
  }

  private static void assertError(JsonNode result, String type) {
    assertThat(result.path("status").asInt()).isEqualTo(400);
    assertThat(result.path("error").path("type").asText()).isEqualTo(type);
    assertThat(result.path("error").path("reason").asText()).isNotBlank();
  }

  private String event(String value) {
    return "{\"eventType\": \"" + type + "\", \"eventValue\": \"" + value + "\"}";
  }

  private static JsonNode stored(String index, String id) throws IOException {
    return JSON.readTree(engine.client().source(index, id).orElseThrow());
  }

  private static List<String> texts(JsonNode array, String member) {
    List<String> texts = new ArrayList<>();
    array.forEach(element -> texts.add(element.path(member).asText()));
    return texts;
  }

  private static int ready() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.url() + "/readyz")).timeout(PATIENCE).build();
    return http.send(request, BodyHandlers.discarding()).statusCode();
  }

  private static Answer post(String path, String contentType, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server.url() + path))
            .timeout(PATIENCE)
            .POST(BodyPublishers.ofString(body));
    if (!contentType.isEmpty()) {
      request.header("Content-Type", contentType);
    }
    HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
    return new Answer(
        response.statusCode(),
        response.headers().firstValue("Content-Type").orElse(""),
        JSON.readTree(response.body()));
  }

  private record Answer(int status, String contentType, JsonNode json) {
    JsonNode results() {
      return json.path("results");
    }
  }
}
