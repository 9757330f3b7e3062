package dev.eventstream.benchmarks;

import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** What benchmarks set up before they start, and look at when they are done. */
final class Targets {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(120);

  private Targets() {}

  /** An engine that may use all that the compiler can do, as one in production does. */
  static RealEngine engine(Engine spec) {
    return RealEngine.builder(spec).heap("1g").jvmOption("-XX:TieredStopAtLevel=4").start();
  }

  /** A directory with the IDs of the sample events. */
  static Path ids(Path directory) throws IOException {
    Path ids = Files.createDirectory(directory.resolve("ids"));
    Files.writeString(
        ids.resolve(Samples.INDEX + ".json"),
        "{\"homepage\":\"h\",\"about\":\"a\",\"checkout\":\"c\"}");
    return ids;
  }

  /**
   * Makes an index anew, of one shard and without replicas.
   *
   * @param mappings a member of the request, with a comma before it, or nothing
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

  /** Waits until the index holds this many documents: what was spooled comes later. */
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
