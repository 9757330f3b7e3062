package dev.eventstream.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many clients at once, over a sink that answers late, out of order, and not always well. */
class ConcurrencyTest {
  private static final int CLIENTS = 16;
  private static final int BATCHES = 60;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void givesEachClientTheOutcomesOfItsOwnEventsInOrder(long seed) throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    ExecutorService cluster = Executors.newFixedThreadPool(3);
    try (TestServer server = TestServer.start()) {
      server.sink.behave(
          documents -> {
            long delay = Math.floorMod(documents.get(0).id().hashCode(), 3_000);
            return CompletableFuture.completedFuture(documents)
                .thenComposeAsync(
                    server.sink::accept,
                    CompletableFuture.delayedExecutor(delay, TimeUnit.MICROSECONDS, cluster));
          });
      List<Callable<Map<String, String>>> runs = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        Random random = new Random(seed * CLIENTS + client);
        String name = "c" + client;
        runs.add(() -> publish(server, name, random));
      }

      Map<String, String> valueById = new HashMap<>();
      for (Future<Map<String, String>> run : clients.invokeAll(runs)) {
        run.get().forEach((id, value) -> assertThat(valueById.put(id, value)).isNull());
      }

      Map<String, String> written = new HashMap<>();
      for (Document document : server.sink.written()) {
        String value = RawClient.JSON.readTree(document.source()).get("eventValue").asText();
        assertThat(written.put(document.id(), value)).isNull();
      }
      assertThat(written).isEqualTo(valueById).hasSizeGreaterThan(CLIENTS * BATCHES);
    } finally {
      clients.shutdownNow();
      cluster.shutdownNow();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void keepsTheFatesOfDifferentClientsApart(long seed) throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try (TestServer server = TestServer.start()) {
      // Documents of many clients share a bulk; the name of the client is the index.
      server.sink.answer(
          document ->
              document.destination().endsWith("0")
                  ? new ItemResult.Failed(FailureClass.NEVER, "no " + document.destination())
                  : ItemResult.WRITTEN);
      List<Callable<Void>> runs = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        Random random = new Random(seed * CLIENTS + client);
        String name = "c" + client % 2;
        runs.add(
            () -> {
              try (RawClient connection = server.connect()) {
                for (int batch = 0; batch < BATCHES; batch++) {
                  int size = 1 + random.nextInt(20);
                  Reply reply =
                      connection
                          .send(RawClient.post("/v1/events", batch(name, batch, size, false)))
                          .read();
                  assertThat(reply.status()).isEqualTo(name.equals("c0") ? 400 : 200);
                  assertThat(reply.json().get("results")).hasSize(size);
                }
              }
              return null;
            });
      }

      for (Future<Void> run : clients.invokeAll(runs)) {
        run.get();
      }
    } finally {
      clients.shutdownNow();
    }
  }

  /** Publishes batches over one connection; the value of each event by the id it was given. */
  private static Map<String, String> publish(TestServer server, String name, Random random)
      throws Exception {
    Map<String, String> valueById = new HashMap<>();
    try (RawClient connection = server.connect()) {
      for (int batch = 0; batch < BATCHES; batch++) {
        int size = 1 + random.nextInt(30);
        boolean withBroken = random.nextBoolean();
        String path = random.nextBoolean() ? "/" : "/v1/events";

        Reply reply =
            connection.send(RawClient.post(path, batch(name, batch, size, withBroken))).read();

        JsonNode json = reply.json();
        JsonNode results = path.equals("/") ? json : json.get("results");
        assertThat(results).hasSize(withBroken ? 2 * size : size);
        int position = 0;
        for (JsonNode result : results) {
          boolean broken = withBroken && position % 2 == 1;
          assertThat(result.has("error")).isEqualTo(broken);
          if (!broken) {
            String id = result.get(path.equals("/") ? "_id" : "id").asText();
            int event = withBroken ? position / 2 : position;
            valueById.put(id, name + "-" + batch + "-" + event);
          }
          position++;
        }
      }
    }
    return valueById;
  }

  private static String batch(String name, int batch, int size, boolean withBroken) {
    StringBuilder body = new StringBuilder("[");
    for (int event = 0; event < size; event++) {
      body.append(event == 0 ? "" : ",")
          .append("{\"eventType\":\"")
          .append(name)
          .append("\",\"eventValue\":\"")
          .append(name + "-" + batch + "-" + event)
          .append("\"}")
          .append(withBroken ? ",{\"eventType\":7}" : "");
    }
    return body.append(']').toString();
  }
}
