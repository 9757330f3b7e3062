package dev.eventstream.server.publish;

import static dev.eventstream.server.fixture.TestServer.CLICK;
import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.server.fixture.Encoding;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The answers of both endpoints over HTTP, with a scripted sink. */
class PublishTest {
  private static final String BROKEN = "{\"eventType\":\"pageview\"}";
  private static final String UUID_V7 = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-.*";
  private static final int MIB = 1 << 20;

  @AutoClose
  private TestServer server =
      TestServer.start(builder -> builder.deliveryTimeout(Duration.ofMillis(300)));

  // POST /

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "image/png",
        "nonsense",
        ""
      })
  void answersAnObjectLikeTheEngineWhateverTheContentType(String contentType) throws Exception {
    Reply reply = server.post("/", contentType, HOMEPAGE);

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("Content-Type")).isEqualTo("application/json");
    assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
    JsonNode json = reply.json();
    assertThat(json.get("_index").asText()).isEqualTo("pageview");
    assertThat(json.get("_type").asText()).isEqualTo("_doc");
    assertThat(json.get("_id").asText()).matches(UUID_V7);
    assertThat(json.get("result").asText()).isEqualTo("created");
    assertThat(json.get("eventId").asText()).isEqualTo("h");
    assertThat(server.sink.written()).hasSize(1);
    Document document = server.sink.written().get(0);
    assertThat(document.id()).isEqualTo(json.get("_id").asText());
    JsonNode source = RawClient.JSON.readTree(document.source());
    assertThat(source.get("eventValue").asText()).isEqualTo("homepage");
    assertThat(Instant.parse(source.get("@timestamp").asText()))
        .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
  }

  @Test
  void answersAnArrayInOrder() throws Exception {
    Reply reply = server.post("/", "", "[" + CLICK + "," + HOMEPAGE + "," + CLICK + "]");

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json())
        .extracting(item -> item.get("_index").asText())
        .containsExactly("engagement", "pageview", "engagement");
    assertThat(reply.json())
        .extracting(item -> item.get("_id").asText())
        .isEqualTo(server.sink.written().stream().map(Document::id).toList());
  }

  @Test
  void leavesOutAnEventIdThatIsNotKnown() throws Exception {
    Reply reply = server.post("/", "{\"eventType\":\"pageview\",\"eventValue\":\"nowhere\"}");

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json().has("eventId")).isFalse();
  }

  @Test
  void putsABrokenEventInItsPlace() throws Exception {
    Reply reply = server.post("/", "[" + CLICK + "," + BROKEN + ",7," + HOMEPAGE + "]");

    assertThat(reply.status()).isEqualTo(200);
    JsonNode json = reply.json();
    assertThat(json).hasSize(4);
    assertThat(json.get(1).at("/error/type").asText()).isEqualTo("missing_member");
    assertThat(json.get(1).at("/error/reason").asText()).contains("eventValue");
    assertThat(json.get(1).get("status").asInt()).isEqualTo(400);
    assertThat(json.get(2).at("/error/type").asText()).isEqualTo("not_an_object");
    assertThat(json.get(3).get("result").asText()).isEqualTo("created");
    assertThat(server.sink.written()).hasSize(2);
  }

  @Test
  void answers400WhenNoEventCanBeTaken() throws Exception {
    Reply one = server.post("/", BROKEN);
    Reply two = server.post("/", "[" + BROKEN + ",true]");

    assertThat(one.status()).isEqualTo(400);
    assertThat(one.json().at("/error/type").asText()).isEqualTo("missing_member");
    assertThat(two.status()).isEqualTo(400);
    assertThat(two.json()).hasSize(2);
    assertThat(server.sink.written()).isEmpty();
  }

  @Test
  void answers503WithRetryAfterWhenTheClusterTurnsAway() throws Exception {
    server.sink.blocked("403 read-only");

    Reply one = server.post("/", HOMEPAGE);
    Reply two = server.post("/", "[" + HOMEPAGE + "," + CLICK + "]");

    assertThat(one.status()).isEqualTo(503);
    assertThat(one.header("Retry-After")).isEqualTo("30");
    assertThat(one.json().at("/error/type").asText()).isEqualTo("refused");
    assertThat(one.json().at("/error/reason").asText()).isEqualTo("403 read-only");
    assertThat(two.status()).isEqualTo(503);
    assertThat(two.json()).hasSize(2);
  }

  // POST /v1/events

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "text/plain;charset=UTF-8", "", "text/json; x=y"})
  void answersWithAResultForEachEvent(String contentType) throws Exception {
    Reply reply = server.post("/v1/events", contentType, "[" + CLICK + "," + HOMEPAGE + "]");

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("Content-Type")).isEqualTo("application/json");
    assertThat(reply.json().get("results")).hasSize(2);
    JsonNode first = reply.json().at("/results/0");
    assertThat(first.get("outcome").asText()).isEqualTo("indexed");
    assertThat(first.get("status").asInt()).isEqualTo(201);
    assertThat(first.get("index").asText()).isEqualTo("engagement");
    assertThat(first.get("id").asText()).isEqualTo(server.sink.written().get(0).id());
    assertThat(first.get("eventId").asText()).isEqualTo("c");
    assertThat(reply.json().at("/results/1/index").asText()).isEqualTo("pageview");
  }

  @Test
  void answersAnObjectWithOneResult() throws Exception {
    Reply reply = server.post("/v1/events", HOMEPAGE);

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json().get("results")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"application/x-ndjson, \\n", "application/ndjson, \\r\\n", "application/json, \\n"})
  void takesOneEventALine(String contentType, String separator) throws Exception {
    String lineEnd = separator.translateEscapes();
    String body = HOMEPAGE + lineEnd + lineEnd + BROKEN + lineEnd + CLICK + lineEnd;

    Reply reply = server.post("/v1/events", contentType, body);

    assertThat(reply.status()).isEqualTo(207);
    assertThat(reply.json().get("results"))
        .extracting(result -> result.get("outcome").asText())
        .containsExactly("indexed", "rejected", "indexed");
  }

  @Test
  void takesALineOfItsOwnInNdjsonForBrokenWhateverItsBrackets() throws Exception {
    String body = "{\"eventType\":\"pageview\",\n" + HOMEPAGE + "\n";

    Reply reply = server.post("/v1/events", "application/x-ndjson", body);

    assertThat(reply.json().get("results"))
        .extracting(result -> result.get("outcome").asText())
        .containsExactly("rejected", "indexed");
  }

  @Test
  void answers207WhenSomeAreBroken() throws Exception {
    Reply reply = server.post("/v1/events", "[" + CLICK + "," + BROKEN + "]");

    assertThat(reply.status()).isEqualTo(207);
    assertThat(reply.header("Content-Type")).isEqualTo("application/json");
    JsonNode broken = reply.json().at("/results/1");
    assertThat(broken.get("outcome").asText()).isEqualTo("rejected");
    assertThat(broken.get("status").asInt()).isEqualTo(400);
    assertThat(broken.get("position").asInt()).isEqualTo(1);
    assertThat(broken.get("offset").asInt()).isBetween(CLICK.length(), CLICK.length() + 30);
    assertThat(broken.at("/error/type").asText()).isEqualTo("missing_member");
  }

  @ParameterizedTest
  @ValueSource(strings = {BROKEN, "[" + BROKEN + "]", "nonsense", "{", "[", "7", "\0", "[,]"})
  void answersAProblemWithResultsWhenNoEventCanBeTaken(String body) throws Exception {
    Reply reply = server.post("/v1/events", body);

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(reply.json().get("title").asText()).isEqualTo("Bad Request");
    assertThat(reply.json().get("results"))
        .isNotEmpty()
        .allSatisfy(result -> assertThat(result.get("outcome").asText()).isEqualTo("rejected"));
    assertThat(server.sink.written()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"/", "/v1/events"})
  void answersAProblemWhenTheBodyHoldsNoEvent(String path) throws Exception {
    for (String body : List.of("", " \r\n\t ", "\uFEFF", "\uFEFF  ")) {
      Reply reply = server.post(path, body);

      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(reply.json().get("detail").asText()).isEqualTo("the body holds no event");
    }
  }

  @Test
  void answersAnEmptyArrayWithNoResults() throws Exception {
    assertThat(server.post("/", "[ ]").body()).isEqualTo("[]");
    Reply reply = server.post("/v1/events", " [] ");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).isEqualTo("{\"results\":[]}");
  }

  @Test
  void answers503WithRetryAfterAndAProblemWhenTheClusterDoesNotAcknowledge() throws Exception {
    server.sink.hold();

    Reply reply = server.post("/v1/events", HOMEPAGE);

    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(reply.header("Retry-After")).isEqualTo("5");
    JsonNode result = reply.json().at("/results/0");
    assertThat(result.get("outcome").asText()).isEqualTo("refused");
    assertThat(result.get("retryAfter").asInt()).isEqualTo(5);
    assertThat(result.at("/error/reason").asText()).contains("time-out of 300 ms");
  }

  @Test
  void answers503WhenTheSinkFailsUntilTheTimeOut() throws Exception {
    server.sink.behave(
        documents -> CompletableFuture.failedFuture(new CompletionException(new Error("inner"))));
    assertThat(server.post("/v1/events", HOMEPAGE).status()).isEqualTo(503);

    server.sink.behave(
        documents -> {
          throw new IllegalStateException("inner");
        });
    Reply reply = server.post("/v1/events", HOMEPAGE);
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.body()).doesNotContain("inner");

    server.sink.behave(documents -> CompletableFuture.completedFuture(null));
    assertThat(server.post("/", HOMEPAGE).status()).isEqualTo(503);
  }

  @Test
  void saysCreatedOfAnEventThatIsWrittenAtTheSecondAttempt() throws Exception {
    server.sink.behave(
        documents -> {
          server.sink.behave(server.sink::accept);
          return CompletableFuture.completedFuture(
              SinkResult.all(
                  documents.size(), new ItemResult.Failed(FailureClass.RETRY, "429 busy")));
        });

    Reply reply = server.post("/", HOMEPAGE);

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json().get("_id").asText()).isEqualTo(server.sink.written().get(0).id());
  }

  @Test
  void tellsTheEngineAndTheClientOfEachDocumentItsOwnFate() throws Exception {
    server.sink.answer(
        document ->
            document.destination().equals("engagement")
                ? new ItemResult.Failed(FailureClass.NEVER, "400 mapper_parsing_exception")
                : ItemResult.WRITTEN);

    Reply reply = server.post("/v1/events", "[" + CLICK + "," + HOMEPAGE + "," + CLICK + "]");

    assertThat(reply.status()).isEqualTo(207);
    assertThat(reply.json().get("results"))
        .extracting(result -> result.get("outcome").asText())
        .containsExactly("rejected", "indexed", "rejected");
    assertThat(reply.json().at("/results/0/error/type").asText()).isEqualTo("document_refused");
    assertThat(reply.json().at("/results/0/error/reason").asText())
        .isEqualTo("400 mapper_parsing_exception");
  }

  @Test
  void saysThatAnEventIsThereAlready() throws Exception {
    server.sink.answer(ItemResult.DUPLICATE);

    assertThat(server.post("/v1/events", HOMEPAGE).json().at("/results/0/outcome").asText())
        .isEqualTo("duplicate");
    assertThat(server.post("/", HOMEPAGE).json().get("result").asText()).isEqualTo("created");
  }

  @Test
  void answersLateWhenTheSinkAnswersLate() throws Exception {
    server.sink.hold();
    try (RawClient client = server.connect()) {
      client.send(RawClient.post("/", HOMEPAGE));
      await().until(() -> server.sink.held() == 1);

      server.sink.release();

      assertThat(client.read().json().get("result").asText()).isEqualTo("created");
    }
  }

  // Content of bodies

  @Test
  void skipsAByteOrderMark() throws Exception {
    assertThat(server.post("/", "\uFEFF" + HOMEPAGE).status()).isEqualTo(200);
    assertThat(server.post("/v1/events", "\uFEFF[" + HOMEPAGE + "]").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\0", "{\"eventType\":\"pageview\",\"eventValue\":\"\0\"}", "\uFEFF\uFEFF{}"})
  void rejectsZeroBytesAndStrayMarks(String body) throws Exception {
    assertThat(server.post("/", body).status()).isEqualTo(400);
    assertThat(server.sink.written()).isEmpty();
  }

  @Test
  void rejectsWhatIsNotUtf8AndKeepsItsNeighbours() throws Exception {
    byte[] body =
        ("[" + HOMEPAGE.replace("homepage", "homep#ge") + "," + CLICK + "]").getBytes(UTF_8);
    for (int i = 0; i < body.length; i++) {
      body[i] = body[i] == '#' ? (byte) 0xC0 : body[i];
    }

    Reply reply = RawClient.exchange(server.port(), "POST", "/v1/events", "", body);

    assertThat(reply.status()).isEqualTo(207);
    assertThat(reply.json().at("/results/0/error/type").asText()).isEqualTo("invalid_unicode");
  }

  @Test
  void keepsTextInAnyScriptAsItIs() throws Exception {
    String value = "страница \uD83D\uDE00 \\u00e9";

    server.post("/", HOMEPAGE.replace("homepage", value));

    assertThat(new String(server.sink.written().get(0).source(), UTF_8)).contains(value);
  }

  @Test
  void neverLetsAnEventTypeBecomeAnotherIndex() throws Exception {
    for (String type : List.of("../../x", "_all", ".security", "a,b", "*", "A", "<x>", "", "%2e")) {
      Reply reply = server.post("/", HOMEPAGE.replace("pageview", type));

      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.json().at("/error/type").asText()).isEqualTo("invalid_event_type");
    }
    assertThat(server.sink.written()).isEmpty();
  }

  // Limits

  @Test
  void takes10000EventsAndNotOneMore() throws Exception {
    Reply most = server.post("/v1/events", events(10_000));
    assertThat(most.status()).isEqualTo(200);
    assertThat(most.json().get("results")).hasSize(10_000);
    assertThat(most.json().get("results"))
        .extracting(result -> result.get("id").asText())
        .isEqualTo(server.sink.written().stream().map(Document::id).toList());

    for (String path : List.of("/", "/v1/events")) {
      Reply tooMany = server.post(path, events(10_001));
      assertThat(tooMany.status()).isEqualTo(413);
      assertThat(tooMany.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(tooMany.json().get("detail").asText()).contains("10000 events");
    }
    assertThat(server.sink.written()).hasSize(10_000);
  }

  @Test
  void takesABodyOf10MiBAndNotAByteMore() throws Exception {
    String padding = " ".repeat(10 * MIB - HOMEPAGE.length());
    assertThat(server.post("/v1/events", HOMEPAGE + padding).status()).isEqualTo(200);

    for (String path : List.of("/", "/v1/events")) {
      Reply tooLarge = server.post(path, HOMEPAGE + padding + " ");
      assertThat(tooLarge.status()).isEqualTo(413);
      assertThat(tooLarge.json().get("detail").asText()).contains("10485760 bytes");
    }
    assertThat(server.sink.written()).hasSize(1);
  }

  @Test
  void takesChunksUpTo10MiBAndNotAByteMore() throws Exception {
    for (int extra = 0; extra <= 1; extra++) {
      try (RawClient client = server.connect()) {
        client.send(RawClient.head("POST", "/v1/events", "Transfer-Encoding: chunked\r\n"));
        String padding = " ".repeat(10 * MIB - HOMEPAGE.length() + extra);
        client.send(chunk(HOMEPAGE)).send(chunk(padding)).send("0\r\n\r\n");

        Reply reply = client.read();

        assertThat(reply.status()).isEqualTo(extra == 0 ? 200 : 413);
      }
    }
    assertThat(server.sink.written()).hasSize(1);
  }

  @Test
  void takesAnEventOf1MiBAndNotAByteMore() throws Exception {
    int overhead = HOMEPAGE.length() - "homepage".length();
    String largest = HOMEPAGE.replace("homepage", "x".repeat(MIB - overhead));
    String tooLarge = HOMEPAGE.replace("homepage", "x".repeat(MIB - overhead + 1));

    assertThat(server.post("/v1/events", largest).status()).isEqualTo(200);
    Reply alone = server.post("/v1/events", tooLarge);
    Reply among = server.post("/v1/events", "[" + tooLarge + "," + CLICK + "]");

    assertThat(alone.status()).isEqualTo(413);
    assertThat(alone.json().at("/results/0/error/type").asText()).isEqualTo("too_large");
    assertThat(among.status()).isEqualTo(207);
    assertThat(among.json().at("/results/0/status").asInt()).isEqualTo(413);
    assertThat(among.json().at("/results/1/outcome").asText()).isEqualTo("indexed");
    assertThat(server.post("/", tooLarge).status()).isEqualTo(413);
  }

  @Test
  void takes64LevelsAndNotOneMore() throws Exception {
    String nested = "{\"eventType\":\"pageview\",\"eventValue\":\"about\",\"x\":%s}";

    assertThat(server.post("/", nested.formatted("[".repeat(63) + "]".repeat(63))).status())
        .isEqualTo(200);
    Reply tooDeep = server.post("/", nested.formatted("[".repeat(64) + "]".repeat(64)));
    assertThat(tooDeep.status()).isEqualTo(400);
    assertThat(tooDeep.json().at("/error/type").asText()).isEqualTo("too_deep");
    Reply absurd = server.post("/", "[".repeat(1_000_000));
    assertThat(absurd.status()).isEqualTo(400);
  }

  // Content types and encodings, paths and methods

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "x"
      })
  void answers415ToAContentTypeThatIsNotRead(String contentType) throws Exception {
    Reply reply = server.post("/v1/events", contentType, HOMEPAGE);

    assertThat(reply.status()).isEqualTo(415);
    assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(reply.json().get("detail").asText()).contains(contentType, "application/json");
    assertThat(reply.header("Accept-Encoding")).isEmpty();
    assertThat(server.sink.written()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/, br",
    "/v1/events, compress",
    "/v1/events, 'identity, br'",
    "/v1/events, 'gzip, br, zstd'",
    "/v1/events, 'gzip, gzip, gzip, gzip'"
  })
  void answers415ToAContentEncodingThatIsNotRead(String path, String encoding) throws Exception {
    try (RawClient client = server.connect()) {
      String headers = "Content-Encoding: " + encoding + "\r\nContent-Length: 3\r\n";
      Reply reply = client.send(RawClient.head("POST", path, headers) + "abc").read();

      assertThat(reply.status()).isEqualTo(415);
      assertThat(reply.header("Accept-Encoding")).isEqualTo("gzip, deflate, zstd");
      assertThat(reply.json().get("detail").asText()).contains(encoding);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/, application/json",
    "/v1/events, application/json",
    "/v1/events, application/x-ndjson",
    "/v1/events, application/cloudevents+json"
  })
  void saysThatABodyIsGzipWhereNoHeaderSaysSo(String path, String type) throws Exception {
    byte[] body = Encoding.GZIP.encode(HOMEPAGE.getBytes(UTF_8));

    Reply reply = RawClient.exchange(server.port(), "POST", path, type, body);

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.body()).contains("compressed with gzip", "Content-Encoding: gzip");
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "application/cloudevents+json"})
  void saysThatABodyIsUtf16(String type) throws Exception {
    byte[] body = HOMEPAGE.getBytes(UTF_16);

    Reply reply = RawClient.exchange(server.port(), "POST", "/v1/events", type, body);

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.body()).contains("the input is UTF-16 or UTF-32: send it as UTF-8");
  }

  @ParameterizedTest
  @CsvSource({"/, ISO-8859-1", "/v1/events, ISO-8859-1", "/v1/events, \"windows-1252\"", "/, x-no"})
  void answers415ToABodyInAnotherCharsetAndSaysWhereItShows(String path, String charset)
      throws Exception {
    String type = "application/json; charset=" + charset;
    byte[] body = HOMEPAGE.replace("}", ",\"n\":\"\u00e9\"}").getBytes(ISO_8859_1);

    Reply reply = RawClient.exchange(server.port(), "POST", path, type, body);

    assertThat(reply.status()).isEqualTo(415);
    assertThat(reply.json().get("detail").asText())
        .containsIgnoringCase("charset=" + charset.replace("\"", ""))
        .contains("byte " + (body.length - 3))
        .contains("UTF-8");
    assertThat(server.sink.written()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"utf-8", "UTF8", "\"UTF-8\""})
  void readsUtf8HoweverItIsSpelt(String charset) throws Exception {
    String event = HOMEPAGE.replace("}", ",\"n\":\"\u00e9\"}");

    assertThat(server.post("/v1/events", "application/json;charset=" + charset, event).status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ISO-8859-1", "us-ascii", "x-no"})
  void readsAsciiWhateverTheCharset(String charset) throws Exception {
    assertThat(server.post("/", "application/json;charset=" + charset, HOMEPAGE).status())
        .isEqualTo(200);
  }

  private Reply postEncoded(String path, String encoding, byte[] body) throws Exception {
    try (RawClient client = server.connect()) {
      String headers =
          "Content-Encoding: " + encoding + "\r\nContent-Length: " + body.length + "\r\n";
      return client.send(RawClient.head("POST", path, headers)).send(body).read();
    }
  }

  @ParameterizedTest
  @EnumSource
  void readsBodiesThatAreCompressed(Encoding encoding) throws Exception {
    String name = encoding.coding.wireName();
    byte[] once = encoding.encode(HOMEPAGE.getBytes(UTF_8));
    byte[] twice = encoding.encode(Encoding.GZIP.encode(CLICK.getBytes(UTF_8)));

    assertThat(postEncoded("/", name, once).status()).isEqualTo(200);
    assertThat(postEncoded("/v1/events", "gzip, " + name, twice).status()).isEqualTo(200);

    assertThat(server.sink.written())
        .extracting(Document::destination)
        .containsExactly("pageview", "engagement");
  }

  @ParameterizedTest
  @EnumSource
  void answers400ToACompressedBodyThatIsBroken(Encoding encoding) throws Exception {
    byte[] whole = encoding.encode(HOMEPAGE.getBytes(UTF_8));
    byte[] cut = Arrays.copyOf(whole, whole.length - 1);
    for (byte[] body : List.of(cut, HOMEPAGE.getBytes(UTF_8), new byte[0])) {
      Reply reply = postEncoded("/v1/events", encoding.coding.wireName(), body);

      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(reply.json().get("detail").asText())
          .startsWith("the body cannot be decoded as " + encoding.coding.wireName() + ": ");
    }
    assertThat(server.sink.written()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void answers413ToABombAndGoesOnWithTheConnection(Encoding encoding) throws Exception {
    byte[] bomb = encoding.encode(new byte[200 * MIB]);
    String headers =
        "Content-Encoding: "
            + encoding.coding.wireName()
            + "\r\nContent-Length: "
            + bomb.length
            + "\r\n";
    try (RawClient client = server.connect()) {
      Reply reply = client.send(RawClient.head("POST", "/v1/events", headers)).send(bomb).read();

      assertThat(reply.status()).isEqualTo(413);
      assertThat(reply.json().get("detail").asText()).contains("10485760 bytes");
      assertThat(client.send(RawClient.post("/", HOMEPAGE)).read().status()).isEqualTo(200);
    }
  }

  @Test
  void readsTheContentEncodingIdentity() throws Exception {
    try (RawClient client = server.connect()) {
      String headers =
          "Content-Encoding: Identity\r\nContent-Length: " + HOMEPAGE.length() + "\r\n";

      assertThat(client.send(RawClient.head("POST", "/v1/events", headers) + HOMEPAGE).read())
          .extracting(Reply::status)
          .isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /, 'GET, HEAD, POST'",
    "DELETE, /, 'GET, HEAD, POST'",
    "OPTIONS, /, 'GET, HEAD, POST'",
    "TRACE, /, 'GET, HEAD, POST'",
    "BREW, /, 'GET, HEAD, POST'",
    "GET, /v1/events, POST",
    "PUT, /v1/events, POST",
    "POST, /livez, 'GET, HEAD'",
    "POST, /readyz, 'GET, HEAD'",
    "POST, /page.js, 'GET, HEAD'"
  })
  void answers405WithWhatIsAllowed(String method, String path, String allowed) throws Exception {
    Reply reply = RawClient.exchange(server.port(), method, path, "application/json", HOMEPAGE);

    assertThat(reply.status()).isEqualTo(405);
    assertThat(reply.header("Allow")).isEqualTo(allowed);
    assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(reply.json().get("detail").asText()).contains(method, allowed);
    assertThat(server.sink.written()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/v1", "/v1/events/", "/v1/Events", "/index.html", "/v2/events", "/favicon.ico"})
  void answers404WithWhereEventsGo(String path) throws Exception {
    for (String method : List.of("GET", "POST")) {
      Reply reply = RawClient.exchange(server.port(), method, path, "", HOMEPAGE);

      assertThat(reply.status()).isEqualTo(404);
      assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(reply.json().get("detail").asText()).contains("POST /v1/events");
    }
    assertThat(server.sink.written()).isEmpty();
  }

  @Test
  void doesNotMindAQuery() throws Exception {
    assertThat(server.post("/v1/events?refresh=true", HOMEPAGE).status()).isEqualTo(200);
  }

  @Test
  void turnsAwayWhatIsMoreThanMayBeInFlight() throws Exception {
    server.close();
    server = TestServer.start(builder -> builder.maxInFlightBytes(2_000));
    server.sink.hold();
    try (RawClient first = server.connect()) {
      first.send(RawClient.post("/", events(10)));
      await().until(() -> server.sink.held() == 10);

      Reply second = server.post("/v1/events", events(20));

      assertThat(second.status()).isEqualTo(503);
      assertThat(second.header("Retry-After")).isEqualTo("1");
      assertThat(second.json().get("results")).hasSize(20);
      server.sink.release();
      assertThat(first.read().status()).isEqualTo(200);
    }
    assertThat(server.post("/v1/events", events(20)).status()).isEqualTo(200);
  }

  private static String events(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Stream.of(HOMEPAGE, CLICK).toList().get(i % 2))
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static String chunk(String text) {
    return Integer.toHexString(text.getBytes(UTF_8).length) + "\r\n" + text + "\r\n";
  }
}
