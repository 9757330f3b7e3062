package dev.eventstream.server.guard;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.eventstream.server.body.Pace;
import dev.eventstream.server.http.RequestError;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Limits the events per second of each client with a token bucket. A request is accepted while the
 * client's bucket has a token; the events are counted once the body was read. A large request can
 * therefore overdraw the bucket, and later ones are refused until it is refilled. Thread-safe.
 */
public final class RateLimit extends Handler.Wrapper {
  /** The capacity of a bucket, in seconds of the rate. */
  private static final int BURST_SECONDS = 10;

  /** The number of buckets; a client beyond it loses its bucket, and starts with a full one. */
  private static final int MAX_CLIENTS = 100_000;

  private static final String BUCKET = RateLimit.class.getName();

  private final int eventsPerSecond;
  private final ClientAddresses addresses;
  private final Pace pace;
  private final Cache<String, Bucket> buckets;

  /**
   * Limits a handler.
   *
   * @param buckets the clients' buckets, shared by all handlers with the same limit
   */
  public RateLimit(
      int eventsPerSecond,
      ClientAddresses addresses,
      Cache<String, Bucket> buckets,
      Pace pace,
      Handler handler) {
    super(handler);
    this.buckets = buckets;
    this.eventsPerSecond = eventsPerSecond;
    this.addresses = addresses;
    this.pace = pace;
  }

  /** New buckets, all full. */
  public static Cache<String, Bucket> buckets() {
    return Caffeine.newBuilder()
        .maximumSize(MAX_CLIENTS)
        .expireAfterAccess(Duration.ofMinutes(10))
        .build();
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String client =
        addresses.client(
            Request.getRemoteAddr(request),
            request.getHeaders().getValuesList(addresses.header().fieldName()));
    Bucket bucket = buckets.get(client, unknown -> bucket());
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
    long burst = (long) BURST_SECONDS * eventsPerSecond;
    response
        .getHeaders()
        .put("RateLimit-Policy", "\"events\";q=" + burst + ";w=" + BURST_SECONDS)
        .put(
            "RateLimit",
            "\"events\";r="
                + probe.getRemainingTokens()
                + ";t="
                + seconds(
                    probe.isConsumed()
                        ? probe.getNanosToWaitForReset()
                        : probe.getNanosToWaitForRefill()));
    if (probe.isConsumed()) {
      request.setAttribute(BUCKET, bucket);
      return super.handle(request, response, callback);
    }
    String detail =
        "this client sent more than "
            + eventsPerSecond
            + " events per second; send them again later";
    RequestError.RATE_LIMITED
        .answer(request, detail, Math.max(1, seconds(probe.getNanosToWaitForRefill())))
        .sendAndDrain(request, response, pace, callback);
    return true;
  }

  /** Counts the events of a request; {@link #handle} has already counted one. */
  public static void count(Request request, int events) {
    if (events > 1 && request.getAttribute(BUCKET) instanceof Bucket bucket) {
      bucket.consumeIgnoringRateLimits(events - 1L);
    }
  }

  private Bucket bucket() {
    return Bucket.builder()
        .addLimit(
            limit ->
                limit
                    .capacity((long) BURST_SECONDS * eventsPerSecond)
                    .refillGreedy(eventsPerSecond, Duration.ofSeconds(1)))
        .build();
  }

  private static long seconds(long nanos) {
    return TimeUnit.NANOSECONDS.toSeconds(nanos + TimeUnit.SECONDS.toNanos(1) - 1);
  }
}
