package dev.eventstream.es.bulk;

import dev.eventstream.spi.DocumentBatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.opensearch.client.opensearch.generic.Body;
import org.opensearch.client.opensearch.generic.Request;
import org.opensearch.client.transport.GenericSerializable;

/**
 * A bulk request. It writes its body to the client at once. The client's own request writes the
 * body in pieces of a few KiB, for which the client's buffer is copied each time it grows: several
 * times the body's size in total.
 */
public final class BulkRequest implements Request, GenericSerializable {
  private static final String CONTENT_TYPE = "application/x-ndjson";
  private static final List<Map.Entry<String, String>> GZIP =
      List.of(Map.entry("Content-Encoding", "gzip"));

  private final Map<String, String> parameters;
  private final byte[] body;
  private final boolean compressed;

  private BulkRequest(Map<String, String> parameters, byte[] body, boolean compressed) {
    this.parameters = parameters;
    this.body = body;
    this.compressed = compressed;
  }

  /**
   * Returns the parameters that all requests share.
   *
   * @param shardTimeout how long the engine waits for an unavailable shard, during which all other
   *     documents of the request wait too; the engine's default is one minute
   */
  public static Map<String, String> parameters(Duration shardTimeout) {
    return Map.of("filter_path", BulkAnswer.FILTER_PATH, "timeout", shardTimeout.toMillis() + "ms");
  }

  /**
   * Builds the request that writes these documents.
   *
   * @param parameters see {@link #parameters}
   * @param mappingType whether the engine requires a mapping type
   * @param compress whether to compress the body. This happens here, on the calling thread: the
   *     client would compress on its only I/O thread, again for each node that it tries
   */
  public static BulkRequest of(
      Map<String, String> parameters,
      DocumentBatch documents,
      boolean mappingType,
      boolean compress) {
    byte[] body = BulkBody.of(documents, mappingType);
    return new BulkRequest(parameters, compress ? gzip(body) : body, compress);
  }

  private static byte[] gzip(byte[] body) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(256 + body.length / 4);
    try (FastGzip gzip = new FastGzip(packed)) {
      gzip.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  /** Similar documents compress well already; a higher level gains little. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, 8 << 10);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  @Override
  public String getMethod() {
    return "POST";
  }

  @Override
  public String getEndpoint() {
    return "/_bulk";
  }

  @Override
  public Map<String, String> getParameters() {
    return parameters;
  }

  @Override
  public Collection<Map.Entry<String, String>> getHeaders() {
    return compressed ? GZIP : List.of();
  }

  @Override
  public Optional<Body> getBody() {
    return Optional.ofNullable(Body.from(body, CONTENT_TYPE)); // null for a null body only
  }

  @Override
  public String serialize(OutputStream out) {
    try {
      out.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return CONTENT_TYPE;
  }
}
