package dev.eventstream.server.http;

import static dev.eventstream.server.fixture.RawHttp2.DATA;
import static dev.eventstream.server.fixture.RawHttp2.END_HEADERS;
import static dev.eventstream.server.fixture.RawHttp2.END_STREAM;
import static dev.eventstream.server.fixture.RawHttp2.HEADERS;
import static dev.eventstream.server.fixture.RawHttp2.fields;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.server.fixture.RawHttp2;
import dev.eventstream.server.fixture.RawHttp2.Fate;
import dev.eventstream.server.fixture.ServerThreads;
import dev.eventstream.server.fixture.TestServer;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Any combination of pseudo-headers, with and without a body. */
class Http2RequestsPropertyTest {
  private static final long MOST_BYTES = 16 << 20;

  /** A field of a request. */
  record Field(String name, String value) {
    boolean isPseudo() {
      return name.startsWith(":");
    }
  }

  /** What follows the headers. */
  enum Body {
    NONE,
    WHOLE,
    OPEN,
    TRAILERS
  }

  private static TestServer server;

  @BeforeContainer
  static void start() throws Exception {
    server = TestServer.start();
  }

  @AfterContainer
  static void stop() throws Exception {
    server.close();
  }

  @Provide
  Arbitrary<List<Field>> heads() {
    Arbitrary<Field> one =
        Arbitraries.oneOf(
            field(":method", "GET", "POST", "HEAD", "OPTIONS", "CONNECT", "connect", ""),
            field(":scheme", "http", "https", "ftp", ""),
            field(":path", "/livez", "/nowhere", "*", "a:1", ""),
            field(":authority", "a", "a:1", "a:x", ""),
            field(":protocol", "websocket", ""),
            field(":status", "200"),
            field("x", "y"));
    List<Field> usual =
        List.of(
            new Field(":method", "CONNECT"),
            new Field(":scheme", "http"),
            new Field(":path", "/livez"),
            new Field(":authority", "a:1"));
    Arbitrary<List<Field>> likely =
        Arbitraries.subsetOf(usual).flatMap(some -> Arbitraries.shuffle(List.copyOf(some)));
    return Arbitraries.oneOf(one.list().ofMaxSize(7), likely);
  }

  private static Arbitrary<Field> field(String name, String... values) {
    return Arbitraries.of(values).map(value -> new Field(name, value));
  }

  @Property(tries = 500)
  void answersOrEndsEachCombinationAndComesToRest(
      @ForAll("heads") List<Field> head, @ForAll Body body) throws Exception {
    ServerThreads.awaitRest();
    long before = ServerThreads.allocated();
    try (RawHttp2 client =
        new RawHttp2(new Socket(InetAddress.getLoopbackAddress(), server.port()))) {
      send(head, body, client);

      Fate fate = client.fate(1);

      if (fate.hasNothing()) {
        assertThat(client.goAway()).isNotEmpty();
      } else if (fate.status() != 0) {
        assertThat(fate.status()).isIn(200, 400, 404, 405);
        if (fate.status() == 200) {
          assertValid(head);
        }
      }
      ServerThreads.awaitRest();
      assertThat(ServerThreads.allocated() - before).isLessThan(MOST_BYTES);
    }
    assertThat(server.get("/livez").status()).isEqualTo(200);
  }

  private static void send(List<Field> head, Body body, RawHttp2 client) throws Exception {
    List<String> texts = new ArrayList<>();
    head.forEach(field -> texts.addAll(List.of(field.name(), field.value())));
    int end = body == Body.NONE ? END_STREAM : 0;
    client.frame(HEADERS, END_HEADERS | end, 1, fields(texts.toArray(String[]::new)));
    switch (body) {
      case NONE -> {}
      case WHOLE -> client.frame(DATA, END_STREAM, 1, new byte[100]);
      case OPEN -> client.frame(DATA, 0, 1, new byte[100]);
      case TRAILERS ->
          client
              .frame(DATA, 0, 1, new byte[100])
              .frame(HEADERS, END_HEADERS | END_STREAM, 1, fields("x", "y"));
    }
    client.send();
  }

  /** The rules of RFC 9113. */
  private static void assertValid(List<Field> head) {
    for (String name : List.of(":method", ":scheme", ":path")) {
      assertThat(head).filteredOn(field -> field.name().equals(name)).as(name).hasSize(1);
    }
    assertThat(head).doesNotContain(new Field(":method", "CONNECT"), new Field(":status", "200"));
    List<Boolean> kinds = head.stream().map(Field::isPseudo).toList();
    assertThat(kinds).as("pseudo-headers come first").isSortedAccordingTo((a, b) -> b.compareTo(a));
  }
}
