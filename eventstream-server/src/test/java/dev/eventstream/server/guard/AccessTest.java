package dev.eventstream.server.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.HttpOptions;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.server.guard.ClientAddresses.Header;
import dev.eventstream.server.http.RequestError;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys, limits for a client, and pages of other origins. */
final class AccessTest {
  private static final String SHOP = "https://shop.example";

  private static HttpOptions withKeys(Supplier<IngestKeys> keys) {
    return options(keys, Set.of(), 0);
  }

  private static HttpOptions options(
      Supplier<IngestKeys> keys, Set<String> origins, int eventsPerSecond) {
    ClientAddresses behindUs = ClientAddresses.behind(List.of("127.0.0.1"), Header.X_FORWARDED_FOR);
    return HttpOptions.open("127.0.0.1", 0).withAccess(keys, origins, eventsPerSecond, behindUs);
  }

  private static RawClient.Reply post(TestServer server, String path, String headers, String body)
      throws Exception {
    String length = "Content-Length: " + body.length() + "\r\n";
    String type = "Content-Type: application/json\r\n";
    try (RawClient client = server.connect()) {
      return client.send(RawClient.head("POST", path, type + headers + length) + body).read();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/v1/events"})
  void takesEventsOnlyWithAKeyThatIsInForce(String path) throws Exception {
    IngestKeys.NewKey old = IngestKeys.generate("old");
    IngestKeys.NewKey next = IngestKeys.generate("next");
    AtomicReference<IngestKeys> keys = new AtomicReference<>(IngestKeys.parse(old.line()));
    try (TestServer server = TestServer.start(withKeys(keys::get))) {
      String withOld = "Authorization: Bearer " + old.secret() + "\r\n";
      String withNext = "Authorization: Bearer " + next.secret() + "\r\n";

      RawClient.Reply without = post(server, path, "", TestServer.CLICK);
      assertThat(without.status()).isEqualTo(401);
      assertThat(without.header("WWW-Authenticate")).contains("Bearer", "Basic");
      assertThat(without.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(without.body()).contains("Authorization: Bearer KEY");
      assertThat(post(server, path, withNext, TestServer.CLICK).status()).isEqualTo(401);
      assertThat(post(server, path, withOld, TestServer.CLICK).status()).isEqualTo(200);

      keys.set(IngestKeys.parse(old.line() + "\n" + next.line()));
      assertThat(post(server, path, withNext, TestServer.CLICK).status()).isEqualTo(200);
      assertThat(post(server, path, withOld, TestServer.CLICK).status()).isEqualTo(200);

      keys.set(IngestKeys.parse(next.line()));
      assertThat(post(server, path, withOld, TestServer.CLICK).status()).isEqualTo(401);
      assertThat(server.sink.written()).hasSize(3);
      await()
          .untilAsserted(
              () ->
                  assertThat(server.observed)
                      .extracting(TestServer.Observed::error)
                      .filteredOn(Objects::nonNull)
                      .containsOnly(RequestError.UNAUTHORIZED)
                      .hasSize(3));
    }
  }

  @Test
  void thePageAndHealthNeedNoKey() throws Exception {
    IngestKeys keys = IngestKeys.parse(IngestKeys.generate("one").line());
    try (TestServer server = TestServer.start(withKeys(() -> keys))) {
      assertThat(server.get("/").status()).isEqualTo(200);
      assertThat(server.get("/livez").status()).isEqualTo(200);
    }
  }

  @Test
  void tellsAClientThatSendsTooMuchWhenToComeAgainAndNobodyElse() throws Exception {
    try (TestServer server = TestServer.start(options(null, Set.of(), 2))) {
      String batch = "[" + (TestServer.CLICK + ",").repeat(29) + TestServer.CLICK + "]";
      String one = "X-Forwarded-For: 203.0.113.1\r\n";
      String other = "X-Forwarded-For: 203.0.113.2\r\n";

      RawClient.Reply first = post(server, "/v1/events", one, batch);
      assertThat(first.status()).as("beyond what was left, but let in").isEqualTo(200);
      assertThat(first.header("RateLimit-Policy")).isEqualTo("\"events\";q=20;w=10");
      assertThat(first.header("RateLimit")).isEqualTo("\"events\";r=19;t=1");

      RawClient.Reply second = post(server, "/v1/events", one, TestServer.CLICK);
      assertThat(second.status()).isEqualTo(429);
      assertThat(Integer.parseInt(second.header("Retry-After"))).isBetween(4, 6);
      assertThat(second.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(second.body()).contains("more than 2 events per second");

      assertThat(post(server, "/", one, TestServer.CLICK).status())
          .as("whatever the endpoint")
          .isEqualTo(429);
      assertThat(post(server, "/v1/events", other, TestServer.CLICK).status()).isEqualTo(200);
      assertThat(server.sink.written()).hasSize(31);
    }
  }

  private static RawClient.Reply preflight(TestServer server, String origin) throws Exception {
    String headers =
        "Origin: "
            + origin
            + "\r\nAccess-Control-Request-Method: POST\r\n"
            + "Access-Control-Request-Headers: content-type,idempotency-key,prefer,"
            + "content-encoding,ce-specversion,ce-id,ce-source,ce-type,ce-subject,ce-time\r\n";
    try (RawClient client = server.connect()) {
      return client.send(RawClient.head("OPTIONS", "/v1/events", headers)).read();
    }
  }

  @Test
  void letsPagesOfAllowedOriginsSendAndRead() throws Exception {
    try (TestServer server = TestServer.start(options(null, Set.of(SHOP), 0))) {
      RawClient.Reply preflight = preflight(server, SHOP);
      assertThat(preflight.status()).isEqualTo(200);
      assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(SHOP);
      assertThat(preflight.header("Access-Control-Max-Age")).isEqualTo("7200");
      assertThat(preflight.header("Access-Control-Allow-Headers"))
          .contains("Content-Type", "Idempotency-Key", "Prefer", "Content-Encoding")
          .contains("ce-specversion", "ce-id", "ce-source", "ce-type", "ce-subject", "ce-time");

      RawClient.Reply answer =
          post(server, "/v1/events", "Origin: " + SHOP + "\r\n", TestServer.CLICK);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(SHOP);
      assertThat(answer.header("Access-Control-Expose-Headers"))
          .contains("Preference-Applied", "RateLimit", "RateLimit-Policy", "Retry-After");
      assertThat(answer.header("Vary")).contains("Origin");
    }
  }

  @Test
  void whereEveryOriginIsAllowedAnswersMayBeReadByPagesThatSendInCredentialsMode()
      throws Exception {
    try (TestServer server = TestServer.start(options(null, Set.of("*"), 0))) {
      RawClient.Reply preflight = preflight(server, SHOP);

      assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(SHOP);
      assertThat(preflight.header("Access-Control-Allow-Credentials")).isEqualTo("true");
      assertThat(preflight.header("Vary")).contains("Origin");
    }
  }

  @Test
  void withKeysNoKeyThatABrowserHasStoredIsForPagesOfEveryOrigin() throws Exception {
    IngestKeys keys = IngestKeys.parse(IngestKeys.generate("one").line());
    try (TestServer server = TestServer.start(options(() -> keys, Set.of("*"), 0))) {
      RawClient.Reply preflight = preflight(server, SHOP);

      assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(SHOP);
      assertThat(preflight.header("Access-Control-Allow-Credentials")).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://shop.example.evil.example",
        "http://shop.example",
        "https://shopXexample",
        "null"
      })
  void tellsOtherOriginsNothing(String origin) throws Exception {
    try (TestServer server = TestServer.start(options(null, Set.of(SHOP), 0))) {
      assertThat(preflight(server, origin).header("Access-Control-Allow-Origin")).isEmpty();
      assertThat(
              post(server, "/v1/events", "Origin: " + origin + "\r\n", TestServer.CLICK)
                  .header("Access-Control-Allow-Origin"))
          .isEmpty();
    }
  }

  @Test
  void withoutOriginsAPreflightIsNotAnswered() throws Exception {
    try (TestServer server = TestServer.start()) {
      assertThat(preflight(server, SHOP).status()).isEqualTo(405);
    }
  }
}
