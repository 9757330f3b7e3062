package dev.eventstream.server.health;

import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.server.http.HttpServer;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spool.MapDbSpool;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealthzTest {
  @TempDir Path directory;
  private TestServer server;
  private HttpServer admin;

  @BeforeEach
  void start() throws Exception {
    start(true);
  }

  private void start(boolean withSpool) throws Exception {
    MapDbSpool spool =
        withSpool ? MapDbSpool.builder(directory).maxBytes(64 << 20).minFreeBytes(0).open() : null;
    server = TestServer.start(builder -> spool == null ? builder : builder.spool(spool));
    admin =
        TestServer.forOperators(Map.of("/healthz", new HealthzEndpoint(server.stream(), "1.2.3")));
  }

  @AfterEach
  void stop() throws Exception {
    admin.close();
    server.close();
  }

  private RawClient.Reply healthz() throws Exception {
    return RawClient.exchange(admin.port(), "GET", "/healthz", "", "");
  }

  @Test
  void showsHowTheServerIsDoing() throws Exception {
    RawClient.Reply reply = healthz();

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("Content-Type")).isEqualTo("application/json");
    assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
    JsonNode health = reply.json();
    assertThat(health.path("status").asText()).isEqualTo("ok");
    assertThat(health.path("version").asText()).isEqualTo("1.2.3");
    assertThat(health.path("uptimeSeconds").asLong(-1)).isBetween(0L, 600L);
    assertThat(health.path("cluster").toString())
        .isEqualTo("{\"reachable\":true,\"breaker\":\"closed\"}");
    assertThat(health.path("stuckIndices")).isEmpty();
    assertThat(health.path("spool").path("documents").asLong(-1)).isZero();
    assertThat(health.path("spool").path("maxDiskBytes").asLong()).isEqualTo(64 << 20);
    assertThat(health.path("spool").path("damagedFiles").asLong(-1)).isZero();
    assertThat(health.path("deadLetters").path("documents").asLong(-1)).isZero();
    assertThat(health.path("inFlight").path("bytes").asLong(-1)).isZero();
    assertThat(health.path("inFlight").path("maxBytes").asLong()).isPositive();
  }

  @Test
  void isDegradedWhileTheSpoolTakesWhatTheClusterDoesNot() throws Exception {
    server.sink.checks(CompletableFuture.failedFuture(new ConnectException("refused")));
    server.sink.behave(
        documents ->
            CompletableFuture.completedFuture(
                SinkResult.all(
                    documents.size(),
                    new ItemResult.Failed(
                        FailureClass.BLOCKED, "http://user:secret@es:9200 answered 401"))));
    assertThat(server.post("/v1/events", HOMEPAGE).status()).isEqualTo(202);

    await().until(() -> !healthz().json().path("cluster").path("reachable").asBoolean(true));
    RawClient.Reply reply = healthz();
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json().path("status").asText()).isEqualTo("degraded");
    assertThat(reply.json().path("cluster").path("breaker").asText()).isEqualTo("open");
    assertThat(reply.json().path("cluster").path("lastError").asText())
        .isEqualTo("http://***@es:9200 answered 401");
    assertThat(reply.json().path("spool").path("documents").asLong()).isEqualTo(1);
    assertThat(reply.body()).doesNotContain("secret");
  }

  @Test
  void namesTheIndexThatTakesNothingWhileOthersDo() throws Exception {
    server.sink.behave(
        documents ->
            CompletableFuture.completedFuture(
                SinkResult.of(
                    Collections.nCopies(
                        documents.size(),
                        new ItemResult.Failed(
                            FailureClass.UNAVAILABLE, "503 unavailable_shards_exception: x")))));
    assertThat(server.post("/v1/events", HOMEPAGE).status()).isEqualTo(202);

    JsonNode health = healthz().json();

    assertThat(health.path("status").asText()).isEqualTo("degraded");
    assertThat(health.path("cluster").path("breaker").asText()).isEqualTo("closed");
    JsonNode stuck = health.path("stuckIndices");
    assertThat(stuck).hasSize(1);
    assertThat(stuck.get(0).path("index").asText()).isEqualTo("pageview");
    assertThat(Instant.parse(stuck.get(0).path("since").asText())).isBefore(Instant.now());
    assertThat(stuck.get(0).path("reason").asText()).contains("unavailable_shards_exception");
  }

  @Test
  void isDownWhenEventsCanGoNowhere() throws Exception {
    stop();
    start(false);
    server.sink.checks(CompletableFuture.failedFuture(new ConnectException("refused")));

    RawClient.Reply reply = healthz();

    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.json().path("status").asText()).isEqualTo("down");
    assertThat(reply.json().path("cluster").path("lastError").asText())
        .isEqualTo("ConnectException: refused");
    assertThat(reply.json().has("spool")).isFalse();
  }
}
