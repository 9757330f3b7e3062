package dev.eventstream.server.admin;

import static dev.eventstream.server.fixture.ApiDescription.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.observe.PublishedEvent;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.server.http.HttpLimits;
import dev.eventstream.server.http.HttpServer;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The view of events while they pass. */
class TailTest {
  private static final String DATA = "data: ";

  @TempDir Path root;

  /** A viewer that reads what comes. */
  private static final class Viewer implements AutoCloseable {
    final List<String> lines = new CopyOnWriteArrayList<>();
    private final Thread thread;

    Viewer(AdminServer admin, String query) {
      AdminClient client = new AdminClient(URI.create("http://127.0.0.1:" + admin.port()), null);
      CompletableFuture<Void> watching = new CompletableFuture<>();
      thread =
          new Thread(
              () -> {
                try {
                  client.lines(
                      "/v1/tail" + query,
                      line -> {
                        lines.add(line);
                        watching.complete(null);
                        return true;
                      });
                } catch (Exception e) {
                  watching.completeExceptionally(e);
                }
              });
      thread.start();
      watching.join();
    }

    List<JsonNode> events() throws Exception {
      List<JsonNode> events = new ArrayList<>();
      for (String line : lines) {
        if (line.startsWith(DATA + "{\"at\"")) {
          events.add(RawClient.JSON.readTree(line.substring(DATA.length())));
        }
      }
      return events;
    }

    @Override
    public void close() throws InterruptedException {
      thread.interrupt();
      thread.join(TimeUnit.SECONDS.toMillis(10));
    }
  }

  @Test
  void showsEachEventWithItsOutcomeAndNothingOfItsContents() throws Exception {
    try (AdminServer admin = new AdminServer(root);
        Viewer viewer = new Viewer(admin, "")) {
      admin.server.sink.answer(
          document ->
              document.destination().equals("engagement")
                  ? new ItemResult.Failed(FailureClass.NEVER, "no mapping")
                  : ItemResult.WRITTEN);
      String secret = TestServer.HOMEPAGE.replace("}", ",\"secret\":\"hidden\"}");
      admin.server.post("/v1/events", "[" + secret + "," + TestServer.CLICK + ",{}]");

      await().until(() -> viewer.events().size() == 3);
      List<JsonNode> events = viewer.events();
      assertThat(events)
          .extracting(e -> e.path("outcome").asText())
          .containsExactly("indexed", "dead_lettered", "rejected");
      assertThat(events.get(0).path("index").asText()).isEqualTo("pageview");
      assertThat(events.get(0).path("type").asText()).isEqualTo("pageview");
      assertThat(events.get(0).path("source").asText()).isEqualTo("published");
      assertThat(events.get(0).path("id").asText())
          .isEqualTo(admin.server.sink.written().get(0).id());
      assertThat(events.get(1).path("reason").asText()).isEqualTo("no mapping");
      assertThat(events.get(2).path("reason").asText()).contains("eventType");
      assertThat(events.get(2).has("index")).isFalse();
      assertThat(viewer.lines.toString()).doesNotContain("hidden", "homepage");
      for (JsonNode event : events) {
        assertThat(ADMIN.validate("/components/schemas/TailEvent", event)).isEmpty();
      }
    }
  }

  @Test
  void showsWhatLeavesTheSpool() throws Exception {
    try (AdminServer admin = new AdminServer(root);
        Viewer viewer = new Viewer(admin, "?type=pageview")) {
      admin.server.sink.blocked("401");
      admin.server.post("/v1/events", TestServer.HOMEPAGE);
      await().until(() -> viewer.events().size() == 1);
      assertThat(viewer.events().get(0).path("outcome").asText()).isEqualTo("spooled");

      admin.server.sink.release();

      await().until(() -> viewer.events().size() == 2);
      JsonNode left = viewer.events().get(1);
      assertThat(left.path("source").asText()).isEqualTo("spool");
      assertThat(left.path("outcome").asText()).isEqualTo("indexed");
      assertThat(left.path("id")).isEqualTo(viewer.events().get(0).path("id"));
      JsonNode totals = admin.get("/v1/status").json().path("totals");
      assertThat(totals.path("published").path("spooled").asInt()).isEqualTo(1);
      assertThat(totals.path("leftSpool").path("indexed").asInt()).isEqualTo(1);
    }
  }

  @Test
  void showsOnlyWhatTheFilterSelects() throws Exception {
    try (AdminServer admin = new AdminServer(root);
        Viewer clicks = new Viewer(admin, "?type=engagement");
        Viewer rejected = new Viewer(admin, "?outcome=rejected,refused");
        Viewer pages = new Viewer(admin, "?index=page*&outcome=indexed")) {
      admin.server.post("/v1/events", "[" + TestServer.CLICK + ",{}," + TestServer.HOMEPAGE + "]");

      await().until(() -> clicks.events().size() == 1);
      await().until(() -> rejected.events().size() == 1);
      await().until(() -> pages.events().size() == 1);
      assertThat(clicks.events().get(0).path("type").asText()).isEqualTo("engagement");
      assertThat(rejected.events().get(0).path("outcome").asText()).isEqualTo("rejected");
      assertThat(pages.events().get(0).path("index").asText()).isEqualTo("pageview");
    }
  }

  @Test
  void namesAFaultyFilter() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      assertThat(admin.get("/v1/tail?outcome=lost").json().path("detail").asText())
          .contains("outcome is \"lost\"; write one or more", "dead_lettered");
      assertThat(admin.get("/v1/tail?colour=red").status()).isEqualTo(400);
      assertThat(admin.activity.tail().viewers()).isZero();
    }
  }

  @Test
  void aViewerThatDoesNotReadMissesEventsAndDelaysNothing() throws Exception {
    try (AdminServer admin = new AdminServer(root);
        Socket slow = new Socket()) {
      slow.setReceiveBufferSize(4_096);
      slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), admin.port()));
      slow.getOutputStream()
          .write(
              "GET /v1/tail HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      await().until(() -> admin.activity.tail().viewers() == 1);
      int events = 200_000;
      PublishedEvent event =
          new PublishedEvent(PublishedEvent.Result.INDEXED, "index", "id", "type", null);
      for (int i = 0; i < events / 100; i++) {
        admin.activity.publishedEvents(100, at -> event);
      }

      BufferedReader reader =
          new BufferedReader(new InputStreamReader(slow.getInputStream(), StandardCharsets.UTF_8));
      slow.setSoTimeout(10_000);
      long seen = 0;
      long missed = 0;
      while (seen + missed < events) {
        String line = reader.readLine();
        if (line.startsWith(DATA + "{\"at\"")) {
          seen++;
        } else if (line.startsWith(DATA + "{\"events\":")) {
          missed += RawClient.JSON.readTree(line.substring(DATA.length())).path("events").asLong();
        }
      }
      assertThat(missed).isPositive();
      assertThat(seen + missed).isEqualTo(events);
    }
  }

  @Test
  void aPlaceIsFreeAgainWhenAViewerHasLeft() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      List<Viewer> viewers = new ArrayList<>();
      for (int i = 0; i < Tail.MAX_VIEWERS; i++) {
        viewers.add(new Viewer(admin, ""));
      }
      assertThat(admin.get("/v1/tail").status()).isEqualTo(503);

      viewers.get(0).close();
      await()
          .until(
              () -> {
                admin.server.post("/v1/events", TestServer.CLICK); // the write is noticed to fail
                return admin.activity.tail().viewers() < Tail.MAX_VIEWERS;
              });
      try (Viewer another = new Viewer(admin, "")) {
        assertThat(another.lines).isNotEmpty();
      }
      for (Viewer viewer : viewers) {
        viewer.close();
      }
    }
  }

  @Test
  void aViewerThatNeverReadsIsDisconnected() throws Exception {
    Tail tail = new Tail();
    Duration soon = Duration.ofMillis(50);
    HttpLimits limits = TestServer.limits();
    TailEndpoint endpoint = new TailEndpoint(tail, limits.pace(), soon, soon);
    try (HttpServer server = HttpServer.forOperators("127.0.0.1", 0, limits, endpoint);
        Socket silent = new Socket()) {
      silent.setReceiveBufferSize(4_096);
      silent.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
      silent
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      await().until(() -> tail.viewers() == 1);
      PublishedEvent event =
          new PublishedEvent(
              PublishedEvent.Result.REJECTED, "index", "id", "type", "reason ".repeat(70));

      await()
          .until(
              () -> {
                tail.published(1_000, at -> event); // until all buffers between the two are full
                return tail.viewers() == 0;
              });
    }
  }

  @Test
  void nothingIsLookedAtWithoutViewers() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      admin.activity.publishedEvents(
          1,
          at -> {
            throw new AssertionError("an event was looked at");
          });
      assertThat(admin.send("HEAD", "/v1/tail", "Connection: close\r\n", "").status())
          .isEqualTo(200);
      assertThat(admin.activity.tail().viewers()).isZero();
    }
  }
}
