package dev.eventstream.server.http;

import static dev.eventstream.server.fixture.TestServer.CLICK;
import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import java.io.ByteArrayInputStream;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1.1 on the wire, also from clients with faults. */
class ProtocolTest {
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";

  @AutoClose private static final TestServer server = TestServer.start();

  @BeforeEach
  void forget() {
    server.sink.written().clear();
  }

  // Bodies

  @Test
  void readsChunksOfAnySizeWithExtensionsAndTrailers() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(RawClient.head("POST", "/", CHUNKED));
      for (int i = 0; i < HOMEPAGE.length(); i++) {
        client.send("1;name=\"value\"\r\n" + HOMEPAGE.charAt(i) + "\r\n");
      }
      client.send("0\r\nTrailer: ignored\r\n\r\n");

      assertThat(client.read().json().get("result").asText()).isEqualTo("created");
      assertThat(client.send(RawClient.post("/", HOMEPAGE)).read().status()).isEqualTo(200);
    }
  }

  @Test
  void readsABodyThatComesByteByByte() throws Exception {
    try (RawClient client = server.connect()) {
      for (byte b : RawClient.post("/", HOMEPAGE).getBytes(UTF_8)) {
        client.send(new byte[] {b});
      }

      assertThat(client.read().status()).isEqualTo(200);
    }
  }

  @Test
  void answersPipelinedRequestsInOrder() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(
          RawClient.post("/", HOMEPAGE)
              + RawClient.head("GET", "/livez", "")
              + RawClient.post("/v1/events", "[]")
              + RawClient.post("/", "[" + CLICK + "]"));

      assertThat(client.read().json().get("_index").asText()).isEqualTo("pageview");
      assertThat(client.read().body()).isEqualTo("alive\n");
      assertThat(client.read().body()).isEqualTo("{\"results\":[]}");
      assertThat(client.read().json().at("/0/_index").asText()).isEqualTo("engagement");
    }
  }

  @Test
  void answersManyPipelinedRequestsEachWithItsOwnIds() throws Exception {
    int requests = 500;
    try (RawClient client = server.connect()) {
      client.send(RawClient.post("/", HOMEPAGE).repeat(requests));

      for (int i = 0; i < requests; i++) {
        assertThat(client.read().json().get("_id").asText())
            .isEqualTo(server.sink.written().get(i).id());
      }
    }
  }

  @Test
  void asksForTheBodyThatIsExpected() throws Exception {
    try (RawClient client = server.connect()) {
      String headers = "Expect: 100-continue\r\nContent-Length: " + HOMEPAGE.length() + "\r\n";
      client.send(RawClient.head("POST", "/", headers));

      assertThat(client.read().status()).isEqualTo(100);
      assertThat(client.send(HOMEPAGE).read().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /v1/events, application/json, 10485761, 413",
    "POST, /v1/events, image/png, 45, 415",
    "POST, /nowhere, application/json, 45, 404",
    "PUT, /v1/events, application/json, 45, 405"
  })
  void doesNotAskForABodyThatItWillNotTake(
      String method, String path, String type, int length, int status) throws Exception {
    try (RawClient client = server.connect()) {
      String headers =
          "Expect: 100-continue\r\nContent-Type: " + type + "\r\nContent-Length: " + length;

      Reply reply = client.send(RawClient.head(method, path, headers + "\r\n")).read();

      assertThat(reply.status()).isEqualTo(status);
      assertThat(reply.header("Connection")).isEqualTo("close");
      assertThat(client.isEnded()).isTrue();
    }
  }

  @Test
  void answers417ToOtherExpectations() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(RawClient.head("POST", "/", "Expect: a-miracle\r\nContent-Length: 0\r\n"));

      assertProblem(client.read(), 417);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/page.js", "/page.css", "/favicon.svg", "/livez", "/readyz"})
  void answersHeadAsGetWithoutABody(String path) throws Exception {
    Reply get = server.get(path);
    try (RawClient client = server.connect()) {
      Reply head = client.send(RawClient.head("HEAD", path, "")).read(true);

      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("Content-Length"))
          .isEqualTo(String.valueOf(get.body().getBytes(UTF_8).length));
      assertThat(head.header("Content-Type")).isEqualTo(get.header("Content-Type"));
      assertThat(client.send(RawClient.head("GET", "/livez", "")).read().body())
          .isEqualTo("alive\n");
    }
  }

  @ParameterizedTest
  @CsvSource({"/nowhere, 404", "/v1/events, 405"})
  void answersHeadWithoutABodyAlsoWhenItCannot(String path, int status) throws Exception {
    try (RawClient client = server.connect()) {
      Reply head = client.send(RawClient.head("HEAD", path, "")).read(true);

      assertThat(head.status()).isEqualTo(status);
      assertThat(client.send(RawClient.head("GET", "/livez", "")).read().body())
          .isEqualTo("alive\n");
    }
  }

  // Keep-alive

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST | /           |                  | nonsense",
        "POST | /v1/events  |                  | nonsense",
        "POST | /v1/events  | image/png        | 0123456789",
        "POST | /nowhere    |                  | 0123456789",
        "PUT  | /           |                  | 0123456789",
        "POST | /livez      |                  | 0123456789",
      })
  void goesOnWithTheConnectionWhateverTheAnswerWas(
      String method, String path, String type, String body) throws Exception {
    String contentType = type == null ? "" : "Content-Type: " + type + "\r\n";
    try (RawClient client = server.connect()) {
      client.send(
          RawClient.head(method, path, contentType + "Content-Length: " + body.length() + "\r\n"));
      client.send(body); // most clients send it in a packet of its own
      Reply first = client.read();
      assertThat(first.header("Connection")).isEmpty();

      Reply second = client.send(RawClient.post("/v1/events", HOMEPAGE)).read();

      assertThat(second.status()).isEqualTo(200);
      assertThat(second.json().at("/results/0/outcome").asText()).isEqualTo("indexed");
    }
  }

  @ParameterizedTest
  @CsvSource({"/nowhere, application/json, 404", "/v1/events, image/png, 415"})
  void goesOnWithTheConnectionThoughTheBodyComesAfterTheAnswer(String path, String type, int status)
      throws Exception {
    try (RawClient client = server.connect()) {
      client.send(
          RawClient.head("POST", path, "Content-Type: " + type + "\r\nContent-Length: 10\r\n"));
      assertThat(client.read().status()).isEqualTo(status);

      client.send("0123456789" + RawClient.post("/", HOMEPAGE));

      assertThat(client.read().json().get("result").asText()).isEqualTo("created");
    }
  }

  @Test
  void goesOnWithTheConnectionAfterA413() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(RawClient.post("/v1/events", "[" + "1,".repeat(10_001) + "1]"));
      assertThat(client.read().status()).isEqualTo(413);
      client.send(RawClient.post("/v1/events", " ".repeat((10 << 20) + 1)));
      assertThat(client.read().status()).isEqualTo(413);

      assertThat(client.send(RawClient.post("/", HOMEPAGE)).read().status()).isEqualTo(200);
    }
  }

  @Test
  void endsTheConnectionWhenTheClientWantsThat() throws Exception {
    try (RawClient client = server.connect()) {
      String headers = "Connection: close\r\nContent-Length: " + HOMEPAGE.length() + "\r\n";

      Reply reply = client.send(RawClient.head("POST", "/", headers) + HOMEPAGE).read();

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("Connection")).isEqualTo("close");
      assertThat(client.isEnded()).isTrue();
    }
  }

  @Test
  void speaksHttp10() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(
          "POST / HTTP/1.0\r\nContent-Length: " + HOMEPAGE.length() + "\r\n\r\n" + HOMEPAGE);

      assertThat(client.read().json().get("result").asText()).isEqualTo("created");
      assertThat(client.isEnded()).isTrue();
    }
  }

  static Stream<Arguments> largeUploads() {
    return Stream.of(
        Arguments.of("/v1/events", "application/json", 413),
        Arguments.of("/v1/events", "image/png", 415),
        Arguments.of("/nowhere", "application/json", 404));
  }

  @ParameterizedTest
  @MethodSource("largeUploads")
  void getsItsAnswerAcrossToAClientThatSendsMoreThanWillBeRead(String path, String type, int status)
      throws Exception {
    byte[] body = new byte[40 << 20];
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    for (int i = 0; i < 4; i++) {
      for (HttpRequest.BodyPublisher publisher :
          List.of(
              BodyPublishers.ofByteArray(body),
              BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))) {
        HttpRequest request =
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .header("Content-Type", type)
                .POST(publisher)
                .build();

        assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(status);
      }
    }
  }

  @Test
  void readsNoEndlessRest() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(RawClient.head("POST", "/v1/events", "Content-Length: 1000000000000\r\n"));

      Reply reply = client.read();

      assertThat(reply.status()).isEqualTo(413);
      assertThat(reply.header("Connection")).isEqualTo("close");
      byte[] piece = new byte[1 << 20];
      int sent = 0;
      try {
        while (sent < 200) {
          client.send(piece);
          sent++;
        }
      } catch (SocketException e) {
        // the server has had enough
      }
      assertThat(sent).isBetween(60, 199);
    }
  }

  // Bodies that are not what their headers say

  @ParameterizedTest
  @ValueSource(ints = {1, 44, 1_000, 1_000_000})
  void publishesNothingOfABodyThatIsShorterThanAnnounced(int missing) throws Exception {
    try (RawClient client = server.connect()) {
      int length = HOMEPAGE.length() + missing;
      client.send(RawClient.head("POST", "/", "Content-Length: " + length + "\r\n") + HOMEPAGE);

      assertProblem(client.finish().read(), 400);
      assertThat(client.isEnded()).isTrue();
    }
    assertThat(server.sink.written()).isEmpty();
  }

  @Test
  void publishesNothingOfChunksThatDoNotEnd() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(RawClient.head("POST", "/", CHUNKED));
      client.send(Integer.toHexString(HOMEPAGE.length()) + "\r\n" + HOMEPAGE + "\r\n");

      assertProblem(client.finish().read(), 400);
    }
    assertThat(server.sink.written()).isEmpty();
  }

  @Test
  void publishesNothingOfAnUploadThatIsAborted() throws Exception {
    for (String headers : List.of("Content-Length: 1000\r\n", CHUNKED)) {
      RawClient client = server.connect();
      client.send(RawClient.head("POST", "/", headers));
      client.send(headers.equals(CHUNKED) ? "30\r\n" + HOMEPAGE + "\r\n" : "[" + HOMEPAGE + ",");
      client.reset();
    }

    assertThat(server.post("/", CLICK).status()).isEqualTo(200);
    assertThat(server.sink.written()).hasSize(1);
  }

  @Test
  void publishesWhatAClientSentThatDoesNotWaitForTheAnswer() throws Exception {
    server.connect().send(RawClient.post("/", HOMEPAGE)).close();

    await().until(() -> server.sink.written().size() == 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zz\r\n{}\r\n0\r\n\r\n",
        "-1\r\n{}\r\n0\r\n\r\n",
        "ffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        "80000000\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}XX\r\n0\r\n\r\n",
        "\r\n\r\n",
      })
  void answers400ToAnInvalidChunk(String chunks) throws Exception {
    try (RawClient client = server.connect()) {
      client.send(RawClient.head("POST", "/", CHUNKED) + "30\r\n" + HOMEPAGE + "\r\n" + chunks);

      assertProblem(client.finish().read(), 400);
      assertThat(client.isEnded()).isTrue();
    }
    assertThat(server.sink.written()).isEmpty();
  }

  static Stream<Arguments> brokenRequests() {
    String get = "GET / HTTP/1.1\r\nHost: localhost\r\n";
    String post = "POST / HTTP/1.1\r\nHost: localhost\r\n";
    String length = "Content-Length: " + HOMEPAGE.length() + "\r\n";
    String chunk = "30\r\n" + HOMEPAGE + "\r\n0\r\n\r\n";
    return Stream.of(
        Arguments.of("no request line", "GARBAGE\r\n\r\n", 400),
        Arguments.of("zero bytes", "\0\0\0\0\r\n\r\n", 400),
        Arguments.of("TLS", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\r\n\r\n", 400),
        Arguments.of("no host", "GET / HTTP/1.1\r\n\r\n", 400),
        Arguments.of("two hosts", get + "Host: other\r\n\r\n", 400),
        Arguments.of("a blank in a header's name", get + "A b: c\r\n\r\n", 400),
        Arguments.of("a zero byte in a header", get + "A: b\0c\r\n\r\n", 400),
        Arguments.of("a header without a name", get + ": c\r\n\r\n", 400),
        Arguments.of("a zero byte in the path", "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Arguments.of("half an escape in the path", "GET /%z HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Arguments.of("a path out of the root", "GET /../../x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Arguments.of("a version to come", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505),
        Arguments.of("a length and chunks", post + length + CHUNKED + "\r\n" + chunk, 400),
        Arguments.of("chunks and a length", post + CHUNKED + length + "\r\n" + chunk, 400),
        Arguments.of("two lengths", post + length + "Content-Length: 1\r\n\r\n" + HOMEPAGE, 400),
        Arguments.of("a negative length", post + "Content-Length: -1\r\n\r\n", 400),
        Arguments.of(
            "an absurd length", post + "Content-Length: 9" + "9".repeat(30) + "\r\n\r\n", 400),
        Arguments.of("a length in words", post + "Content-Length: five\r\n\r\n", 400),
        Arguments.of(
            "chunks that are not last", post + "Transfer-Encoding: chunked, gzip\r\n\r\n", 400),
        Arguments.of(
            "zipped chunks", post + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunk, 501),
        Arguments.of("huge headers", get + "X: " + "y".repeat(20_000) + "\r\n\r\n", 431),
        Arguments.of("many headers", get + "X: y\r\n".repeat(5_000) + "\r\n", 431),
        Arguments.of("a huge header of a PUT", "PUT / HTTP/1.1\r\nX: " + "y".repeat(20_000), 431),
        Arguments.of("a huge path", "GET /" + "y".repeat(20_000) + " HTTP/1.1\r\n\r\n", 414));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenRequests")
  void answersABrokenRequestWithAProblem(String what, String request, int status) throws Exception {
    try (RawClient client = server.connect()) {
      assertProblem(client.send(request).read(), status);
    }
    assertThat(server.sink.written()).isEmpty();
    assertThat(server.get("/livez").status()).isEqualTo(200);
  }

  @Test
  void smugglesNoSecondRequest() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
              + CHUNKED
              + "\r\n0\r\n\r\n"
              + RawClient.post("/", HOMEPAGE));

      assertProblem(client.read(), 400);
      assertThat(client.isEnded()).isTrue();
    }
    assertThat(server.sink.written()).isEmpty();
  }

  private static void assertProblem(Reply reply, int status) {
    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
    JsonNode json = reply.json();
    assertThat(json.get("type").asText()).isEqualTo("about:blank");
    assertThat(json.get("status").asInt()).isEqualTo(status);
    assertThat(json.get("title").asText()).isNotBlank();
    assertThat(json.get("detail").asText()).isNotBlank();
    assertThat(reply.headers()).doesNotContainKeys("server", "x-powered-by");
    assertThat(reply.all())
        .doesNotContainIgnoringCase("jetty")
        .doesNotContain("Exception", "\tat ", "java.", "dev.eventstream");
  }
}
