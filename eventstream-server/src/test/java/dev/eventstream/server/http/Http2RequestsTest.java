package dev.eventstream.server.http;

import static dev.eventstream.server.fixture.RawHttp2.CONTINUATION;
import static dev.eventstream.server.fixture.RawHttp2.DATA;
import static dev.eventstream.server.fixture.RawHttp2.END_HEADERS;
import static dev.eventstream.server.fixture.RawHttp2.END_STREAM;
import static dev.eventstream.server.fixture.RawHttp2.HEADERS;
import static dev.eventstream.server.fixture.RawHttp2.PING;
import static dev.eventstream.server.fixture.RawHttp2.PRIORITY;
import static dev.eventstream.server.fixture.RawHttp2.SETTINGS;
import static dev.eventstream.server.fixture.RawHttp2.fields;
import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.HttpOptions;
import dev.eventstream.server.fixture.RawHttp2;
import dev.eventstream.server.fixture.RawHttp2.Fate;
import dev.eventstream.server.fixture.ServerThreads;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.testkit.TestCa;
import dev.eventstream.tls.TlsSettings;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests of HTTP/2 in every shape that frames can give them. Each is answered, reset, or ends its
 * connection, as RFC 9113 has it, and costs the server next to nothing.
 */
class Http2RequestsTest {
  private static final int WHOLE = END_STREAM | END_HEADERS;
  private static final long MOST_BYTES = 16 << 20;

  /** The setting of a stream's initial window: 0. */
  private static final byte[] NO_WINDOW = {0, 4, 0, 0, 0, 0};

  private static final byte[] EVENT = HOMEPAGE.getBytes(UTF_8);
  private static final String[] GET = get(":path", "/livez");
  private static final String[] POST = {
    ":method", "POST", ":scheme", "http", ":path", "/v1/events", ":authority", "a"
  };

  private static final String[] TRAILERS = {"x", "y"};

  @AutoClose private static final TestServer server = TestServer.start();

  @AfterEach
  void theServerHasDoneNothingElse() {
    assertThat(server.sink.written()).isEmpty();
  }

  /** A request for /livez in which these fields stand in place of the usual ones. */
  private static String[] get(String... instead) {
    List<String> fields = new ArrayList<>();
    String[] usual = {":method", "GET", ":scheme", "http", ":path", "/livez", ":authority", "a"};
    for (int i = 0; i < usual.length; i += 2) {
      if (!Arrays.asList(instead).contains(usual[i])) {
        fields.addAll(List.of(usual[i], usual[i + 1]));
      }
    }
    fields.addAll(List.of(instead));
    return fields.toArray(String[]::new);
  }

  private static String[] without(String name) {
    List<String> fields = new ArrayList<>(List.of(GET));
    int at = fields.indexOf(name);
    fields.subList(at, at + 2).clear();
    return fields.toArray(String[]::new);
  }

  private static String[] with(String[] fields, String... more) {
    String[] all = Arrays.copyOf(fields, fields.length + more.length);
    System.arraycopy(more, 0, all, fields.length, more.length);
    return all;
  }

  private static Arguments shape(String what, String fate, Consumer<RawHttp2> frames) {
    return Arguments.of(what, fate, frames);
  }

  private static Arguments head(String what, String fate, String... fields) {
    return shape(what, fate, client -> client.frame(HEADERS, WHOLE, 1, fields(fields)));
  }

  private static Arguments event(String what, String fate, String[] head, String[] trailers) {
    return shape(
        what,
        fate,
        client ->
            client
                .frame(HEADERS, END_HEADERS, 1, fields(head))
                .frame(DATA, 0, 1, EVENT)
                .frame(HEADERS, WHOLE, 1, fields(trailers)));
  }

  static Stream<Arguments> tunnels() {
    String[] connect = {":method", "CONNECT", ":authority", "a:1"};
    byte[] open = fields(connect);
    return Stream.of(
        head("CONNECT", "405", connect),
        head("CONNECT without an authority", "405", ":method", "CONNECT"),
        head("CONNECT with a path", "405", get(":method", "CONNECT")),
        head("CONNECT with a length", "405", with(connect, "content-length", "5")),
        head("CONNECT that expects", "405", with(connect, "expect", "100-continue")),
        head("CONNECT with an origin", "405", with(connect, "origin", "https://a.example")),
        head("extended CONNECT", "reset 1", get(":method", "CONNECT", ":protocol", "websocket")),
        head("extended CONNECT, no path", "400", with(connect, ":protocol", "websocket")),
        head("connect in lower case", "405", get(":method", "connect")),
        shape("an open CONNECT", "405", client -> client.frame(HEADERS, END_HEADERS, 1, open)),
        shape(
            "CONNECT with data",
            "405",
            client ->
                client.frame(HEADERS, END_HEADERS, 1, open).frame(DATA, END_STREAM, 1, EVENT)),
        shape(
            "CONNECT with data, and more to come",
            "405",
            client -> client.frame(HEADERS, END_HEADERS, 1, open).frame(DATA, 0, 1, EVENT)),
        shape(
            "CONNECT with trailers",
            "405",
            client ->
                client
                    .frame(HEADERS, END_HEADERS, 1, open)
                    .frame(HEADERS, WHOLE, 1, fields("x", "y"))));
  }

  static Stream<Arguments> pseudoHeaders() {
    List<Arguments> shapes = new ArrayList<>();
    for (String name : List.of(":method", ":scheme", ":path")) {
      shapes.add(head("no " + name, "400", without(name)));
    }
    shapes.add(head("no :authority", "200", without(":authority")));
    for (int i = 0; i < GET.length; i += 2) {
      String name = GET[i];
      shapes.add(head(name + " twice", "400", with(GET, name, GET[i + 1])));
      String[] late = with(with(without(name), "x", "y"), name, GET[i + 1]);
      shapes.add(head(name + " behind a field", "400", late));
    }
    shapes.add(head("no fields", "goaway 1"));
    shapes.add(head("no pseudo-header", "goaway 1", "x", "y"));
    shapes.add(head("an answer", "goaway 1", ":status", "200"));
    shapes.add(head("a request and an answer", "400", with(GET, ":status", "200")));
    shapes.add(head("an unknown one", "400", with(GET, ":x", "y")));
    shapes.add(head("one without a name", "400", with(GET, ":", "y")));
    shapes.add(head(":protocol without CONNECT", "200", with(GET, ":protocol", "websocket")));
    return shapes.stream();
  }

  static Stream<Arguments> methodsAndTargets() {
    List<Arguments> shapes = new ArrayList<>();
    for (String method : List.of("", "get", "G T", "TRACE", "OPTIONS", "PRI", "PUT", "CONNECTX")) {
      shapes.add(head("method \"" + method + "\"", "405", get(":method", method)));
    }
    shapes.add(head("OPTIONS *", "404", get(":method", "OPTIONS", ":path", "*")));
    shapes.add(head("PRI *", "404", get(":method", "PRI", ":path", "*")));
    shapes.add(head("another scheme", "400", get(":scheme", "ftp")));
    shapes.add(head("an empty scheme", "400", get(":scheme", "")));
    List<String> paths =
        List.of(
            "", "*", "livez", "a:1", "http://a/livez", "?x", "/livez#x", "/li vez", "/\0", "//");
    for (String path : paths) {
      shapes.add(head("path \"" + path + "\"", "400", get(":path", path)));
    }
    for (String authority : List.of("", "a:1", "[::1]", "%41", "*")) {
      shapes.add(head("authority \"" + authority + "\"", "200", get(":authority", authority)));
    }
    for (String authority : List.of("a:x", "a:99999", "u@a", "[::1", "a b", "a/b", "a:1:2", "ä")) {
      String fate = "goaway 1"; // Jetty takes it for a fault of the whole block
      shapes.add(head("authority \"" + authority + "\"", fate, get(":authority", authority)));
    }
    shapes.add(head("another host", "400", with(GET, "host", "b")));
    shapes.add(head("two hosts", "400", with(without(":authority"), "host", "b", "host", "c")));
    return shapes.stream();
  }

  static Stream<Arguments> otherFields() {
    return Stream.of(
        head("TE", "400", with(GET, "te", "gzip")),
        head("TE as it may be", "200", with(GET, "te", "trailers")),
        head("Connection", "400", with(GET, "connection", "close")),
        head("Transfer-Encoding", "200", with(GET, "transfer-encoding", "chunked")),
        head("Upgrade", "200", with(GET, "upgrade", "h2c")),
        head("an expectation of its own", "417", with(GET, "expect", "miracles")),
        head("a name in upper case", "400", with(GET, "X-Y", "z")),
        head("no name", "goaway 1", with(GET, "", "y")),
        head("a name with a blank", "400", with(GET, "x y", "z")),
        head("a value with a line feed", "400", with(GET, "x", "a\r\nb")),
        head("a value with a zero byte", "400", with(GET, "x", "a\0b")),
        head("a length that is none", "goaway 1", with(POST, "content-length", "x")),
        head("a length without a body", "400", with(POST, "content-length", "5")),
        event("trailers with a path", "reset 8", POST, new String[] {":path", "/"}),
        event("trailers that are a request", "reset 8", POST, POST),
        event("trailers that are an answer", "reset 8", POST, new String[] {":status", "200"}),
        event("a length that is too large", "400", with(POST, "content-length", "99"), TRAILERS),
        event("a length that is too small", "reset 1", with(POST, "content-length", "9"), TRAILERS),
        event("a body and trailers for nobody", "404", get(":path", "/nowhere"), TRAILERS));
  }

  static Stream<Arguments> streams() {
    byte[] get = fields(GET);
    byte[] ofItself = new byte[get.length + 5];
    ofItself[3] = 1;
    System.arraycopy(get, 0, ofItself, 5, get.length);
    return Stream.of(
        shape("id 0", "goaway 1", client -> client.frame(HEADERS, WHOLE, 0, get)),
        shape("an id of the server's", "goaway 1", client -> client.frame(HEADERS, WHOLE, 2, get)),
        shape("the reserved bit", "200", client -> client.frame(HEADERS, WHOLE, 1 << 31 | 1, get)),
        shape(
            "a stream that depends on itself",
            "goaway 1",
            client -> client.frame(HEADERS, WHOLE | PRIORITY, 1, ofItself)),
        shape("data of no stream", "goaway 1", client -> client.frame(DATA, END_STREAM, 1, EVENT)),
        shape(
            "an end of headers that does not come",
            "goaway 1",
            client -> client.frame(HEADERS, END_STREAM, 1, get).frame(PING, 0, 0, new byte[8])),
        shape(
            "headers in two frames",
            "200",
            client ->
                client
                    .frame(HEADERS, END_STREAM, 1, fields(Arrays.copyOf(GET, 4)))
                    .frame(
                        CONTINUATION,
                        END_HEADERS,
                        1,
                        fields(Arrays.copyOfRange(GET, 4, GET.length)))),
        shape(
            "an index of nothing",
            "goaway 1",
            client -> client.frame(HEADERS, WHOLE, 1, (byte) 0x80)),
        shape(
            "a table beyond all size",
            "goaway 9",
            client -> client.frame(HEADERS, WHOLE, 1, new byte[] {0x3f, -1, -1, 3})));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"tunnels", "pseudoHeaders", "methodsAndTargets", "otherFields", "streams"})
  void answersOrEndsEachShapeOfARequestAndStaysAtRest(
      String what, String fate, Consumer<RawHttp2> frames) throws Exception {
    ServerThreads.awaitRest();
    long before = ServerThreads.allocated();
    try (RawHttp2 client = connect()) {
      frames.accept(client);

      Fate seen = client.send().fate(1);

      assertThat(seen.hasNothing() ? "goaway " + client.goAway() : seen.toString())
          .startsWith(fate);
      ServerThreads.awaitRest();
      assertThat(ServerThreads.allocated() - before).isLessThan(MOST_BYTES);
      if (client.ping()) {
        assertThat(client.frame(HEADERS, WHOLE, 3, fields(GET)).send().fate(3).status())
            .isEqualTo(200);
      } else {
        assertThat(seen.status()).as("an answer ends no connection").isZero();
      }
    }
    assertThat(server.get("/livez").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/livez", "/nowhere", "//"})
  void endsAConnectionWhoseClientTakesNoAnswer(String path) throws Exception {
    Duration idle = Duration.ofMillis(200);
    try (TestServer impatient = TestServer.start(TestServer.withIdleTimeout(idle));
        RawHttp2 client =
            new RawHttp2(new Socket(InetAddress.getLoopbackAddress(), impatient.port()))) {
      client.frame(SETTINGS, 0, 0, NO_WINDOW).frame(HEADERS, WHOLE, 1, fields(get(":path", path)));

      client.send().readToTheEnd();

      await().until(() -> impatient.connections() == 0);
    }
  }

  @Test
  void opensNoTunnelOverTlsEither(@TempDir Path directory) throws Exception {
    TestCa ca = new TestCa("ca");
    TestCa.Issued issued = ca.issue("server", "localhost");
    Path certificate = directory.resolve("server.pem");
    Path key = directory.resolve("server.key");
    issued.writeChain(certificate);
    issued.writeKey(key);
    TlsSettings tls =
        new TlsSettings(null, null, new TlsSettings.Identity(certificate, key, null), true);
    try (TestServer encrypted = TestServer.start(HttpOptions.open("127.0.0.1", 0).withTls(tls));
        SSLSocket socket =
            (SSLSocket)
                ca.client().getSocketFactory().createSocket("127.0.0.1", encrypted.port())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      try (RawHttp2 client = new RawHttp2(socket)) {
        client.frame(HEADERS, WHOLE, 1, fields(":method", "CONNECT", ":authority", "a:1"));

        assertThat(client.send().fate(1).status()).isEqualTo(405);
        ServerThreads.awaitRest();
        client.frame(HEADERS, WHOLE, 3, fields(get(":scheme", "https")));
        assertThat(client.send().fate(3).status()).isEqualTo(200);
      }
    }
  }

  private static RawHttp2 connect() throws Exception {
    return new RawHttp2(new Socket(InetAddress.getLoopbackAddress(), server.port()));
  }
}
