package dev.eventstream.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A small HTTP client for tests, which reads an engine's contents without the code under test.
 *
 * <p>Thread-safe. It follows no redirects, does not retry, and holds no resources that need
 * closing.
 */
public final class EngineClient {

  private static final Pattern COUNT = Pattern.compile("\"count\"\\s*:\\s*(\\d+)");

  private static final Pattern LINES = Pattern.compile("(^|/)(_bulk|_msearch)($|\\?)");

  private final URI url;
  private final Duration timeout;
  private final HttpClient http;

  /**
   * Creates a client of an engine, or of a proxy in front of it, with a time-out of 30 seconds per
   * request.
   *
   * @param url the engine's root, such as {@code http://127.0.0.1:9200}
   */
  public EngineClient(URI url) {
    this(url, Duration.ofSeconds(30));
  }

  EngineClient(URI url, Duration timeout) {
    this.url = url;
    this.timeout = timeout;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(timeout)
            .build();
  }

  /**
   * An answer.
   *
   * @param status the HTTP status
   * @param body the body as text; empty if there was none
   */
  public record Response(int status, String body) {

    /** Returns whether the request succeeded, that is, whether the status is 200 to 299. */
    public boolean ok() {
      return status >= 200 && status < 300;
    }

    /**
     * Returns this answer if the request succeeded.
     *
     * @throws IllegalStateException if the request did not succeed; the message contains status and
     *     body
     */
    public Response orThrow() {
      if (!ok()) {
        throw new IllegalStateException("The engine answered " + status + ": " + body);
      }
      return this;
    }
  }

  /**
   * Sends a request without a body.
   *
   * @param method the HTTP method, such as {@code GET}
   * @param path path and query, such as {@code /events/_search?size=3}; a missing first slash is
   *     added
   * @return the answer, whatever its status
   * @throws UncheckedIOException if the engine cannot be reached or does not answer in time
   */
  public Response request(String method, String path) {
    return send(builder(path).method(method, BodyPublishers.noBody()));
  }

  /**
   * Sends a request with a body: JSON, or newline-delimited JSON for {@code _bulk} and {@code
   * _msearch}, to which a missing final line feed is added.
   *
   * @param method the HTTP method, such as {@code PUT}
   * @param path path and query; a missing first slash is added
   * @return the answer, whatever its status
   * @throws UncheckedIOException if the engine cannot be reached or does not answer in time
   */
  public Response request(String method, String path, String body) {
    boolean lines = LINES.matcher(path).find();
    String content = lines && !body.endsWith("\n") ? body + "\n" : body;
    return send(
        builder(path)
            .header("Content-Type", lines ? "application/x-ndjson" : "application/json")
            .method(method, BodyPublishers.ofString(content)));
  }

  /**
   * Refreshes all indices, so that searches see everything written so far.
   *
   * @throws IllegalStateException if the request fails
   * @throws UncheckedIOException if the engine cannot be reached or does not answer in time
   */
  public void refresh() {
    request("POST", "/_refresh").orThrow();
  }

  /**
   * Counts the documents of an index after refreshing it.
   *
   * @param index an index, alias or pattern
   * @return the number of documents; 0 if there is no such index
   * @throws IllegalStateException if the request fails
   * @throws UncheckedIOException if the engine cannot be reached or does not answer in time
   */
  public long count(String index) {
    Response refreshed = request("POST", "/" + encode(index) + "/_refresh");
    if (refreshed.status() == 404) {
      return 0;
    }
    refreshed.orThrow();
    Response counted = request("GET", "/" + encode(index) + "/_count").orThrow();
    Matcher count = COUNT.matcher(counted.body());
    if (!count.find()) {
      throw new IllegalStateException("The engine answered without a count: " + counted.body());
    }
    return Long.parseLong(count.group(1));
  }

  /**
   * Reads a document as it was written, whether searches see it or not.
   *
   * @return the document's JSON; empty if there is no such document or index
   * @throws IllegalStateException if the request fails
   * @throws UncheckedIOException if the engine cannot be reached or does not answer in time
   */
  public Optional<String> source(String index, String id) {
    String typed = "/" + encode(index) + "/_doc/" + encode(id) + "/_source";
    Response response = request("GET", typed);
    if (response.status() == 400 || response.status() == 405) {
      // engines without types
      response = request("GET", "/" + encode(index) + "/_source/" + encode(id));
    }
    return response.status() == 404 ? Optional.empty() : Optional.of(response.orThrow().body());
  }

  /**
   * Returns whether the engine answers and has all its primary shards, that is, whether the
   * cluster's health is yellow or green.
   */
  public boolean healthy() {
    try {
      Response health = request("GET", "/_cluster/health?wait_for_status=yellow&timeout=1s");
      return health.ok() && health.body().contains("\"timed_out\":false");
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /** Returns whether the engine answers and knows the manager of its cluster. */
  boolean joined() {
    try {
      return request("GET", "/_cluster/health").ok();
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private HttpRequest.Builder builder(String path) {
    String root = url.toString().replaceFirst("/$", "");
    return HttpRequest.newBuilder(URI.create(root + (path.startsWith("/") ? path : "/" + path)))
        .timeout(timeout);
  }

  private Response send(HttpRequest.Builder builder) {
    HttpRequest request = builder.build();
    try {
      var response = http.send(request, BodyHandlers.ofString());
      return new Response(response.statusCode(), response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(describe(request, e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(
          "Interrupted: " + request.method() + " " + request.uri(), new IOException(e));
    }
  }

  private static String describe(HttpRequest request, IOException e) {
    // the JDK's ConnectException has no message
    String reason =
        e instanceof ConnectException ? "cannot connect" : String.valueOf(e.getMessage());
    return request.method() + " " + request.uri() + ": " + reason;
  }

  /** Encodes a path part, except for the characters that separate and abbreviate indices. */
  private static String encode(String pathPart) {
    return URLEncoder.encode(pathPart, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("%2C", ",");
  }
}
