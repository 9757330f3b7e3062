package dev.eventstream.examples.rest;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.IdResolver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Event IDs from a REST service, which returns all of them as JSON:
 *
 * <pre>{@code
 * GET /event-ids  →  {"pageview": {"homepage": "h", "about": "a"}, "engagement": {"click": "c"}}
 * }</pre>
 *
 * <p>The IDs are held in memory: an event never waits for the service. They are read again at an
 * interval; a service that sends an {@code ETag} answers 304 if nothing has changed. While the
 * service is away, or its answer is not usable, the last good IDs stay in use. They are also kept
 * in a file, so that a program can start while the service is away.
 *
 * <p>Thread-safe. Owns one thread, which ends with {@link #close()}.
 */
public final class RestIdResolver implements IdResolver {
  private static final Logger LOG = LoggerFactory.getLogger(RestIdResolver.class);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();
  private final URI url;
  private final Path copy;
  private final ScheduledExecutorService poller =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "rest-ids");
            thread.setDaemon(true);
            return thread;
          });

  private volatile IdResolver ids = IdResolver.none();

  // Belong to the thread that opens the resolver, then to the poller.
  private String etag = "";
  private boolean isAway;

  private RestIdResolver(URI url, Path copy) {
    this.url = requireNonNull(url, "url");
    this.copy = requireNonNull(copy, "copy");
  }

  /**
   * Reads the IDs, from the service or, if it is away, from the file.
   *
   * @param url returns all IDs
   * @param copy the file that keeps them
   * @param interval when they are read again; at least 1 ms
   * @throws IOException if the service is away and there is no such file
   * @throws InterruptedException if the thread is interrupted while it waits for the service
   */
  public static RestIdResolver open(URI url, Path copy, Duration interval)
      throws IOException, InterruptedException {
    RestIdResolver resolver = new RestIdResolver(url, copy);
    try {
      resolver.fetch();
    } catch (IOException e) {
      if (!Files.exists(copy)) {
        resolver.close();
        throw new IOException(
            "no event IDs from " + url + " (" + e + "), nor from an earlier run in " + copy, e);
      }
      LOG.warn("No event IDs from {} ({}); those of {} are in use", url, e.toString(), copy);
      resolver.isAway = true;
      resolver.ids = parse(Files.readAllBytes(copy));
    }
    long millis = interval.toMillis();
    var unused =
        resolver.poller.scheduleWithFixedDelay(
            resolver::poll, millis, millis, TimeUnit.MILLISECONDS);
    return resolver;
  }

  /** Reads the IDs again. Never throws, because that would end the schedule. */
  void poll() {
    try {
      fetch();
      if (isAway) {
        LOG.info("Event IDs come from {} again", url);
        isAway = false;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // by close()
    } catch (IOException | RuntimeException e) {
      if (!isAway) { // logged once
        LOG.warn("No event IDs from {} ({}); the last ones stay in use", url, e.toString());
        isAway = true;
      }
    }
  }

  private void fetch() throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(url).timeout(TIMEOUT);
    if (!etag.isEmpty()) {
      request.header("If-None-Match", etag);
    }
    HttpResponse<byte[]> answer =
        http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    if (answer.statusCode() == 304) {
      return;
    }
    if (answer.statusCode() != 200) {
      throw new IOException("status " + answer.statusCode());
    }
    ids = parse(answer.body());
    Path next = Path.of(copy + ".new");
    Files.write(next, answer.body());
    Files.move(next, copy, StandardCopyOption.ATOMIC_MOVE);
    etag = answer.headers().firstValue("ETag").orElse("");
  }

  private static IdResolver parse(byte[] json) throws IOException {
    return IdResolver.of(
        JSON.readValue(json, new TypeReference<Map<String, Map<String, String>>>() {}));
  }

  @Override
  public @Nullable String resolve(String eventType, String eventValue) {
    return ids.resolve(eventType, eventValue);
  }

  @Override
  public @Nullable String resolve(
      byte[] utf8, int typeStart, int typeEnd, int valueStart, int valueEnd) {
    return ids.resolve(utf8, typeStart, typeEnd, valueStart, valueEnd); // without strings
  }

  @Override
  public void close() {
    poller.shutdownNow();
  }
}
