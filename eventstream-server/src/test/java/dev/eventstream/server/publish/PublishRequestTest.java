package dev.eventstream.server.publish;

import static dev.eventstream.server.fixture.TestServer.CLICK;
import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.HttpOptions;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.server.guard.ClientAddresses;
import dev.eventstream.server.guard.ClientAddresses.Header;
import dev.eventstream.server.guard.IngestKeys;
import dev.eventstream.server.http.RequestError;
import dev.eventstream.spi.Document;
import dev.eventstream.spool.MapDbSpool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client asks for in the headers of a request with events. */
final class PublishRequestTest {
  private static final String BATCH = "[" + HOMEPAGE + ",7," + CLICK + "]";
  private static final String KEY = "Idempotency-Key: \"batch-7\"\r\n";

  @TempDir Path directory;

  private static Reply post(TestServer server, String path, String headers, String body)
      throws Exception {
    String length = "Content-Length: " + body.getBytes(UTF_8).length + "\r\n";
    try (RawClient client = server.connect()) {
      return client.send(RawClient.head("POST", path, headers + length) + body).read();
    }
  }

  private TestServer withSpool() throws Exception {
    return TestServer.start(
        builder -> {
          try {
            return builder.spool(MapDbSpool.builder(directory).minFreeBytes(0).open());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Test
  void aBatchThatIsSentAgainWithItsKeyGivesTheSameDocumentIds() throws Exception {
    try (TestServer server = TestServer.start()) {
      Reply first = post(server, "/v1/events", KEY, BATCH);
      assertThat(post(server, "/v1/events", KEY, BATCH).json()).isEqualTo(first.json());
      assertThat(post(server, "/", KEY, BATCH).status()).isEqualTo(200);
      assertThat(post(server, "/", KEY.replace("7", "8"), BATCH).status()).isEqualTo(200);
      assertThat(post(server, "/", "", BATCH).status()).isEqualTo(200);

      assertThat(first.json().at("/results/0/id").asText()).matches("[0-9a-f]{32}-0");
      assertThat(first.json().at("/results/2/id").asText()).matches("[0-9a-f]{32}-2");
      List<String> ids = server.sink.written().stream().map(Document::id).toList();
      assertThat(ids.subList(2, 4)).isEqualTo(ids.subList(0, 2));
      assertThat(ids.subList(4, 6)).isEqualTo(ids.subList(0, 2));
      assertThat(Set.copyOf(ids)).hasSize(6);
    }
  }

  @Test
  void theSameIdempotencyKeyOfAnotherClientIsAnother() throws Exception {
    IngestKeys.NewKey shop = IngestKeys.generate("shop");
    IngestKeys.NewKey desk = IngestKeys.generate("desk");
    IngestKeys keys = IngestKeys.parse(shop.line() + "\n" + desk.line());
    HttpOptions options =
        HttpOptions.open("127.0.0.1", 0)
            .withAccess(
                () -> keys, Set.of(), 0, ClientAddresses.behind(List.of(), Header.X_FORWARDED_FOR));
    try (TestServer server = TestServer.start(options)) {
      for (IngestKeys.NewKey key : List.of(shop, desk, shop)) {
        String bearer = "Authorization: Bearer " + key.secret() + "\r\n";
        assertThat(post(server, "/", KEY + bearer, HOMEPAGE).status()).isEqualTo(200);
      }

      List<String> ids = server.sink.written().stream().map(Document::id).toList();
      assertThat(ids.get(1)).isNotEqualTo(ids.get(0));
      assertThat(ids.get(2)).isEqualTo(ids.get(0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/v1/events"})
  void answers400ToAnIdempotencyKeyThatIsNone(String path) throws Exception {
    try (TestServer server = TestServer.start()) {
      Reply reply = post(server, path, "Idempotency-Key: \"open\r\n", HOMEPAGE);

      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(reply.json().get("detail").asText()).startsWith("Idempotency-Key begins with");
      assertThat(server.sink.written()).isEmpty();
      await()
          .untilAsserted(
              () ->
                  assertThat(server.observed)
                      .singleElement()
                      .matches(seen -> seen.error() == RequestError.BAD_REQUEST));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Prefer: respond-async\r\n",
        "Prefer: return=minimal, Respond-Async; wait=10\r\n",
        "Prefer: return=minimal\r\nPrefer: respond-async\r\n"
      })
  void whoWouldRatherNotWaitIsAnsweredFromTheSpool(String prefer) throws Exception {
    try (TestServer server = withSpool()) {
      server.sink.hold();

      Reply reply = post(server, "/v1/events", prefer, "[" + HOMEPAGE + "]");
      Reply root = post(server, "/", prefer, HOMEPAGE);

      assertThat(reply.status()).isEqualTo(202);
      assertThat(reply.header("Preference-Applied")).isEqualTo("respond-async");
      assertThat(reply.json().at("/results/0/outcome").asText()).isEqualTo("spooled");
      assertThat(root.status()).isEqualTo(200);
      assertThat(root.header("Preference-Applied")).isEqualTo("respond-async");
      assertThat(root.json().get("result").asText()).isEqualTo("spooled");

      server.sink.release();
      await().until(() -> server.sink.written().size() == 2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Prefer: respond-asynchronously\r\n",
        "Prefer: wait=\"respond-async\"\r\n",
        "Prefer: x=\"a, respond-async\"\r\n"
      })
  void whoDoesNotSaySoWaitsForTheCluster(String prefer) throws Exception {
    try (TestServer server = withSpool()) {
      Reply reply = post(server, "/v1/events", prefer, HOMEPAGE);

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("Preference-Applied")).isEmpty();
    }
  }

  @Test
  void saysNothingOfAPreferenceThatNothingCameOf() throws Exception {
    try (TestServer server = withSpool()) {
      Reply reply = post(server, "/v1/events", "Prefer: respond-async\r\n", "7");

      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.header("Preference-Applied")).isEmpty();
    }
    try (TestServer server = TestServer.start()) { // which has no spool
      Reply reply = post(server, "/v1/events", "Prefer: respond-async\r\n", HOMEPAGE);

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("Preference-Applied")).isEmpty();
    }
  }
}
