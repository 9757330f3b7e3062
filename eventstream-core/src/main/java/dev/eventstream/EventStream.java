package dev.eventstream;

import static java.util.Objects.requireNonNull;

import dev.eventstream.delivery.Backoff;
import dev.eventstream.delivery.Batcher;
import dev.eventstream.delivery.Deadlines;
import dev.eventstream.delivery.Delivery;
import dev.eventstream.delivery.Fate;
import dev.eventstream.delivery.InFlight;
import dev.eventstream.delivery.Publication;
import dev.eventstream.delivery.ThreadTimer;
import dev.eventstream.delivery.Timer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes events and sees to it that each becomes a document. Where to start:
 *
 * <pre>{@code
 * try (EventStream stream = EventStream.builder().sink("http://localhost:9200").build()) {
 *   Outcome outcome = stream.publish(Event.of("pageview", "homepage")).join();
 * }
 * }</pre>
 *
 * <p>Publishing transforms on the caller's thread and does not wait for the sink. Documents of many
 * callers share bulk requests; each caller learns what became of its own. The returned futures are
 * completed by the thread that got the answer: whatever is slow belongs into an {@code …Async}
 * continuation.
 *
 * <p>Memory is bounded by the bytes in flight: beyond, events are {@link Outcome.Refused} at once.
 * A document that cannot be written is tried again, with exponential backoff and full jitter, until
 * the delivery time-out, and then refused.
 *
 * <p>Thread-safe; one stream serves a whole application. Owns one thread besides those of its sink
 * and resolver, and ends all of them in {@link #close()}.
 */
public final class EventStream implements AutoCloseable {
  private static final Duration RETRY_AFTER_FULL = Duration.ofSeconds(1);
  private static final Duration RETRY_AFTER_TIMEOUT = Duration.ofSeconds(5);

  /** What a document takes beyond its event: id, destination, added members, offsets. */
  private static final int DOCUMENT_OVERHEAD = 192;

  private static final Outcome.Rejected[] NONE_REJECTED = {};

  private final EventTransformer transformer;
  private final EventSink sink;
  private final Timer timer;
  private final InFlight inFlight;
  private final Deadlines deadlines;
  private final Batcher batcher;
  private final Duration closeTimeout;
  private volatile boolean closed;

  private EventStream(Builder builder, EventSink sink) {
    this.sink = sink;
    this.transformer = builder.buildTransformer();
    this.closeTimeout = builder.closeTimeout;
    this.timer = new ThreadTimer();
    this.inFlight = new InFlight(builder.maxInFlightBytes);
    this.deadlines =
        new Deadlines(
            timer,
            builder.deliveryTimeout.toNanos(),
            new Fate.Refused(
                "not acknowledged within the delivery time-out of "
                    + builder.deliveryTimeout.toMillis()
                    + " ms",
                RETRY_AFTER_TIMEOUT));
    Backoff backoff =
        new Backoff(
            builder.backoff.toNanos(),
            builder.maxBackoff.toNanos(),
            () -> ThreadLocalRandom.current().nextLong());
    Delivery delivery = new Delivery(sink, builder.maxInFlightRequests, backoff, timer);
    this.batcher =
        new Batcher(
            builder.maxBatchEvents,
            builder.maxBatchBytes,
            builder.linger.toNanos(),
            delivery,
            timer);
  }

  /**
   * Starts to build a stream.
   *
   * @return a builder with the defaults
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Publishes one event.
   *
   * @param event the event
   * @return its outcome; never fails
   */
  public CompletableFuture<Outcome> publish(Event event) {
    return publishAll(List.of(event)).thenApply(outcomes -> outcomes.get(0));
  }

  /**
   * Publishes a batch. Its events are independent: one that is broken or cannot be written does not
   * touch the others.
   *
   * @param events events, and broken ones in their places, which are rejected with their reasons
   * @return their outcomes, in the same order; never fails
   */
  public CompletableFuture<List<Outcome>> publishAll(List<? extends ReadEvent> events) {
    long bytes = 0;
    for (ReadEvent event : events) {
      bytes += DOCUMENT_OVERHEAD + (event instanceof Event e ? e.size() : 0);
    }
    if (!admit(bytes)) {
      return CompletableFuture.completedFuture(refused(events.size()));
    }
    Intake intake = new Intake(bytes, events.size());
    try {
      for (ReadEvent event : events) {
        intake.add(event);
      }
    } catch (RuntimeException | Error e) {
      intake.abandon();
      throw e;
    }
    return intake.submit();
  }

  /**
   * Publishes all that a reader finds, as one batch.
   *
   * @param events the reader; read to its end
   * @return the outcomes, in order, broken events included; never fails
   * @throws IOException when the input cannot be read or has too many events; nothing was published
   *     then
   */
  public CompletableFuture<List<Outcome>> publishAll(EventReader events) throws IOException {
    long estimate = 2L * events.available() + DOCUMENT_OVERHEAD;
    boolean admitted = admit(estimate);
    Intake intake = new Intake(admitted ? estimate : 0, 1);
    try {
      ReadEvent event = events.next();
      while (event != null) {
        if (admitted) {
          intake.add(event);
        }
        event = events.next();
      }
    } catch (IOException | RuntimeException | Error e) {
      intake.abandon();
      throw e;
    }
    return admitted ? intake.submit() : CompletableFuture.completedFuture(refused(events.count()));
  }

  /**
   * Asks the sink whether it would take documents now.
   *
   * @return done when it would; failed, with what is wrong, when not
   */
  public CompletionStage<Void> check() {
    return sink.check();
  }

  /**
   * Takes no more events, waits until those taken are settled or the close time-out is over,
   * refuses the rest, and closes sink, transformer and resolver. Joins every thread that the stream
   * started.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    batcher.flush();
    inFlight.awaitNone(closeTimeout.toNanos());
    deadlines.end(
        new Fate.Refused("the stream was closed before it was written", RETRY_AFTER_TIMEOUT));
    timer.stop();
    try {
      sink.close();
    } finally {
      transformer.close();
    }
  }

  private boolean admit(long bytes) {
    if (closed || !inFlight.tryAcquire(bytes)) {
      return false;
    }
    if (closed) { // looked at again: close() waits for those that were in before it, and no others
      inFlight.release(bytes);
      return false;
    }
    return true;
  }

  private List<Outcome> refused(int count) {
    Outcome outcome =
        closed
            ? new Outcome.Refused("the stream is closed", RETRY_AFTER_TIMEOUT)
            : new Outcome.Refused("too many bytes are in flight", RETRY_AFTER_FULL);
    Outcome[] all = new Outcome[count];
    Arrays.fill(all, outcome);
    return List.of(all);
  }

  /** The events of one publish call on their way into one batch. */
  private final class Intake {
    private final DocumentBatch.Builder documents;
    private final List<Outcome.Rejected> rejected = new ArrayList<>(0);
    private int[] positions;
    private int count;
    private long admitted;

    Intake(long admitted, int expectedSize) {
      this.admitted = admitted;
      this.documents = new DocumentBatch.Builder((int) Math.min(admitted, 16 << 20), expectedSize);
      this.positions = new int[Math.max(1, expectedSize)];
    }

    void add(ReadEvent event) {
      if (count == positions.length) {
        positions = Arrays.copyOf(positions, 2 * count);
      }
      Outcome.Rejected no =
          event instanceof BrokenEvent b
              ? new Outcome.Rejected(b.code(), b.reason(), b.offset())
              : transform((Event) event);
      if (no == null) {
        positions[count++] = documents.size() - 1;
      } else {
        rejected.add(no);
        positions[count++] = -rejected.size();
      }
    }

    private Outcome.@Nullable Rejected transform(Event event) {
      int before = documents.size();
      Rejection code = Rejection.TRANSFORM_FAILED;
      String reason;
      try {
        transformer.transform(event, documents);
        int added = documents.size() - before;
        if (added == 1) {
          return null;
        }
        reason = "the transformer made " + added + " documents of one event";
      } catch (InvalidEventException e) {
        code = e.code();
        reason = e.reason();
      } catch (RuntimeException e) {
        reason = "the transformer failed: " + e;
      }
      documents.truncate(before);
      return new Outcome.Rejected(code, reason, -1);
    }

    CompletableFuture<List<Outcome>> submit() {
      DocumentBatch batch = documents.build();
      Outcome.Rejected[] notTaken = rejected.toArray(NONE_REJECTED);
      int[] all = Arrays.copyOf(positions, count);
      if (batch.size() == 0) {
        abandon();
        return CompletableFuture.completedFuture(new Outcomes(batch, List.of(), notTaken, all));
      }
      long more = batch.byteSize() - admitted;
      if (more > 0) {
        inFlight.acquireMore(more);
        admitted += more;
      }
      Publication publication = new Publication(batch, timer.nanoTime());
      CompletableFuture<List<Outcome>> outcomes =
          publication
              .done()
              .thenApply(
                  fates -> {
                    abandon();
                    return new Outcomes(batch, fates, notTaken, all);
                  });
      deadlines.add(publication);
      batcher.submit(publication);
      return outcomes;
    }

    /** Gives back what was admitted. */
    void abandon() {
      inFlight.release(admitted);
    }
  }

  /** Builds an {@link EventStream}. Not thread-safe. */
  public static final class Builder {
    private @Nullable EventSink sink;
    private List<URI> sinkUrls = List.of();
    private @Nullable EventTransformer transformer;
    private @Nullable IdResolver idResolver;
    private int maxBatchEvents = 1_000;
    private int maxBatchBytes = 5 << 20;
    private Duration linger = Duration.ofMillis(5);
    private int maxInFlightRequests = 4;
    private long maxInFlightBytes = Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 4);
    private Duration deliveryTimeout = Duration.ofSeconds(10);
    private Duration backoff = Duration.ofMillis(50);
    private Duration maxBackoff = Duration.ofSeconds(2);
    private Duration closeTimeout = Duration.ofSeconds(15);

    private Builder() {}

    /**
     * Sets where documents go, by URL. The scheme finds the transport: with {@code eventstream-es}
     * on the class path, {@code http} and {@code https} are Elasticsearch or OpenSearch.
     *
     * @param urls one or several addresses of one cluster
     * @return this builder
     */
    public Builder sink(String... urls) {
      this.sinkUrls = Stream.of(urls).map(Builder::url).toList();
      return this;
    }

    /**
     * Sets where documents go.
     *
     * @param eventSink the sink; closed with the stream
     * @return this builder
     */
    public Builder sink(EventSink eventSink) {
      this.sink = requireNonNull(eventSink, "sink");
      return this;
    }

    /**
     * Sets how events become documents; by default a {@link DefaultEventTransformer}.
     *
     * @param eventTransformer the transformer; closed with the stream
     * @return this builder
     */
    public Builder transformer(EventTransformer eventTransformer) {
      this.transformer = requireNonNull(eventTransformer, "transformer");
      return this;
    }

    /**
     * Sets where the default transformer gets event IDs from; by default none are known.
     *
     * @param resolver the resolver; closed with the stream
     * @return this builder
     */
    public Builder idResolver(IdResolver resolver) {
      this.idResolver = requireNonNull(resolver, "idResolver");
      return this;
    }

    /**
     * Sets how many documents a bulk request holds at most.
     *
     * @param events at least 1; 1,000 by default
     * @return this builder
     */
    public Builder maxBatchEvents(int events) {
      this.maxBatchEvents = Math.toIntExact(atLeast("maxBatchEvents", events, 1));
      return this;
    }

    /**
     * Sets how many bytes of documents a bulk request holds at most; a larger document goes alone.
     *
     * @param bytes at least 1; 5 MiB by default
     * @return this builder
     */
    public Builder maxBatchBytes(int bytes) {
      this.maxBatchBytes = Math.toIntExact(atLeast("maxBatchBytes", bytes, 1));
      return this;
    }

    /**
     * Sets how long a document waits for others to share its bulk request while another request is
     * in flight. When none is, nothing waits.
     *
     * @param time zero or more; 5 ms by default
     * @return this builder
     */
    public Builder linger(Duration time) {
      atLeast("linger (in ns)", time.toNanos(), 0);
      this.linger = time;
      return this;
    }

    /**
     * Sets how many bulk requests are in flight at once.
     *
     * @param requests at least 1; 4 by default
     * @return this builder
     */
    public Builder maxInFlightRequests(int requests) {
      this.maxInFlightRequests = Math.toIntExact(atLeast("maxInFlightRequests", requests, 1));
      return this;
    }

    /**
     * Sets how many bytes of documents are taken in and not settled at most; beyond, events are
     * refused. A batch that is larger is taken when it is alone.
     *
     * @param bytes at least 1; by default 64 MiB, or a quarter of the heap where that is less
     * @return this builder
     */
    public Builder maxInFlightBytes(long bytes) {
      this.maxInFlightBytes = atLeast("maxInFlightBytes", bytes, 1);
      return this;
    }

    /**
     * Sets how long an event may take from its acceptance to the cluster's acknowledgement, retries
     * included; then it is refused.
     *
     * @param time at least 1 ms; 10 s by default
     * @return this builder
     */
    public Builder deliveryTimeout(Duration time) {
      atLeast("deliveryTimeout (in ms)", time.toMillis(), 1);
      this.deliveryTimeout = time;
      return this;
    }

    /**
     * Sets the bound of the random wait before the second attempt; it doubles with each further
     * one.
     *
     * @param first at least 1 ms; 50 ms by default
     * @param max at least {@code first}; 2 s by default
     * @return this builder
     */
    public Builder backoff(Duration first, Duration max) {
      atLeast("backoff (in ms)", first.toMillis(), 1);
      atLeast("the maximum backoff (in ms)", max.toMillis(), first.toMillis());
      this.backoff = first;
      this.maxBackoff = max;
      return this;
    }

    /**
     * Sets how long {@link EventStream#close()} waits for events that are not settled.
     *
     * @param time zero or more; 15 s by default
     * @return this builder
     */
    public Builder closeTimeout(Duration time) {
      atLeast("closeTimeout (in ms)", time.toMillis(), 0);
      this.closeTimeout = time;
      return this;
    }

    /**
     * Builds the stream. Does not wait for the sink's target to be there.
     *
     * @return the stream
     * @throws IllegalStateException when no sink is set, or both transformer and resolver
     * @throws IllegalArgumentException when no transport knows the sink's URLs
     */
    public EventStream build() {
      if (transformer != null && idResolver != null) {
        throw new IllegalStateException(
            "both a transformer and an idResolver are set; give the resolver to the transformer");
      }
      if (sink != null) {
        return new EventStream(this, sink);
      }
      if (sinkUrls.isEmpty()) {
        throw new IllegalStateException("no sink is set; call sink(\"http://localhost:9200\")");
      }
      return new EventStream(this, open(sinkUrls));
    }

    private EventTransformer buildTransformer() {
      if (transformer != null) {
        return transformer;
      }
      return DefaultEventTransformer.builder()
          .idResolver(idResolver == null ? IdResolver.none() : idResolver)
          .build();
    }

    private static EventSink open(List<URI> urls) {
      String scheme = urls.get(0).getScheme().toLowerCase(Locale.ROOT);
      for (SinkProvider provider : ServiceLoader.load(SinkProvider.class)) {
        if (provider.schemes().contains(scheme)) {
          for (URI url : urls) {
            if (!provider.schemes().contains(url.getScheme().toLowerCase(Locale.ROOT))) {
              throw new IllegalArgumentException(
                  "the sink URLs " + urls + " are not of one cluster; give one stream one cluster");
            }
          }
          return provider.open(urls);
        }
      }
      throw new IllegalArgumentException(
          "no transport on the class path knows the scheme of "
              + urls.get(0)
              + "; for http and https add the dependency dev.eventstream:eventstream-es");
    }

    private static URI url(String url) {
      URI uri;
      try {
        uri = URI.create(url.strip());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "the sink URL \"" + url + "\" is no URL; it looks like http://localhost:9200", e);
      }
      if (uri.getScheme() == null) {
        throw new IllegalArgumentException(
            "the sink URL \"" + url + "\" has no scheme; it looks like http://localhost:9200");
      }
      return uri;
    }

    private static long atLeast(String setting, long value, long min) {
      if (value < min) {
        throw new IllegalArgumentException(
            setting + " is " + value + "; it must be at least " + min);
      }
      return value;
    }
  }
}
