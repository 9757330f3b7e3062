package dev.eventstream.spring;

import dev.eventstream.EventStream;
import dev.eventstream.observe.StreamState;
import dev.eventstream.observe.StuckDestination;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Whether a stream takes events, for either health API.
 *
 * @param takesEvents false only if neither the spool nor the cluster takes events
 * @param details what a person wants to know, without contents of events
 */
record StreamHealth(boolean takesEvents, Map<String, Object> details) {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final int MAX_STUCK = 100; // the list's limit

  /** Asks the cluster only if there is no spool that takes events, for up to 2 s. */
  static StreamHealth of(EventStream stream) {
    StreamState state = stream.state();
    boolean spoolTakes = state.backlog() != null && state.backlog().spool().refusal() == null;
    String obstacle = spoolTakes || !state.clusterTakes() ? null : obstacle(stream);
    boolean clusterTakes = state.clusterTakes() && obstacle == null;
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("cluster", cluster(clusterTakes, state.clusterFailure(), obstacle));
    if (state.backlog() != null) {
      Map<String, Object> spool = new LinkedHashMap<>();
      spool.put("takesEvents", spoolTakes);
      spool.put("documents", state.backlog().spool().documents());
      spool.put("diskBytes", state.backlog().spool().diskBytes());
      spool.put("maxDiskBytes", state.backlog().spool().maxDiskBytes());
      spool.put("oldestAgeSeconds", state.backlog().oldestAge().toSeconds());
      if (state.backlog().spool().refusal() != null) {
        spool.put("refusal", state.backlog().spool().refusal());
      }
      details.put("spool", spool);
      details.put("deadLetters", state.deadLetters());
    }
    if (!state.stuckDestinations().isEmpty()) {
      details.put("stuckIndices", stuck(state.stuckDestinations()));
    }
    return new StreamHealth(spoolTakes || clusterTakes, details);
  }

  private static Map<String, Object> cluster(
      boolean takes, @Nullable String failure, @Nullable String obstacle) {
    Map<String, Object> cluster = new LinkedHashMap<>();
    cluster.put("takesEvents", takes);
    String reason = failure == null ? obstacle : failure;
    if (reason != null) {
      cluster.put("lastError", reason);
    }
    return cluster;
  }

  private static Map<String, String> stuck(List<StuckDestination> destinations) {
    Map<String, String> reasons = new LinkedHashMap<>();
    for (StuckDestination one : destinations.subList(0, Math.min(MAX_STUCK, destinations.size()))) {
      reasons.put(one.destination(), one.reason());
    }
    return reasons;
  }

  private static @Nullable String obstacle(EventStream stream) {
    try {
      stream.checkSink().toCompletableFuture().get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      return null;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    } catch (TimeoutException e) {
      return "no answer within " + TIMEOUT.toSeconds() + " s";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "the check was interrupted";
    }
  }
}
