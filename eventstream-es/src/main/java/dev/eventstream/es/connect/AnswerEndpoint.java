package dev.eventstream.es.connect;

import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.opensearch.generic.Request;
import org.opensearch.client.transport.GenericEndpoint;

/**
 * Hands over an answer as {@link AnswerConsumer} collected it. The client's generic endpoint would
 * copy it.
 */
record AnswerEndpoint(boolean hasRequestBody) implements GenericEndpoint<Request, Answer> {
  @Override
  public String method(Request request) {
    return request.getMethod();
  }

  @Override
  public String requestUrl(Request request) {
    return request.getEndpoint();
  }

  @Override
  public Map<String, String> queryParameters(Request request) {
    return request.getParameters();
  }

  @Override
  public Answer responseDeserializer(
      String uri,
      String method,
      String protocol,
      int status,
      String reason,
      List<Map.Entry<String, String>> headers,
      @Nullable String contentType,
      @Nullable InputStream body) {
    return new Answer(status, body);
  }
}
