package dev.eventstream.server.http;

import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.server.fixture.Hostile;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.spi.Document;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests that two readers may take for two different things. Whatever a proxy before us made of
 * one, a second request never comes out of its body.
 */
class HostileRequestsTest {
  private static final String POST = "POST / HTTP/1.1\r\nHost: localhost\r\n";
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";

  /** A request that is hidden in a body. */
  private static final String SMUGGLED =
      RawClient.post("/v1/events", HOMEPAGE.replace("pageview", "smuggled"));

  private static final String LENGTH = "Content-Length: " + HOMEPAGE.length() + "\r\n";
  private static final String ONE_CHUNK =
      Integer.toHexString(HOMEPAGE.length()) + "\r\n" + HOMEPAGE + "\r\n0\r\n\r\n";

  /** The end of the chunks and a request for a server that parses chunks; a body for others. */
  private static final String HIDDEN = "0\r\n\r\n" + SMUGGLED;

  private static final String HIDDEN_LENGTH = "Content-Length: " + HIDDEN.length() + "\r\n";

  @AutoClose private static final TestServer server = TestServer.start();

  @BeforeEach
  void forget() {
    server.sink.written().clear();
  }

  private static Arguments shape(String what, int status, String request) {
    return Arguments.of(what, status, request);
  }

  /** Each is one request and no more, and the connection ends behind it. */
  static Stream<Arguments> ambiguousLengths() {
    return Stream.of(
        shape("the same length twice", 400, POST + LENGTH + LENGTH + "\r\n" + HOMEPAGE + SMUGGLED),
        shape("a list of lengths", 400, POST + "Content-Length: 48, 48\r\n\r\n" + HOMEPAGE),
        shape("a length with a sign", 400, POST + "Content-Length: +48\r\n\r\n" + HOMEPAGE),
        shape("a length with a blank in it", 400, POST + "Content-Length: 4 8\r\n\r\n" + HOMEPAGE),
        shape("a length in hexadecimal", 400, POST + "Content-Length: 0x30\r\n\r\n" + HOMEPAGE),
        shape("a length with a fraction", 400, POST + "Content-Length: 48.0\r\n\r\n" + HOMEPAGE),
        shape("a length of nothing", 400, POST + "Content-Length: \r\n\r\n" + SMUGGLED),
        shape("wide digits", 400, POST + "Content-Length: \uFF14\uFF16\r\n\r\n" + HOMEPAGE),
        shape("a blank before the colon", 400, POST + "Content-Length : 48\r\n\r\n" + HOMEPAGE),
        shape("a blank before the name", 400, POST + " Content-Length: 48\r\n\r\n" + HOMEPAGE),
        shape("a folded line", 400, POST + "X: a\r\n Content-Length: 48\r\n\r\n" + HOMEPAGE),
        shape("a folded length", 400, POST + "Content-Length:\r\n 48\r\n\r\n" + HOMEPAGE),
        shape("a lone CR", 400, POST + "X: a\rContent-Length: 48\r\n\r\n" + HOMEPAGE),
        shape("a zero byte behind it", 400, POST + "Content-Length: 48\0\r\n\r\n" + HOMEPAGE));
  }

  static Stream<Arguments> ambiguousTransfers() {
    return Stream.of(
        shape("a length, and chunks", 400, POST + HIDDEN_LENGTH + CHUNKED + "\r\n" + HIDDEN),
        shape("chunks, and a length", 400, POST + CHUNKED + HIDDEN_LENGTH + "\r\n" + HIDDEN),
        transfer("Transfer-Encoding: chunked, identity", 400),
        transfer("Transfer-Encoding: identity, chunked", 400),
        transfer("Transfer-Encoding: identity", 400),
        transfer("Transfer-Encoding: chunked, chunked", 400),
        transfer("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", 400),
        transfer("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", 400),
        transfer("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", 400),
        transfer("Transfer-Encoding: xchunked", 400),
        transfer("Transfer-Encoding: chunked;q=1", 400),
        transfer("Transfer-Encoding: \"chunked\"", 400),
        transfer("Transfer-Encoding: chunked\u000B", 400),
        transfer("Transfer-Encoding: \0chunked", 400),
        transfer("Transfer-Encoding: ", 400),
        transfer("Transfer-Encoding : chunked", 400),
        transfer(" Transfer-Encoding: chunked", 400),
        transfer("\tTransfer-Encoding: chunked", 400),
        transfer("X: y\r\n Transfer-Encoding: chunked", 400),
        transfer("Transfer-Encoding:\r\n chunked", 400),
        transfer("X: y\rTransfer-Encoding: chunked", 400),
        transfer("Transfer\0-Encoding: chunked", 400),
        transfer("Transfer-Encoding\u00A0: chunked", 400));
  }

  /** Codings that are not read, or only by some, and no length: what follows is unclear. */
  static Stream<Arguments> unknownTransfers() {
    return Stream.of(
            "identity",
            "identity, chunked",
            "gzip, chunked",
            "identity\r\nTransfer-Encoding: chunked",
            "xchunked",
            "chunked;q=1",
            "\"chunked\"",
            "chunked, gzip",
            "")
        .map(
            coding ->
                Arguments.of(
                    coding,
                    POST + "Transfer-Encoding: " + coding + "\r\n\r\n" + ONE_CHUNK + SMUGGLED));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unknownTransfers")
  void guessesNoEndOfABodyInAnUnknownCoding(String coding, String request) throws Exception {
    try (RawClient client = server.connect()) {
      Reply reply = client.send(request).read();

      assertThat(reply.status()).isIn(400, 501);
      Hostile.assertProblem(reply, reply.status());
      assertThat(client.isEnded()).isTrue();
    }
    assertThat(server.sink.written()).isEmpty();
  }

  /** An unusual spelling of chunked, with a length for servers that do not recognise it. */
  private static Arguments transfer(String header, int status) {
    return shape(header, status, POST + header + "\r\n" + HIDDEN_LENGTH + "\r\n" + HIDDEN);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"ambiguousLengths", "ambiguousTransfers"})
  void turnsAwayARequestWhoseEndIsAmbiguous(String what, int status, String request)
      throws Exception {
    try (RawClient client = server.connect()) {
      Hostile.assertProblem(client.send(request).read(), status);
      assertThat(client.isEnded()).isTrue();
    }
    assertThat(server.sink.written()).isEmpty();
  }

  static Stream<Arguments> ambiguousChunks() {
    String head = POST + CHUNKED + "\r\n";
    String first = "30\r\n" + HOMEPAGE + "\r\n";
    return Stream.of(
        shape("a size with a sign", 400, head + "+30\r\n" + HOMEPAGE + "\r\n" + HIDDEN),
        shape("a size with 0x", 400, head + "0x30\r\n" + HOMEPAGE + "\r\n" + HIDDEN),
        shape("a size beyond 32 bits", 400, head + "100000030\r\n" + HOMEPAGE + "\r\n" + HIDDEN),
        shape("a size beyond 64 bits", 400, head + "1" + "0".repeat(16) + "30\r\n" + HOMEPAGE),
        shape("a chunk that is too long", 400, head + "2f\r\n" + HOMEPAGE + "\r\n" + HIDDEN),
        shape("a chunk that ends in LF", 400, head + "30\r\n" + HOMEPAGE + "\n" + HIDDEN),
        shape("a size that ends in LF", 400, head + "30\n" + HOMEPAGE + "\r\n" + HIDDEN),
        shape("a size that ends in CR", 400, head + "30\r" + HOMEPAGE + "\r\n" + HIDDEN),
        shape("an extension with LF", 400, head + "30;a=b\nc\r\n" + HOMEPAGE + "\r\n" + HIDDEN),
        shape("no end of chunks", 400, head + first + SMUGGLED),
        shape("a blank line for a size", 400, head + first + "\r\n" + SMUGGLED));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ambiguousChunks")
  void turnsAwayChunksWhoseEndIsAmbiguous(String what, int status, String request)
      throws Exception {
    try (RawClient client = server.connect()) {
      Hostile.assertProblem(client.send(request).finish().read(), status);
      assertThat(client.isEnded()).isTrue();
    }
    assertThat(server.sink.written()).isEmpty();
  }

  /** What the standard allows, or what everybody reads alike: one event, and one answer. */
  static Stream<Arguments> clearRequests() {
    return Stream.of(
        Arguments.of(
            "blanks around a length", POST + "Content-Length: \t 48 \t\r\n\r\n" + HOMEPAGE),
        Arguments.of("zeros before a length", POST + "Content-Length: 00048\r\n\r\n" + HOMEPAGE),
        Arguments.of("a name in lower case", POST + "content-length: 48\r\n\r\n" + HOMEPAGE),
        Arguments.of("CHUNKED", POST + "TRANSFER-ENCODING: CHUNKED\r\n\r\n" + ONE_CHUNK),
        Arguments.of(
            "blanks around chunked", POST + "Transfer-Encoding: \t chunked \r\n\r\n" + ONE_CHUNK),
        Arguments.of(
            "a name with a low line",
            POST + "Transfer_Encoding: chunked\r\n" + LENGTH + "\r\n" + HOMEPAGE),
        Arguments.of(
            "LF for an end of lines", (POST + LENGTH + "\r\n").replace("\r", "") + HOMEPAGE),
        Arguments.of(
            "a length among the trailers",
            POST + CHUNKED + "\r\n30\r\n" + HOMEPAGE + "\r\n0\r\nContent-Length: 9999\r\n\r\n"),
        Arguments.of("empty lines before it", "\r\n\r\n" + POST + LENGTH + "\r\n" + HOMEPAGE),
        Arguments.of(
            "an absolute URI",
            "POST http://localhost/ HTTP/1.1\r\nHost: localhost\r\n" + LENGTH + "\r\n" + HOMEPAGE));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("clearRequests")
  void readsAClearRequestAsOneWithNothingBehindIt(String what, String request) throws Exception {
    try (RawClient client = server.connect()) {
      Reply reply = client.send(request).read();
      assertThat(reply.status()).as(reply.body()).isEqualTo(200);

      // The connection stands where the next request begins.
      assertThat(client.send(RawClient.post("/", HOMEPAGE)).read().status()).isEqualTo(200);
      assertThat(client.finish().isEnded()).isTrue();
    }
    assertThat(server.sink.written())
        .extracting(Document::destination)
        .containsExactly("pageview", "pageview");
  }

  @Test
  void takesWhatIsInABodyForABodyWhateverItLooksLike() throws Exception {
    try (RawClient client = server.connect()) {
      Hostile.assertProblem(client.send(RawClient.post("/nowhere", SMUGGLED)).read(), 404);
      String get = RawClient.head("GET", "/livez", "Content-Length: " + SMUGGLED.length() + "\r\n");
      assertThat(client.send(get + SMUGGLED).read().body()).isEqualTo("alive\n");
      assertThat(client.send(RawClient.head("GET", "/livez", "")).read().status()).isEqualTo(200);
      assertThat(client.finish().isEnded()).isTrue();
    }
    assertThat(server.sink.written()).isEmpty();
  }

  static Stream<Arguments> wrongRequests() {
    String get = "GET /livez HTTP/1.1\r\n";
    String host = "Host: localhost\r\n";
    return Stream.of(
        shape("HTTP/0.9", 505, "GET /livez\r\n\r\n"),
        shape("a blank before the method", 400, " GET /livez HTTP/1.1\r\n" + host + "\r\n"),
        shape("another protocol", 505, "GET /livez SIP/2.0\r\n" + host + "\r\n"),
        shape("another host in the URI", 400, "GET http://evil/livez HTTP/1.1\r\n" + host + "\r\n"),
        shape("another scheme", 400, "GET file:///etc/passwd HTTP/1.1\r\n" + host + "\r\n"),
        shape("an authority", 400, "GET evil:80 HTTP/1.1\r\n" + host + "\r\n"),
        shape("CONNECT", 405, "CONNECT evil:80 HTTP/1.1\r\nHost: evil:80\r\n\r\n"),
        shape("CONNECT with a path", 400, "CONNECT / HTTP/1.1\r\nHost: evil\r\n\r\n"),
        shape("CONNECT with a URI", 400, "CONNECT http://a:1/ HTTP/1.1\r\nHost: a:1\r\n\r\n"),
        shape("CONNECT without a port", 405, "CONNECT evil HTTP/1.1\r\nHost: evil\r\n\r\n"),
        shape("a host with a path", 400, get + "Host: local/host\r\n\r\n"),
        shape("a host with a user", 400, get + "Host: me@localhost\r\n\r\n"),
        shape("a port that is none", 400, get + "Host: localhost:x\r\n\r\n"),
        shape("a header without a colon", 400, get + host + "Lonely\r\n\r\n"),
        shape("a name with a quote", 400, get + host + "A\"b: c\r\n\r\n"),
        shape("an expectation of its own", 417, get + host + "Expect: miracles\r\n\r\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongRequests")
  void answersAProblemToWhatIsNoRequest(String what, int status, String request) throws Exception {
    try (RawClient client = server.connect()) {
      Hostile.assertProblem(client.send(request).finish().read(), status);
    }
    assertThat(server.get("/livez").status()).isEqualTo(200);
  }

  @Test
  void takesNothingBehindConnectForARequest() throws Exception {
    try (RawClient client = server.connect()) {
      Reply reply =
          client.send("CONNECT evil:80 HTTP/1.1\r\nHost: evil:80\r\n\r\n" + SMUGGLED).read();

      Hostile.assertProblem(reply, 405);
      assertThat(reply.header("Allow")).isEqualTo("GET, HEAD, POST");
      assertThat(client.isEnded()).isTrue();
    }
    assertThat(server.sink.written()).isEmpty();
  }

  @Test
  void opensNoTunnelOnThePortForOperatorsEither() throws Exception {
    try (HttpServer admin = TestServer.forOperators(server.probes());
        RawClient client = new RawClient(admin.port())) {
      Reply reply = client.send("CONNECT evil:80 HTTP/1.1\r\nHost: evil:80\r\n\r\n").read();

      Hostile.assertProblem(reply, 405);
      assertThat(reply.header("Allow")).isEqualTo("GET, HEAD");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../pom.xml",
        "/../../../../etc/passwd",
        "/page.css/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%252e%252e/etc/passwd",
        "/%c0%ae%c0%ae/etc/passwd",
        "/..;/etc/passwd",
        "/;/page.css",
        "/page.css%00.html",
        "/page.css%20",
        "//page.css",
        "/page.css/",
        "//evil.example/",
        "/\\..\\..\\etc\\passwd",
        "/..\\pom.xml",
        "/%5c..%5cpom.xml",
        "/%2fetc%2fpasswd",
        "/page%2ecss%2f..%2f..%2fHttpEndpoints.class",
        "/dev/eventstream/server/cli/Cli.class",
        "/META-INF/MANIFEST.MF",
        "/WEB-INF/web.xml",
        "/.git/config",
        "/index.html%3f",
        "/%",
        "/%zz",
        "/%u002e%u002e/",
        "*",
        "etc/passwd"
      })
  void servesNothingButThePage(String path) throws Exception {
    for (String method : new String[] {"GET", "POST", "OPTIONS"}) {
      try (RawClient client = server.connect()) {
        Reply reply = client.send(RawClient.head(method, path, "Content-Length: 0\r\n")).read();

        assertThat(reply.status()).as(method + " " + reply.all()).isIn(400, 404, 405);
        Hostile.assertProblem(reply, reply.status());
      }
    }
    assertThat(server.sink.written()).isEmpty();
  }
}
