package dev.eventstream.examples.ignite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Rejection;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.ignite.IgniteCache;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Tests the resolver with a real node in this JVM. */
class IgniteIdResolverIT {
  private static LocalNode node;

  @TempDir Path tables;
  private String cacheName;
  private IgniteCache<String, String> cache;
  private IgniteIdResolver ids;

  @BeforeAll
  static void startNode() throws IOException {
    node = LocalNode.start();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @BeforeEach
  void createCache(TestInfo test) {
    cacheName = test.getDisplayName();
    cache = node.ids(cacheName);
    ids = new IgniteIdResolver(cache);
  }

  private void load(String type, String json) throws IOException {
    Files.writeString(tables.resolve(type + ".json"), json);
    IgniteIdResolver.load(tables, node.ignite(), cacheName);
  }

  @Test
  void findsTheIdsOfTheTables() throws IOException {
    load("pageview", "{\"home\":\"h\",\"click\":\"p\",\"\u00e9\":\"\u20ac\"}");
    load("engagement", "{\"click\":\"c\"}");

    assertThat(ids.resolve("pageview", "home")).isEqualTo("h");
    assertThat(ids.resolve("pageview", "click")).isEqualTo("p");
    assertThat(ids.resolve("engagement", "click")).isEqualTo("c");
    assertThat(ids.resolve("pageview", "\u00e9")).isEqualTo("\u20ac");
    byte[] bytes = ".pageview.\u00e9.".getBytes(UTF_8);
    assertThat(ids.resolve(bytes, 1, 9, 10, 12)).isEqualTo("\u20ac");
  }

  @Test
  void returnsNullIfThereIsNoId() throws IOException {
    load("pageview", "{\"home\":\"h\"}");

    assertThat(ids.resolve("pageview", "other")).isNull();
    assertThat(ids.resolve("engagement", "home")).isNull();
    assertThat(ids.resolve("", "")).isNull();
    assertThat(ids.resolve("page", "viewhome")).isNull();
  }

  @Test
  void theNextLookupReflectsAChangeInTheCluster() throws IOException {
    load("pageview", "{\"home\":\"h\"}");
    cache.put(IgniteIdResolver.key("pageview", "home"), "new");
    assertThat(ids.resolve("pageview", "home")).isEqualTo("new");

    load("pageview", "{\"home\":\"newer\"}");
    assertThat(ids.resolve("pageview", "home")).isEqualTo("newer");

    cache.remove(IgniteIdResolver.key("pageview", "home"));
    assertThat(ids.resolve("pageview", "home")).isNull();
  }

  @Test
  void manyThreadsMayLookUpAtOnce() throws Exception {
    StringBuilder json = new StringBuilder("{\"0\":\"id0\"");
    for (int i = 1; i < 1_000; i++) {
      json.append(",\"" + i + "\":\"id" + i + "\"");
    }
    load("pageview", json.append('}').toString());
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> lookups = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        lookups.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 1_000; i++) {
                    assertThat(ids.resolve("pageview", String.valueOf(i))).isEqualTo("id" + i);
                  }
                }));
      }
      for (Future<?> lookup : lookups) {
        lookup.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void closingTheStreamKeepsCacheAndNodeOpen() throws IOException {
    load("pageview", "{\"home\":\"h\"}");
    try (EventStream stream =
        EventStream.builder().sink(new AcceptingSink()).idResolver(ids).build()) {
      assertThat(stream.publish(Event.of("pageview", "home")).join())
          .isInstanceOfSatisfying(
              Outcome.Accepted.class, event -> assertThat(event.eventId()).isEqualTo("h"));
    }

    assertThat(cache.get(IgniteIdResolver.key("pageview", "home"))).isEqualTo("h");
  }

  @Test
  void anEventIsRejectedWhenTheNodeIsClosed() throws IOException {
    LocalNode other = LocalNode.start();
    IgniteIdResolver resolver = new IgniteIdResolver(other.ids("ids"));
    other.close();

    try (EventStream stream =
        EventStream.builder().sink(new AcceptingSink()).idResolver(resolver).build()) {
      assertThat(stream.publish(Event.of("pageview", "home")).join())
          .isInstanceOfSatisfying(
              Outcome.Rejected.class,
              event -> assertThat(event.code()).isEqualTo(Rejection.TRANSFORM_FAILED));
    }
    assertThatThrownBy(() -> resolver.resolve("pageview", "home"))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aNodeLeavesNoFilesBehind() throws IOException {
    Path directory;
    try (LocalNode other = LocalNode.start()) {
      directory = Path.of(other.ignite().configuration().getWorkDirectory());
      assertThat(directory).isDirectory();
    }
    assertThat(directory).doesNotExist();
  }

  /** Accepts all documents. */
  private static final class AcceptingSink implements EventSink {
    @Override
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      return CompletableFuture.completedFuture(
          SinkResult.all(documents.size(), ItemResult.WRITTEN));
    }

    @Override
    public void close() {}
  }
}
