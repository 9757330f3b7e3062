package dev.eventstream.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * Bulk requests whose bodies are ready in memory, posted to {@code _bulk}: the limit that the
 * engine sets to any client with as many connections and as large batches.
 */
final class DirectBulk implements Way {
  private static final String PATH = "/_bulk?filter_path=items.create.status";

  private final URI engine;
  private final List<byte[]> bodies;

  private DirectBulk(URI engine, List<byte[]> bodies) {
    this.engine = engine;
    this.bodies = bodies;
  }

  static DirectBulk of(
      URI engine, Samples samples, int requests, int batch, boolean needsMappingType) {
    List<byte[]> bodies = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      bodies.add(samples.bulk(batch, needsMappingType));
    }
    return new DirectBulk(engine, bodies);
  }

  @Override
  public Load.Sender connect() throws IOException {
    return new HttpSender(engine, PATH, "application/x-ndjson", bodies::get);
  }
}
