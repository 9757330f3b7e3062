package dev.eventstream.server;

import static dev.eventstream.server.fixture.ApiDescription.OURS;
import static dev.eventstream.server.fixture.TestServer.CLICK;
import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.eventstream.server.body.RequestMemory;
import dev.eventstream.server.fixture.ApiDescription;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.server.guard.ClientAddresses;
import dev.eventstream.server.guard.IngestKeys;
import dev.eventstream.server.health.HealthzEndpoint;
import dev.eventstream.server.health.Probes;
import dev.eventstream.server.http.HttpLimits;
import dev.eventstream.server.http.HttpServer;
import dev.eventstream.server.http.Routes;
import dev.eventstream.server.metrics.Metrics;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Rejection;
import dev.eventstream.spool.MapDbSpool;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.eclipse.jetty.server.Handler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whether openapi.json is valid, correct and complete. Each {@link RawClient} validates answers
 * with it.
 */
class OpenApiTest {
  private static final List<String> PUBLISHING = List.of("/", "/v1/events");
  private static final String BROKEN = "{\"eventType\":\"pageview\"}";

  /** The keywords of the schemas; validators ignore a misspelt keyword. */
  private static final Set<String> KEYWORDS =
      Set.of(
          "$ref",
          "additionalProperties",
          "allOf",
          "const",
          "contentEncoding",
          "description",
          "discriminator",
          "enum",
          "examples",
          "format",
          "items",
          "maxItems",
          "maxLength",
          "maximum",
          "minLength",
          "minimum",
          "oneOf",
          "pattern",
          "properties",
          "required",
          "type");

  @TempDir Path directory;

  // The document

  @Test
  void theDocumentIsOpenApi31() throws Exception {
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    try (InputStream published = getClass().getResourceAsStream("/openapi-3.1-schema.json")) {
      Schema openApi = registry.getSchema(published);

      assertThat(openApi.validate(OURS.document())).isEmpty();
    }
  }

  @Test
  void everySchemaIsOneOfJsonSchemaAndUsesTheWordsThatItKnows() {
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    Schema meta =
        registry.getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
    Map<String, JsonNode> schemas = new TreeMap<>();
    OURS.at("/components/schemas")
        .properties()
        .forEach(
            schema -> schemas.put("/components/schemas/" + schema.getKey(), schema.getValue()));
    walk(
        "",
        OURS.document(),
        (pointer, node) -> {
          if (node.has("schema")) {
            schemas.put(pointer + "/schema", node.get("schema"));
          }
        });

    schemas.forEach(
        (pointer, schema) -> {
          assertThat(meta.validate(schema)).as(pointer).isEmpty();
          assertThat(keywords(schema)).as(pointer).isSubsetOf(KEYWORDS);
        });
    assertThat(schemas).hasSizeGreaterThan(60);
  }

  /** All keywords of a schema and of its subschemas. */
  private static Set<String> keywords(JsonNode schema) {
    Set<String> keywords = new HashSet<>();
    for (Map.Entry<String, JsonNode> entry : schema.properties()) {
      keywords.add(entry.getKey());
      switch (entry.getKey()) {
        case "properties", "allOf", "oneOf" ->
            entry.getValue().forEach(part -> keywords.addAll(keywords(part)));
        case "items" -> keywords.addAll(keywords(entry.getValue()));
        default -> {}
      }
    }
    return keywords;
  }

  @Test
  void everyReferenceLeadsSomewhereAndEveryPartIsReferredTo() {
    Set<String> references = new TreeSet<>();
    walk(
        "",
        OURS.document(),
        (pointer, node) -> {
          if (node.path("$ref").isTextual()) {
            references.add(node.get("$ref").asText().substring(1));
          }
        });
    Set<String> parts = new TreeSet<>();
    OURS.at("/components")
        .properties()
        .forEach(
            kind ->
                kind.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        name -> parts.add("/components/" + kind.getKey() + "/" + name)));

    assertThat(references).allSatisfy(to -> assertThat(OURS.at(to).isMissingNode()).isFalse());
    parts.removeAll(references);
    assertThat(parts)
        .containsExactly(
            "/components/responses/MethodNotAllowed", // of what no operation describes
            "/components/responses/NotFound",
            "/components/securitySchemes/basic",
            "/components/securitySchemes/bearer");
  }

  @Test
  void everyObjectThatTheServerWritesIsClosed() {
    walk(
        "",
        OURS.document(),
        (pointer, node) -> {
          boolean ofClients = pointer.matches("/components/schemas/(Event|CloudEvent)(/.*)?");
          boolean thisDocument = pointer.startsWith("/paths/~1openapi.json");
          if (node.path("type").asText().equals("object") && !ofClients && !thisDocument) {
            assertThat(node.path("additionalProperties")).as(pointer).hasToString("false");
          }
        });
  }

  @Test
  void namesEveryReasonForARejection() {
    List<String> reasons =
        Arrays.stream(Rejection.values()).map(Rejection::wireName).sorted().toList();
    List<String> named = new ArrayList<>();
    OURS.at("/components/schemas/Rejected/properties/error/properties/type/enum")
        .forEach(reason -> named.add(reason.asText()));
    List<String> namedToOldClients = new ArrayList<>();
    OURS.at("/components/schemas/IndexError/properties/error/properties/type/enum")
        .forEach(reason -> namedToOldClients.add(reason.asText()));

    assertThat(named).containsExactlyInAnyOrderElementsOf(reasons);
    assertThat(namedToOldClients).containsAll(reasons).hasSize(reasons.size() + 1);
  }

  @Test
  void everyExampleIsWhatItsSchemaSays() {
    List<String> examples = new ArrayList<>();
    walk(
        "",
        OURS.document(),
        (pointer, node) -> {
          JsonNode given = node.path("examples");
          String schema = node.has("schema") ? pointer + "/schema" : pointer;
          given.forEach(
              example -> {
                JsonNode value = given.isArray() ? example : example.get("value");
                examples.add(schema);
                assertThat(OURS.validate(schema, value)).as(schema + ": " + value).isEmpty();
              });
        });

    assertThat(examples).hasSizeGreaterThan(40);
  }

  /** Visits every object with its pointer, except examples. */
  private static void walk(String pointer, JsonNode node, BiConsumer<String, JsonNode> visitor) {
    if (node.isObject()) {
      visitor.accept(pointer, node);
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        if (!entry.getKey().equals("examples")) {
          walk(pointer + ApiDescription.segment(entry.getKey()), entry.getValue(), visitor);
        }
      }
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        walk(pointer + "/" + i, node.get(i), visitor);
      }
    }
  }

  // The server

  @Test
  void everyRouteIsDescribed() throws Exception {
    try (TestServer server = TestServer.start()) {
      Routes routes =
          HttpEndpoints.routes(
              server.stream(),
              new Probes(server.stream()),
              HttpOptions.open("127.0.0.1", 0),
              new RequestMemory(1),
              TestServer.limits());
      Set<String> answered = new TreeSet<>(Set.of("GET /healthz", "GET /metrics"));
      routes
          .methods()
          .forEach((path, methods) -> methods.forEach(method -> answered.add(method + " " + path)));
      answered.removeIf(route -> route.startsWith("HEAD ")); // as GET, says the introduction

      assertThat(OURS.operations().keySet()).containsExactlyInAnyOrderElementsOf(answered);
    }
  }

  @Test
  void everyExampleOfARequestIsTaken() throws Exception {
    int sent = 0;
    try (TestServer server = TestServer.start()) {
      for (String path : PUBLISHING) {
        String content = "/paths" + ApiDescription.segment(path) + "/post/requestBody/content";
        for (Map.Entry<String, JsonNode> type : OURS.at(content).properties()) {
          for (JsonNode example : type.getValue().get("examples")) {
            JsonNode value = example.get("value");
            String body = value instanceof TextNode ? value.asText() : value.toString();
            server.sink.written().clear();

            Reply reply = server.post(path, type.getKey(), body);

            assertThat(reply.status()).as(body).isEqualTo(200);
            assertThat(server.sink.written()).as(body).isNotEmpty();
            sent++;
          }
        }
      }
    }
    assertThat(sent).isGreaterThan(8);
  }

  @Test
  void servesTheDocument() throws Exception {
    try (TestServer server = TestServer.start()) {
      Reply reply = server.get("/openapi.json");

      assertThat(reply.body()).isEqualTo(OURS.text());
      assertThat(reply.header("Content-Type")).isEqualTo("application/json");
      assertThat(reply.header("ETag")).isNotEmpty();
    }
  }

  @Test
  void aMemberAHeaderOrAStatusThatIsNotDescribedIsNoticed() throws Exception {
    Reply reply;
    try (TestServer server = TestServer.start()) {
      reply = server.post("/v1/events", HOMEPAGE);
    }
    String body = reply.body();
    Map<String, String> more = new HashMap<>(reply.headers());
    more.put("x-more", "1");

    OURS.check("POST", "/v1/events", reply);
    for (Reply other :
        List.of(
            with(reply, 200, reply.headers(), body.replace("\"id\"", "\"more\":1,\"id\"")),
            with(reply, 200, reply.headers(), body.replace("\"indexed\"", "\"stored\"")),
            with(reply, 200, more, body),
            with(reply, 201, reply.headers(), body))) {
      assertThatThrownBy(() -> OURS.check("POST", "/v1/events", other))
          .isInstanceOf(AssertionError.class);
    }
  }

  private static Reply with(Reply reply, int status, Map<String, String> headers, String body) {
    return new Reply(status, headers, reply.head(), body);
  }

  // Every answer

  @Test
  void everyAnswerThatIsDescribedIsGiven() throws Exception {
    OURS.forget();

    files();
    ordinaryAnswers();
    whatIsNoRequest();
    keysAndLimits();
    withASpool();
    withoutACluster();
    withoutRoom();
    slowBodies();
    forOperators();
    shutDown();

    Set<String> missing = OURS.described();
    missing.removeAll(OURS.seen());
    assertThat(missing).as("described, and never seen").isEmpty();
  }

  private static Reply send(TestServer server, String method, String path, String headers)
      throws IOException {
    try (RawClient client = server.connect()) {
      return client.send(RawClient.head(method, path, headers)).read(method.equals("HEAD"));
    }
  }

  private static Reply post(TestServer server, String path, String headers, String body)
      throws IOException {
    String length = "Content-Length: " + body.length() + "\r\n";
    try (RawClient client = server.connect()) {
      return client.send(RawClient.head("POST", path, headers + length) + body).read();
    }
  }

  /** The paths of GET on the public port. */
  private static List<String> pages() {
    return OURS.operations().keySet().stream()
        .filter(operation -> operation.startsWith("GET "))
        .map(operation -> operation.substring("GET ".length()))
        .filter(path -> !path.equals("/healthz") && !path.equals("/metrics"))
        .toList();
  }

  private static void files() throws Exception {
    try (TestServer server = TestServer.start()) {
      for (String path : pages()) {
        String etag = server.get(path).header("ETag");
        assertThat(send(server, "HEAD", path, "").status()).isEqualTo(200);
        if (!etag.isEmpty()) {
          Reply known = send(server, "GET", path, "If-None-Match: " + etag + "\r\n");
          assertThat(known.status()).isEqualTo(304);
        }
        assertThat(send(server, "DELETE", path, "").status()).isEqualTo(405);
      }
      assertThat(server.get("/nowhere").status()).isEqualTo(404);
    }
  }

  private static void ordinaryAnswers() throws Exception {
    String tooLarge = HOMEPAGE.replace("}", ",\"x\":\"" + "x".repeat(1 << 20) + "\"}");
    HttpLimits few = TestServer.limits().withRequest(4 << 20, 5, 8 << 10);
    try (TestServer server = TestServer.start(few)) {
      for (String path : PUBLISHING) {
        server.post(path, HOMEPAGE);
        server.post(path, "[]");
        server.post(path, "[" + HOMEPAGE + "," + BROKEN + "]");
        server.post(path, BROKEN);
        server.post(path, "");
        server.post(path, tooLarge);
        server.post(path, "[" + "1,".repeat(5) + "1]");
        post(server, path, "Content-Encoding: br\r\n", HOMEPAGE);
        post(server, path, "Content-Type: application/cloudevents+xml\r\n", "<event/>");
        post(server, path, "Idempotency-Key: \r\n", HOMEPAGE);
        send(server, "POST", path, "Transfer-Encoding: gzip, chunked\r\n");
        server.sink.answer(ItemResult.DUPLICATE);
        server.post(path, HOMEPAGE);
        server.sink.answer(new ItemResult.Failed(FailureClass.NEVER, "mapping"));
        server.post(path, HOMEPAGE);
        server.sink.release();
      }
    }
  }

  private static void whatIsNoRequest() throws Exception {
    try (TestServer server = TestServer.start();
        HttpServer admin = admin(server)) {
      for (String operation : OURS.operations().keySet()) {
        String method = operation.substring(0, operation.indexOf(' '));
        String path = operation.substring(operation.indexOf(' ') + 1);
        boolean operators = path.equals("/healthz") || path.equals("/metrics");
        int port = operators ? admin.port() : server.port();
        String none = method.equals("POST") ? "Content-Length: 0\r\n" : "";
        for (String request :
            List.of(
                RawClient.head(method, path, "X : 1\r\n" + none),
                RawClient.head(method, path + "?" + "x".repeat(10_000), none),
                RawClient.head(method, path, "X: " + "x".repeat(10_000) + "\r\n" + none),
                RawClient.head(method, path, "Expect: a-miracle\r\n" + none),
                RawClient.head(method, path, none).replace("HTTP/1.1", "HTTP/3.0"))) {
          try (RawClient client = new RawClient(port)) {
            Reply reply = client.send(request).read();
            OURS.check(method, path, reply); // also where the client cannot tell what it has sent
          }
        }
      }
    }
  }

  private static void keysAndLimits() throws Exception {
    IngestKeys keys = IngestKeys.parse(IngestKeys.generate("one").line());
    ClientAddresses peers =
        ClientAddresses.behind(List.of(), ClientAddresses.Header.X_FORWARDED_FOR);
    HttpOptions open = HttpOptions.open("127.0.0.1", 0);
    try (TestServer keyed = TestServer.start(open.withAccess(() -> keys, Set.of(), 0, peers))) {
      PUBLISHING.forEach(path -> assertStatus(401, () -> keyed.post(path, HOMEPAGE)));
    }
    try (TestServer limited = TestServer.start(open.withAccess(null, Set.of(), 1, peers))) {
      String batch = "[" + (CLICK + ",").repeat(99) + CLICK + "]";
      assertStatus(200, () -> limited.post("/", batch));
      PUBLISHING.forEach(path -> assertStatus(429, () -> limited.post(path, HOMEPAGE)));
    }
  }

  private interface Exchange {
    Reply reply() throws IOException;
  }

  private static void assertStatus(int status, Exchange exchange) {
    try {
      assertThat(exchange.reply().status()).isEqualTo(status);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private TestServer withSpool(String name) throws Exception {
    MapDbSpool spool =
        MapDbSpool.builder(directory.resolve(name)).maxBytes(64 << 20).minFreeBytes(0).open();
    return TestServer.start(builder -> builder.spool(spool));
  }

  private void withASpool() throws Exception {
    try (TestServer server = withSpool("publishing")) {
      for (String path : PUBLISHING) {
        Reply spooled = post(server, path, "Prefer: respond-async\r\n", HOMEPAGE);
        assertThat(spooled.header("Preference-Applied")).isEqualTo("respond-async");
        server.sink.answer(new ItemResult.Failed(FailureClass.NEVER, "mapping"));
        assertStatus(path.equals("/") ? 200 : 202, () -> server.post(path, HOMEPAGE));
        server.sink.blocked("401");
        server.post(path, HOMEPAGE);
      }
    }
  }

  private static void withoutACluster() throws Exception {
    try (TestServer server = TestServer.start()) {
      server.sink.blocked("401");
      server.sink.checks(CompletableFuture.failedFuture(new ConnectException("refused")));
      PUBLISHING.forEach(path -> assertStatus(503, () -> server.post(path, HOMEPAGE)));
      PUBLISHING.forEach(
          path -> assertStatus(503, () -> server.post(path, "[" + HOMEPAGE + "," + BROKEN + "]")));
      server.sink.answer(
          document ->
              document.destination().equals("pageview")
                  ? ItemResult.WRITTEN
                  : new ItemResult.Failed(FailureClass.BLOCKED, "403"));
      assertThat(
              server.post("/v1/events", "[" + HOMEPAGE + "," + CLICK + "]").header("Retry-After"))
          .isNotEmpty();
      assertStatus(503, () -> server.get("/readyz"));
    }
  }

  private static void withoutRoom() throws Exception {
    HttpLimits usual = TestServer.limits();
    try (TestServer server = TestServer.start(usual.withRoom(usual.connections(), 400_000));
        RawClient slow = server.connect()) {
      slow.send(RawClient.head("POST", "/", "Content-Length: 190000\r\n"));
      slow.send(HOMEPAGE + " ".repeat(150_000));
      await().until(() -> server.requestMemory() >= 150_000);
      String large = HOMEPAGE + " ".repeat(100_000);
      PUBLISHING.forEach(path -> assertStatus(503, () -> server.post(path, large)));
    }
  }

  private static void slowBodies() throws Exception {
    try (TestServer server = TestServer.start(TestServer.withIdleTimeout(Duration.ofMillis(200)))) {
      for (String path : PUBLISHING) {
        assertStatus(408, () -> send(server, "POST", path, "Content-Length: 100\r\n"));
      }
    }
  }

  private static HttpServer admin(TestServer server) throws Exception {
    Map<String, Handler> handlers = new HashMap<>(server.probes());
    handlers.put("/healthz", new HealthzEndpoint(server.stream(), "1.2.3"));
    handlers.put("/metrics", Metrics.create("1.2.3").handler());
    return TestServer.forOperators(handlers);
  }

  private void forOperators() throws Exception {
    try (TestServer server = withSpool("operators");
        HttpServer admin = admin(server)) {
      get(admin, "/healthz", "");
      get(admin, "/livez", "");
      get(admin, "/readyz", "");
      get(admin, "/metrics", "");
      get(admin, "/metrics", "Accept: application/openmetrics-text\r\n");
      server.sink.checks(CompletableFuture.failedFuture(new ConnectException("refused")));
      server.sink.blocked("401");
      server.post("/v1/events", HOMEPAGE);
      get(admin, "/healthz", "");
    }
    try (TestServer server = TestServer.start();
        HttpServer admin = admin(server)) {
      server.sink.checks(CompletableFuture.failedFuture(new ConnectException("refused")));
      assertThat(get(admin, "/healthz", "").status()).isEqualTo(503);
      server.closeHttp();
      assertThat(get(admin, "/readyz", "").body()).isEqualTo("shutting down\n");
    }
  }

  private static Reply get(HttpServer admin, String path, String headers) throws IOException {
    try (RawClient client = new RawClient(admin.port())) {
      return client.send(RawClient.head("GET", path, headers)).read();
    }
  }

  private static void shutDown() throws Exception {
    Map<RawClient, String> requests = new HashMap<>();
    try (TestServer server = TestServer.start();
        RawClient waiting = server.connect()) {
      server.sink.hold();
      waiting.send(RawClient.post("/", HOMEPAGE));
      await().until(() -> server.sink.held() == 1);
      PUBLISHING.forEach(path -> connect(server, RawClient.post(path, HOMEPAGE), requests));
      pages().forEach(path -> connect(server, RawClient.head("GET", path, ""), requests));
      CompletableFuture<Void> closing =
          CompletableFuture.runAsync(
              () -> {
                try {
                  server.closeHttp();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      await().until(() -> isClosed(server));

      for (Map.Entry<RawClient, String> entry : requests.entrySet()) {
        entry.getKey().send(entry.getValue()); // all at once: silent ones are soon disconnected
      }
      requests.keySet().forEach(client -> assertStatus(503, client::read));
      server.sink.release();
      assertThat(waiting.read().status()).isEqualTo(200);
      assertThat(closing).succeedsWithin(Duration.ofSeconds(30));
    } finally {
      for (RawClient client : requests.keySet()) {
        client.close();
      }
    }
  }

  /** During the shutdown, only connections are served that were used before. */
  private static void connect(TestServer server, String later, Map<RawClient, String> requests) {
    try {
      RawClient client = server.connect();
      requests.put(client, later);
      client.send(RawClient.head("GET", "/livez", "")).read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isClosed(TestServer server) throws IOException {
    try {
      server.connect().close();
      return false;
    } catch (ConnectException e) {
      return true;
    }
  }
}
