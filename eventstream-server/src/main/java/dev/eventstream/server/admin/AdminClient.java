package dev.eventstream.server.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.server.guard.AdminKey;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A client of the admin port of a server. An answer that is an error is thrown as an {@link
 * AdminException}; a server that cannot be reached as another {@link IOException}. Every call can
 * be interrupted. Thread-safe.
 */
public final class AdminClient {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final URI server;
  private final @Nullable String key;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_TIMEOUT)
          .proxy(HttpClient.Builder.NO_PROXY) // a proxy would see the key
          .build();

  /**
   * Creates a client.
   *
   * @param server such as {@code http://127.0.0.1:8081}
   * @param key is sent with every request; null: none
   * @throws IllegalArgumentException if the URL or the key is not valid; does not show them
   */
  public AdminClient(URI server, @Nullable String key) {
    String scheme = String.valueOf(server.getScheme());
    if (server.getHost() == null
        || server.getRawUserInfo() != null
        || server.getRawQuery() != null
        || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new IllegalArgumentException(
          "write the URL of the admin port as http://127.0.0.1:8081, without credentials");
    }
    if (key != null && !AdminKey.isValid(key)) {
      throw new IllegalArgumentException("the admin key is not valid: " + AdminKey.REMEDY);
    }
    String base = server.toString();
    this.server = URI.create(base.endsWith("/") ? base.substring(0, base.length() - 1) : base);
    this.key = key;
  }

  /** The URL of the admin port. */
  public URI server() {
    return server;
  }

  /**
   * A path with a query.
   *
   * @param parameters names and values; the values are encoded
   */
  public static String path(String path, Map<String, String> parameters) {
    return parameters.isEmpty()
        ? path
        : path
            + parameters.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), UTF_8))
                .collect(Collectors.joining("&", "?", ""));
  }

  /**
   * Reads a resource.
   *
   * @param path such as {@code /v1/status}
   */
  public JsonNode get(String path) throws IOException, InterruptedException {
    return exchange(request(path).GET().timeout(TIMEOUT).build());
  }

  /** Posts JSON, and returns the answer. */
  public JsonNode post(String path, JsonNode body) throws IOException, InterruptedException {
    return exchange(
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString()))
            .timeout(TIMEOUT)
            .build());
  }

  /** Deletes a resource, and returns the answer. */
  public JsonNode delete(String path) throws IOException, InterruptedException {
    return exchange(request(path).DELETE().timeout(TIMEOUT).build());
  }

  /**
   * Reads a stream of lines, such as dead letters or events, until it ends.
   *
   * @param each gets each line on another thread, one at a time; the stream is left when it returns
   *     false
   */
  public void lines(String path, Predicate<String> each) throws IOException, InterruptedException {
    Lines lines = new Lines(each);
    await(
        request(path).GET().build(),
        answer ->
            answer.statusCode() == 200
                ? BodySubscribers.fromLineSubscriber(lines, read -> "", UTF_8, null)
                : BodySubscribers.ofString(UTF_8),
        lines.left);
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + path));
    return key == null ? request : request.header("Authorization", "Bearer " + key);
  }

  private JsonNode exchange(HttpRequest request) throws IOException, InterruptedException {
    String body =
        await(request, answer -> BodySubscribers.ofString(UTF_8), new CompletableFuture<>());
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw notOurs(e);
    }
  }

  private IOException notOurs(@Nullable Exception cause) {
    return new IOException(server + " does not answer as an admin port does; check the URL", cause);
  }

  /**
   * Waits for the body of an answer.
   *
   * @param left completes when the rest of the body is not wanted
   */
  private String await(
      HttpRequest request, HttpResponse.BodyHandler<String> body, CompletableFuture<Void> left)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<String>> exchange = http.sendAsync(request, body);
    HttpResponse<String> answer;
    try {
      CompletableFuture.anyOf(exchange, left).get();
      if (left.isDone()) {
        exchange.cancel(true);
        return "";
      }
      answer = exchange.get();
    } catch (InterruptedException e) {
      exchange.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof ConnectException) {
        throw new IOException(
            "no server answers on "
                + server
                + "; start it, or name its admin port (EVENTSTREAM_ADMIN_PORT) with --url",
            cause);
      }
      if (cause instanceof RuntimeException fault) {
        throw fault; // of the consumer of lines
      }
      throw new IOException(server + " does not answer: " + cause, cause);
    }
    if (answer.statusCode() / 100 != 2) {
      throw problem(answer);
    }
    return answer.body();
  }

  private IOException problem(HttpResponse<String> answer) {
    try {
      String detail = JSON.readTree(answer.body()).path("detail").asText();
      if (!detail.isEmpty()) {
        return new AdminException(answer.statusCode(), detail);
      }
    } catch (JsonProcessingException e) {
      return notOurs(e);
    }
    return notOurs(null);
  }

  /** Passes lines on, one at a time. */
  private static final class Lines implements Flow.Subscriber<String> {
    final CompletableFuture<Void> left = new CompletableFuture<>();
    private final Predicate<String> each;
    private volatile Flow.@Nullable Subscription subscription;

    Lines(Predicate<String> each) {
      this.each = each;
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
      subscription = newSubscription;
      newSubscription.request(1);
    }

    @Override
    public void onNext(String line) {
      Flow.Subscription lines = subscription;
      if (lines == null || left.isDone()) {
        return;
      }
      try {
        if (each.test(line)) {
          lines.request(1);
          return;
        }
        left.complete(null);
      } catch (RuntimeException e) {
        left.completeExceptionally(e);
      }
      lines.cancel();
    }

    @Override
    public void onError(Throwable failure) {} // the exchange fails with it

    @Override
    public void onComplete() {}
  }
}
