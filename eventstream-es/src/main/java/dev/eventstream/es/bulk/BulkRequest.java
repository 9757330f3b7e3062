package dev.eventstream.es.bulk;

import dev.eventstream.DocumentBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.client.opensearch.generic.Body;
import org.opensearch.client.opensearch.generic.Request;
import org.opensearch.client.transport.GenericSerializable;

/**
 * A bulk request for the generic client. The client's own request would write the body in pieces of
 * a few KiB into a buffer that grows by being copied, which takes several times the body's size;
 * this one writes it at once.
 */
public final class BulkRequest implements Request, GenericSerializable {
  private static final String CONTENT_TYPE = "application/x-ndjson";
  private static final Map<String, String> PARAMETERS =
      Map.of("filter_path", BulkAnswer.FILTER_PATH);

  private final byte[] body;

  private BulkRequest(byte[] body) {
    this.body = body;
  }

  /** The request that writes these documents. */
  public static BulkRequest of(DocumentBatch documents, boolean mappingType) {
    return new BulkRequest(BulkBody.of(documents, mappingType));
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
    return PARAMETERS;
  }

  @Override
  public Collection<Map.Entry<String, String>> getHeaders() {
    return List.of();
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
