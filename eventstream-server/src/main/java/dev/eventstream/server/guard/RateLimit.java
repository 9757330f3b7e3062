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
 * Bounds how many events a second one client may send. A request is let in while the client has
 * anything left, and what it holds is taken from that when it has been read: a large one may go
 * beyond, and those after it wait until that is made up for.
 */
public final class RateLimit extends Handler.Wrapper {
  /** For how many seconds a client may save up. */
  private static final int BURST_SECONDS = 10;

  /** More clients than these are not told apart from new ones. */
  private static final int MAX_CLIENTS = 100_000;

  private static final String BUCKET = RateLimit.class.getName();

  private final int eventsPerSecond;
  private final ClientAddresses addresses;
  private final Pace pace;
  private final Cache<String, Bucket> buckets;

  /**
   * Bounds what clients send to a handler.
   *
   * @param buckets what each of them has left, for all handlers that share it
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

  /** No client has sent anything yet. */
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
        "more than " + eventsPerSecond + " events a second came from here; send them again later";
    RequestError.RATE_LIMITED
        .answer(request, detail, Math.max(1, seconds(probe.getNanosToWaitForRefill())))
        .sendAndDrain(request, response, pace, callback);
    return true;
  }

  /** Takes what a request holds, one of which was taken when it came, from what its client has. */
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
