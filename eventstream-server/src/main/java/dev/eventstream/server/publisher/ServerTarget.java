package dev.eventstream.server.publisher;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.Event;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Publishes to a running server over HTTP. The key of a request is the id of its first event, so
 * that the same batch is recognised when it is sent again. Thread-safe.
 */
public final class ServerTarget implements PublishTarget {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final URI endpoint;
  private final @Nullable String key;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  /**
   * Creates a target.
   *
   * @param server such as {@code http://localhost:8080}
   * @param key the secret of an ingest key; null: none
   */
  public ServerTarget(URI server, @Nullable String key) {
    String scheme = String.valueOf(server.getScheme());
    if (server.getHost() == null
        || server.getRawUserInfo() != null
        || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new IllegalArgumentException(
          "write the URL of the server as http://localhost:8080, without credentials");
    }
    this.endpoint = server.resolve("/v1/events");
    this.key = key;
  }

  @Override
  public Sent send(List<Event> events) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write('[');
    for (int i = 0; i < events.size(); i++) {
      if (i > 0) {
        body.write(',');
      }
      body.writeBytes(events.get(i).toJson());
    }
    body.write(']');
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", String.valueOf(events.get(0).documentId()))
            .POST(BodyPublishers.ofByteArray(body.toByteArray()));
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    CompletableFuture<HttpResponse<String>> answer =
        http.sendAsync(request.build(), BodyHandlers.ofString());
    int size = events.size();
    return () -> results(answer, size);
  }

  private List<Result> results(CompletableFuture<HttpResponse<String>> answer, int size)
      throws IOException, InterruptedException {
    HttpResponse<String> response;
    try {
      response = answer.get();
    } catch (ExecutionException e) {
      return same(new Result("refused", endpoint + " does not answer: " + e.getCause()), size);
    }
    int status = response.statusCode();
    JsonNode body;
    try {
      body = JSON.readTree(response.body());
    } catch (JsonProcessingException e) {
      throw new IOException(endpoint + " answered " + status + ", but not as a server does", e);
    }
    JsonNode all = body.path("results");
    if (all.size() == size) {
      List<Result> results = new ArrayList<>();
      for (JsonNode one : all) {
        results.add(new Result(one.path("outcome").asText(), one.at("/error/reason").asText("")));
      }
      return results;
    }
    String detail = body.path("detail").asText("");
    if (status == 429 || status == 503 || status == 408) {
      return same(new Result("refused", status + ": " + detail), size);
    }
    throw new IOException(endpoint + " answered " + status + ": " + detail);
  }

  private static List<Result> same(Result result, int size) {
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      results.add(result);
    }
    return results;
  }
}
