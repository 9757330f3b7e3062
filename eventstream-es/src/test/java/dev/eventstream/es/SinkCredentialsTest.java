package dev.eventstream.es;

import static dev.eventstream.es.Writes.failure;
import static dev.eventstream.es.Writes.sink;
import static dev.eventstream.es.Writes.write;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.testkit.Logged;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sink's credentials, and its reaction if the cluster rejects them. */
class SinkCredentialsTest {
  private static final String SECRET = "c2VjcmV0";

  private StandInCluster cluster;

  @BeforeEach
  void start() throws Exception {
    cluster = StandInCluster.http();
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void everyRequestHasTheCredentialsOfItsMoment() throws Exception {
    AtomicReference<String> key = new AtomicReference<>("Zmlyc3Q=");
    try (ElasticsearchSink sink =
        sink(cluster.url()).credentials(Credentials.apiKey(key::get)).build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
      key.set("c2Vjb25k");
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
    }

    assertThat(cluster.asked)
        .extracting(request -> request.method() + " " + request.header("Authorization"))
        .containsExactly("GET ApiKey Zmlyc3Q=", "POST ApiKey Zmlyc3Q=", "POST ApiKey c2Vjb25k");
  }

  @Test
  void aNewSecretIsUsedAfterTheOldOneWasRefused() throws Exception {
    AtomicReference<String> password = new AtomicReference<>("old");
    String accepted = basic("user:new");
    cluster.answering(request -> accepted.equals(request.header("Authorization")) ? 200 : 401);
    try (ElasticsearchSink sink =
        sink(cluster.url()).credentials(Credentials.basic("user", password::get)).build()) {
      assertThat(failure(sink).failureClass()).isEqualTo(FailureClass.BLOCKED);
      password.set("new");
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
    }
  }

  @Test
  void userAndPasswordMayStandInTheUrl() throws Exception {
    URI url = URI.create("http://us%C3%A9r:p%40ss%3Aword@127.0.0.1:" + cluster.port());
    try (ElasticsearchSink sink = sink(url).build()) {
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);

      assertThat(sink).hasToString("ElasticsearchSink[" + cluster.url() + "]");
    }
    assertThat(cluster.asked)
        .extracting(request -> request.header("Authorization"))
        .containsOnly(basic("usér:p@ss:word"));
  }

  @Test
  void credentialsInTheUrlAndBesideItContradictEachOther() {
    URI url = URI.create("http://user:" + SECRET + "@127.0.0.1:9200");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> sink(url).credentials(Credentials.bearer(() -> "other")))
        .withMessageContainingAll("http://***@127.0.0.1:9200", "remove one of them")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain(SECRET));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://user:c2VjcmV0@no_host:9200",
        "http://user:c2VjcmV0/x@host:9200",
        "http://user:c2VjcmV0@x@host:9200",
        "http://user:12345/c2VjcmV0@host:9200",
        "http://c2VjcmV0@host:9200",
        "http://user:c2VjcmV0@host:9200?query",
        "http://user:c2VjcmV0%0A@host:9200",
        "ftp://user:c2VjcmV0@host:9200"
      })
  void aUrlThatCannotBeRightIsNamedWithoutItsPassword(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sink(URI.create(url)))
        .satisfies(e -> assertThat(e.toString()).contains("host").doesNotContain(SECRET));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://user:c2VjcmV0 @host:9200",
        "http://user:c2VjcmV0//^@host:9200",
        "//user:c2VjcmV0@host:9200"
      })
  void aTextThatIsNoUrlIsNamedWithoutItsPassword(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EventStream.builder().sink(url).build())
        .satisfies(
            e -> {
              assertThat(e.toString()).contains("host:9200").doesNotContain(SECRET);
              assertThat(e.getCause()).isNull();
            });
  }

  @Test
  void aSecretThatCannotBeUsedShowsAtTheStart() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> sink(cluster.url()).credentials(Credentials.bearer(() -> SECRET + "\n")).build())
        .withMessageContainingAll("bearer token", "line break", "remove it")
        .satisfies(e -> assertThat(e.toString()).doesNotContain(SECRET));
  }

  @Test
  void aSecretThatCannotBeUsedLaterBlocksUntilItCan() throws Exception {
    AtomicReference<String> token = new AtomicReference<>("first");
    try (ElasticsearchSink sink =
        sink(cluster.url()).credentials(Credentials.bearer(token::get)).build()) {
      token.set(SECRET + "\nX: y");

      ItemResult.Failed failed = failure(sink);
      assertThat(failed.failureClass()).isEqualTo(FailureClass.BLOCKED);
      assertThat(failed.reason()).contains("line break").doesNotContain(SECRET);
      assertThat(cluster.asked).isEmpty();

      token.set("second");
      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void refusedCredentialsAreNamedOnceInTheLogAndNeverShown(int status) throws Exception {
    cluster.answering(request -> status);
    Outcome.Refused refused = null;
    List<String> lines;
    try (Logged log = new Logged();
        EventStream stream =
            EventStream.builder()
                .sink(
                    sink(cluster.url())
                        .credentials(Credentials.basic("user", () -> SECRET))
                        .build())
                .build()) {
      for (int i = 0; i < 5; i++) {
        refused =
            (Outcome.Refused) stream.publish(Event.of("pageview", "x")).get(20, TimeUnit.SECONDS);
      }
      assertNoSecret(
          stream
              .check()
              .handle((nothing, failure) -> String.valueOf(failure))
              .toCompletableFuture()
              .get(20, TimeUnit.SECONDS));
      lines = log.lines();
    }

    assertThat(refused.reason()).contains("answered " + status, "credentials");
    assertNoSecret(refused.reason());
    assertThat(lines).filteredOn(line -> line.contains("answered " + status)).hasSize(1);
    lines.forEach(SinkCredentialsTest::assertNoSecret);
  }

  @Test
  void theCheckSaysWhatToDoAboutRefusedCredentials() throws Exception {
    cluster.answering(request -> 401);
    try (ElasticsearchSink sink =
        sink(cluster.url()).credentials(Credentials.bearer(() -> SECRET)).build()) {
      assertThatThrownBy(() -> sink.check().toCompletableFuture().join())
          .hasMessageContaining("401")
          .hasMessageContaining("credentials")
          .satisfies(
              e -> {
                for (Throwable at = e; at != null; at = at.getCause()) {
                  assertNoSecret(at.toString());
                }
              });
    }
  }

  @Test
  void whoMayWriteButNotAskForTheNameCanWrite() throws Exception {
    cluster.answering(request -> request.method().equals("GET") ? 403 : 200);
    try (ElasticsearchSink sink =
        sink(cluster.url()).credentials(Credentials.apiKey(() -> SECRET)).build()) {
      sink.check().toCompletableFuture().get(20, TimeUnit.SECONDS);

      assertThat(write(sink)).isEqualTo(ItemResult.WRITTEN);
    }
    assertThat(cluster.bulks()).hasSize(1);
  }

  private static void assertNoSecret(String text) {
    assertThat(text).doesNotContain(SECRET, basic("user:" + SECRET));
  }

  private static String basic(String pair) {
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
  }
}
