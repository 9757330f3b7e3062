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
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Publishes to a running server over HTTP. The key of a request is the id of its first event. The
 * server derives the ids of documents from the key and the positions in the request, so a batch is
 * always sent as a whole. Thread-safe.
 */
public final class ServerTarget implements PublishTarget {
  /** The statuses after which a request can be sent again; those of a proxy included. */
  private static final Set<Integer> LATER = Set.of(408, 429, 502, 503, 504);

  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final AtomicBoolean answered = new AtomicBoolean();
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
  public boolean needsSameBatches() {
    return true;
  }

  @Override
  public Sent send(List<Event> events, List<Integer> positions) {
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
    return () -> {
      List<Result> results = results(answer, size);
      return positions.stream().map(results::get).toList();
    };
  }

  private List<Result> results(CompletableFuture<HttpResponse<String>> answer, int size)
      throws IOException, InterruptedException {
    HttpResponse<String> response;
    try {
      response = answer.get();
    } catch (ExecutionException e) {
      String fault = endpoint + " does not answer: " + e.getCause();
      if (!answered.get()) {
        throw new IOException(fault + "; start the server, or correct --server", e);
      }
      return Collections.nCopies(size, new Result("refused", fault, PAUSE));
    }
    answered.set(true);
    int status = response.statusCode();
    Duration retryAfter = retryAfter(response);
    JsonNode body;
    try {
      body = JSON.readTree(response.body());
    } catch (JsonProcessingException e) {
      if (LATER.contains(status)) { // a proxy's own answer
        return Collections.nCopies(size, new Result("refused", "HTTP " + status, retryAfter));
      }
      throw new IOException(endpoint + " answered " + status + ", but not as a server does", e);
    }
    JsonNode all = body.path("results");
    if (all.size() == size) {
      List<Result> results = new ArrayList<>();
      for (JsonNode one : all) {
        results.add(
            new Result(
                one.path("outcome").asText(),
                one.at("/error/reason").asText(""),
                Duration.ofSeconds(one.path("retryAfter").asLong(retryAfter.toSeconds()))));
      }
      return results;
    }
    String detail = body.path("detail").asText("");
    if (LATER.contains(status)) {
      return Collections.nCopies(
          size, new Result("refused", "HTTP " + status + ", " + detail, retryAfter));
    }
    throw new IOException(endpoint + " answered " + status + ": " + detail);
  }

  private static Duration retryAfter(HttpResponse<?> response) {
    String seconds = response.headers().firstValue("Retry-After").orElse("");
    return seconds.matches("[0-9]{1,6}") ? Duration.ofSeconds(Long.parseLong(seconds)) : PAUSE;
  }
}
