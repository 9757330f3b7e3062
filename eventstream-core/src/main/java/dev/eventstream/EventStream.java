package dev.eventstream;

import static java.util.Objects.requireNonNull;

import dev.eventstream.delivery.Fate;
import dev.eventstream.delivery.InFlight;
import dev.eventstream.delivery.Pipeline;
import dev.eventstream.delivery.Publication;
import dev.eventstream.delivery.ThreadTimer;
import dev.eventstream.delivery.Timer;
import dev.eventstream.internal.CredentialMask;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.stream.IntStream;
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
 * the delivery time-out. Then it goes to the {@link Spool}, from where it is written later; without
 * a spool it is refused.
 *
 * <p>Thread-safe; one stream serves a whole application. Owns two threads besides those of its
 * sink, spool and resolver, and ends all of them in {@link #close()}.
 */
public final class EventStream implements AutoCloseable {
  private static final Duration RETRY_AFTER_FULL = Duration.ofSeconds(1);
  private static final Duration RETRY_AFTER_TIMEOUT = Duration.ofSeconds(5);

  /** How long the spool may take for what is open when the stream is closed. */
  private static final Duration SPOOL_TIMEOUT = Duration.ofSeconds(10);

  /** What a document takes beyond its event: id, destination, added members, offsets. */
  private static final int DOCUMENT_OVERHEAD = 192;

  private static final Outcome.Rejected[] NONE_REJECTED = {};

  private final EventTransformer transformer;
  private final EventSink sink;
  private final @Nullable Spool spool;
  private final Clock clock = Clock.systemUTC();
  private final Timer timer;
  private final WorkThread replay;
  private final InFlight inFlight;
  private final BatchBuffers buffers;
  private final StreamListener listener;
  private final Pipeline pipeline;
  private final Acknowledgement acknowledgement;
  private final Duration closeTimeout;
  private volatile boolean closed;

  private EventStream(Builder builder, EventSink sink) {
    this.sink = sink;
    this.spool = builder.spool;
    this.transformer = builder.buildTransformer();
    this.acknowledgement = builder.acknowledgement;
    this.closeTimeout = builder.closeTimeout;
    this.timer = new ThreadTimer();
    this.replay = new WorkThread("eventstream-replay");
    this.inFlight = new InFlight(builder.maxInFlightBytes);
    this.buffers = new BatchBuffers(builder.maxInFlightBytes / 8);
    this.listener = builder.listener;
    this.pipeline =
        new Pipeline(
            sink,
            spool,
            builder.settings(),
            timer,
            clock,
            replay,
            () -> ThreadLocalRandom.current().nextLong(),
            listener);
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
    return publishAll(events, acknowledgement);
  }

  /**
   * Publishes a batch, and says for it alone when it is answered.
   *
   * @param events as for {@link #publishAll(List)}
   * @param when in place of the stream's own {@link Builder#acknowledge}
   * @return their outcomes, in the same order; never fails
   * @throws IllegalStateException when that needs a spool and the stream has none
   */
  public CompletableFuture<List<Outcome>> publishAll(
      List<? extends ReadEvent> events, Acknowledgement when) {
    checkPossible(when);
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
    return intake.submit(when);
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
    return publishAll(events, acknowledgement);
  }

  /**
   * Publishes all that a reader finds, as one batch, and says for it alone when it is answered.
   *
   * @param events the reader; read to its end
   * @param when in place of the stream's own {@link Builder#acknowledge}
   * @return the outcomes, in order, broken events included; never fails
   * @throws IOException when the input cannot be read or has too many events; nothing was published
   *     then
   * @throws IllegalStateException when that needs a spool and the stream has none
   */
  public CompletableFuture<List<Outcome>> publishAll(EventReader events, Acknowledgement when)
      throws IOException {
    checkPossible(when);
    long estimate = 2L * events.available() + DOCUMENT_OVERHEAD;
    boolean admitted = admit(estimate);
    Intake intake = new Intake(admitted ? estimate : 0, 1);
    events.reuseEvents(transformer instanceof DefaultEventTransformer); // others may keep them
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
    } finally {
      events.reuseEvents(false);
    }
    return admitted
        ? intake.submit(when)
        : CompletableFuture.completedFuture(refused(events.count()));
  }

  private void checkPossible(Acknowledgement when) {
    if (when == Acknowledgement.SPOOLED) {
      spool();
    }
  }

  /**
   * Asks whether events would be taken now: because the spool has room, or else because the sink
   * would take documents.
   *
   * @return done when they would; failed, with what is wrong, when not
   */
  public CompletionStage<Void> check() {
    return spool != null && spool.state().refusal() == null
        ? CompletableFuture.completedFuture(null)
        : sink.check();
  }

  /**
   * Asks the sink whether it would take documents now, whatever the spool could take.
   *
   * @return done when it would; failed, with what is wrong, when not
   */
  public CompletionStage<Void> checkSink() {
    return sink.check();
  }

  /**
   * How the stream is doing. Cheap enough to be asked many times a second; does not wait for the
   * cluster.
   *
   * @return the state now
   */
  public StreamState state() {
    return new StreamState(
        inFlight.bytes(),
        inFlight.maxBytes(),
        pipeline.requestsInFlight(),
        pipeline.queuedDocuments(),
        pipeline.clusterTakes(),
        pipeline.clusterFailure(),
        pipeline.stuckDestinations(),
        spool == null ? null : backlog(),
        spool == null ? 0 : spool.deadLetters().count(),
        spool == null ? 0 : spool.deadLetters().diskBytes());
  }

  /**
   * How much waits in the spool, and how fast it leaves.
   *
   * @return the backlog now
   * @throws IllegalStateException when the stream has no spool
   */
  public Backlog backlog() {
    return new Backlog(
        spool().state(), pipeline.replayedPerSecond(), pipeline.clusterTakes(), clock.instant());
  }

  /**
   * The documents that no index can take.
   *
   * @return the dead letters of the spool
   * @throws IllegalStateException when the stream has no spool
   */
  public DeadLetters deadLetters() {
    return spool().deadLetters();
  }

  /**
   * Tries dead letters again, for example after a mapping was mended: those that arrive, or are
   * spooled, are dead letters no more. What arrived before, and was not removed because the process
   * ended, is found there and removed. Waits for the cluster; other events are delivered meanwhile.
   *
   * @param filter which ones, see {@link DeadLetter}
   * @return what became of them
   * @throws IOException when the disk fails; those that arrived may be tried again
   * @throws IllegalStateException when the stream has no spool
   */
  public Redriven redrive(Predicate<? super DeadLetter> filter) throws IOException {
    Redrive redrive = new Redrive(spool().deadLetters(), this::deliverAgain);
    return redrive.run(filter);
  }

  private CompletableFuture<List<Fate>> deliverAgain(DocumentBatch documents) {
    Publication publication = new Publication(documents, timer.nanoTime(), clock.instant());
    pipeline.submitToCluster(publication);
    return publication.done();
  }

  private Spool spool() {
    if (spool == null) {
      throw new IllegalStateException("the stream has no spool; give it one with spool(...)");
    }
    return spool;
  }

  /**
   * Takes no more events, waits until those taken are settled or the close time-out is over, spools
   * or else refuses the rest, and closes sink, spool, transformer and resolver. Joins every thread
   * that the stream started.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    Fate.Refused late =
        new Fate.Refused(
            Refusal.CLOSED, "the stream was closed before it was written", RETRY_AFTER_TIMEOUT);
    pipeline.drain();
    inFlight.awaitNone(closeTimeout.toNanos());
    pipeline.stopWaiting(late);
    inFlight.awaitNone(SPOOL_TIMEOUT.toNanos());
    pipeline.refuseRest(late);
    timer.stop();
    replay.stop();
    try {
      sink.close();
    } finally {
      try {
        if (spool != null) {
          spool.close();
        }
      } finally {
        transformer.close();
      }
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
    boolean isClosed = closed;
    listener.published(PublishCounts.refused(isClosed ? Refusal.CLOSED : Refusal.IN_FLIGHT, count));
    Outcome outcome =
        isClosed
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
    private int @Nullable [] positions; // as Outcomes has them; null as long as none is rejected
    private int count;
    private long admitted;

    Intake(long admitted, int expectedSize) {
      this.admitted = admitted;
      this.documents = buffers.builder((int) Math.min(admitted, 16 << 20), expectedSize);
    }

    void add(ReadEvent event) {
      Outcome.Rejected no =
          event instanceof BrokenEvent b
              ? new Outcome.Rejected(b.code(), b.reason(), b.offset())
              : transform((Event) event);
      if (no != null) {
        rejected.add(no);
      }
      if (no != null || positions != null) {
        position(no == null ? documents.size() - 1 : -rejected.size());
      }
      count++;
    }

    private void position(int position) {
      int[] all = positions;
      if (all == null) {
        all = IntStream.range(0, count + 1).toArray();
      } else if (count == all.length) {
        all = Arrays.copyOf(all, 2 * count);
      }
      all[count] = position;
      positions = all;
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

    CompletableFuture<List<Outcome>> submit(Acknowledgement when) {
      DocumentBatch batch = documents.build();
      Outcome.Rejected[] notTaken = rejected.toArray(NONE_REJECTED);
      int[] all = positions == null ? null : Arrays.copyOf(positions, count);
      if (batch.size() == 0) {
        abandon();
        tell(List.of(), false, 0);
        return CompletableFuture.completedFuture(new Outcomes(batch, List.of(), notTaken, all));
      }
      long more = batch.byteSize() - admitted;
      if (more > 0) {
        inFlight.acquireMore(more);
        admitted += more;
      }
      long acceptedAt = timer.nanoTime();
      Publication publication =
          new Publication(batch, acceptedAt, clock.instant(), listener.publishing());
      CompletableFuture<List<Outcome>> outcomes =
          publication
              .done()
              .thenApply(
                  fates -> {
                    abandon();
                    boolean writtenAtOnce = publication.isWrittenAtOnce();
                    tell(fates, writtenAtOnce, timer.nanoTime() - acceptedAt);
                    DocumentBatch kept = writtenAtOnce ? buffers.recycle(batch) : batch;
                    return new Outcomes(kept, fates, notTaken, all);
                  });
      pipeline.submit(publication, when);
      return outcomes;
    }

    private void tell(List<Fate> fates, boolean uniform, long nanos) {
      if (listener != StreamListener.NONE) {
        listener.published(PublishCounts.of(fates, uniform, rejected, documents.idMisses(), nanos));
      }
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
    // A sink copies a bulk once or twice, several are in flight, and the replay holds some more.
    private int maxBatchBytes = (int) Math.min(5 << 20, Runtime.getRuntime().maxMemory() / 128);
    private Duration linger = Duration.ofMillis(5);
    private int maxInFlightRequests = 4;
    private long maxInFlightBytes = Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 4);
    private @Nullable Duration deliveryTimeout;
    private @Nullable Spool spool;
    private Acknowledgement acknowledgement = Acknowledgement.INDEXED;
    private int eventsPerSecond;
    private Duration giveUpAfter = Duration.ZERO;
    private Duration backoff = Duration.ofMillis(50);
    private Duration maxBackoff = Duration.ofSeconds(2);
    private Duration closeTimeout = Duration.ofSeconds(15);
    private StreamListener listener = StreamListener.NONE;

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
     * @param bytes at least 1; by default 5 MiB, or a 128th of the heap where that is less
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
     * Sets where documents go that cannot be written now, or never. Without one they are refused
     * and rejected.
     *
     * @param newSpool the spool; closed with the stream
     * @return this builder
     */
    public Builder spool(Spool newSpool) {
      this.spool = requireNonNull(newSpool, "spool");
      return this;
    }

    /**
     * Sets when an event is answered as accepted, where its publish call does not say.
     *
     * @param when {@link Acknowledgement#INDEXED} by default; {@link Acknowledgement#SPOOLED} needs
     *     a spool
     * @return this builder
     */
    public Builder acknowledge(Acknowledgement when) {
      this.acknowledgement = requireNonNull(when, "acknowledgement");
      return this;
    }

    /**
     * Sets how many documents a second go to the cluster at most, over time. The spool, which is
     * needed for that, takes the excess.
     *
     * @param events at least 1; without a bound by default
     * @return this builder
     */
    public Builder throttle(int events) {
      this.eventsPerSecond = Math.toIntExact(atLeast("throttle", events, 1));
      return this;
    }

    /**
     * Sets for how long a document of the spool may fail while the cluster takes others, until it
     * becomes a dead letter with the last reason. Concerns a document that fails alone for a reason
     * that is unknown, and those of an index that takes nothing. Counted from its first failure in
     * this process.
     *
     * @param time at least 1 s; zero, the default: it is tried for ever
     * @return this builder
     */
    public Builder giveUpAfter(Duration time) {
      if (!time.isZero()) {
        atLeast("giveUpAfter (in ms)", time.toMillis(), 1_000);
      }
      this.giveUpAfter = time;
      return this;
    }

    /**
     * Sets how long an event may take from its acceptance to the cluster's acknowledgement, retries
     * included; then it is spooled, or refused where there is no spool.
     *
     * @param time at least 1 ms; by default 2 s with a spool, and 10 s without
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
     * Sets who is told what the stream does, for metrics. There is one; by default nobody.
     *
     * @param newListener fast, and never blocks
     * @return this builder
     */
    public Builder listener(StreamListener newListener) {
      requireNonNull(newListener, "listener");
      this.listener =
          newListener == StreamListener.NONE ? newListener : new GuardedListener(newListener);
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
      if (spool == null && (acknowledgement == Acknowledgement.SPOOLED || eventsPerSecond > 0)) {
        throw new IllegalStateException(
            (eventsPerSecond > 0 ? "throttle" : "acknowledge(SPOOLED)")
                + " needs a spool; set one with spool(MapDbSpool.open(directory))");
      }
      if (sink != null) {
        return new EventStream(this, sink);
      }
      if (sinkUrls.isEmpty()) {
        throw new IllegalStateException("no sink is set; call sink(\"http://localhost:9200\")");
      }
      return new EventStream(this, open(sinkUrls));
    }

    private Pipeline.Settings settings() {
      Duration standard = Duration.ofSeconds(spool == null ? 10 : 2);
      return new Pipeline.Settings(
          maxBatchEvents,
          maxBatchBytes,
          linger,
          maxInFlightRequests,
          deliveryTimeout == null ? standard : deliveryTimeout,
          backoff,
          maxBackoff,
          eventsPerSecond,
          giveUpAfter);
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
                  "the sink URLs "
                      + urls.stream().map(u -> CredentialMask.urls(u.toString())).toList()
                      + " are not of one cluster; give one stream one cluster");
            }
          }
          return provider.open(urls);
        }
      }
      throw new IllegalArgumentException(
          "no transport on the class path knows the scheme of "
              + CredentialMask.urls(urls.get(0).toString())
              + "; for http and https add the dependency dev.eventstream:eventstream-es");
    }

    private static URI url(String url) {
      URI uri;
      try {
        uri = URI.create(url.strip());
      } catch (IllegalArgumentException e) {
        // not its cause, which shows a password that stands in the URL
        throw new IllegalArgumentException(
            "the sink URL \""
                + CredentialMask.urls(url)
                + "\" is no URL; it looks like http://localhost:9200");
      }
      if (uri.getScheme() == null) {
        throw new IllegalArgumentException(
            "the sink URL \""
                + CredentialMask.urls(url)
                + "\" has no scheme; it looks like http://localhost:9200");
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
