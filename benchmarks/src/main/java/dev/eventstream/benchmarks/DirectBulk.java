package dev.eventstream.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends prepared bulk requests directly to {@code _bulk}. This is the limit of the engine for any
 * client with the same number of connections and the same batch size.
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
