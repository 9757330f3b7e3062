package dev.eventstream.benchmarks;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.es.template.IndexTemplates;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Sets up what benchmarks need, and checks the result. */
final class Targets {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(120);

  private Targets() {}

  /** Starts an engine with all compiler optimisations, as in production. */
  static RealEngine engine(Engine spec) {
    return RealEngine.builder(spec).heap("1g").jvmOption("-XX:TieredStopAtLevel=4").start();
  }

  /** Creates a directory with the IDs of the sample events. */
  static Path ids(Path directory) throws IOException {
    Path ids = Files.createDirectory(directory.resolve("ids"));
    Files.writeString(
        ids.resolve(Samples.INDEX + ".json"),
        "{\"homepage\":\"h\",\"about\":\"a\",\"checkout\":\"c\"}");
    return ids;
  }

  /**
   * Recreates an index with one shard and without replicas.
   *
   * @param mappings a member of the request, preceded by a comma, or empty
   */
  static void createIndex(RealEngine engine, String index, String mappings) {
    engine.client().request("DELETE", "/" + index);
    engine
        .client()
        .request(
            "PUT",
            "/" + index,
            "{\"settings\":{\"index.number_of_shards\":1,\"index.number_of_replicas\":0}"
                + mappings
                + "}")
        .orThrow();
  }

  /** Installs the template of eventstream for the index of the sample events, or removes it. */
  static void template(RealEngine engine, boolean present) throws Exception {
    if (!present) {
      engine.client().request("DELETE", "/_index_template/eventstream"); // it may be absent
      engine.client().request("DELETE", "/_template/eventstream"); // that of Elasticsearch 6
      return;
    }
    try (ElasticsearchSink sink = ElasticsearchSink.builder(List.of(engine.url())).build()) {
      IndexTemplate template = IndexTemplate.builder(List.of(Samples.INDEX)).build();
      IndexTemplates.apply(sink, template, true).toCompletableFuture().get();
    }
  }

  /** Waits until the index contains this many documents, because spooled ones arrive later. */
  static void awaitCount(RealEngine engine, String index, long expected)
      throws InterruptedException {
    long start = System.nanoTime();
    while (true) {
      engine.client().refresh();
      long found = engine.client().count(index);
      if (found == expected) {
        return;
      }
      if (found > expected || System.nanoTime() - start > PATIENCE) {
        throw new IllegalStateException(
            expected + " events were acknowledged, but " + found + " are there");
      }
      Thread.sleep(500);
    }
  }
}
