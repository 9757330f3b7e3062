package dev.eventstream;

import static java.util.Objects.requireNonNull;

import dev.eventstream.internal.CredentialMask;
import dev.eventstream.internal.delivery.Pipeline;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.SinkProvider;
import dev.eventstream.spi.Spool;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Builds an {@link EventStream}. Not thread-safe. */
public final class EventStreamBuilder {
  private @Nullable EventSink sink;
  private List<URI> sinkUrls = List.of();
  private @Nullable EventTransformer transformer;
  private @Nullable IdResolver idResolver;
  private int maxBatchEvents = 1_000;
  // A sink copies a bulk once or twice, several are in flight, and the replay holds some more.
  private int maxBatchBytes = (int) Math.min(5 << 20, Runtime.getRuntime().maxMemory() / 128);
  private Duration linger = Duration.ofMillis(5);
  private int maxInFlightRequests = 4;
  long maxInFlightBytes = Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 4);
  private @Nullable Duration deliveryTimeout;
  @Nullable Spool spool;
  Acknowledgement acknowledgement = Acknowledgement.INDEXED;
  private int eventsPerSecond;
  private Duration giveUpAfter = Duration.ZERO;
  private Duration backoff = Duration.ofMillis(50);
  private Duration maxBackoff = Duration.ofSeconds(2);
  Duration closeTimeout = Duration.ofSeconds(15);
  StreamListener listener = StreamListener.NONE;

  EventStreamBuilder() {}

  /**
   * Sets where documents go, by URL. The scheme finds the transport: with {@code eventstream-es} on
   * the class path, {@code http} and {@code https} are Elasticsearch or OpenSearch.
   *
   * @param urls one or several addresses of one cluster
   * @return this builder
   */
  public EventStreamBuilder sink(String... urls) {
    this.sinkUrls = Stream.of(urls).map(EventStreamBuilder::url).toList();
    return this;
  }

  /**
   * Sets where documents go.
   *
   * @param eventSink the sink; closed with the stream
   * @return this builder
   */
  public EventStreamBuilder sink(EventSink eventSink) {
    this.sink = requireNonNull(eventSink, "sink");
    return this;
  }

  /**
   * Sets how events become documents; by default a {@link DefaultEventTransformer}.
   *
   * @param eventTransformer the transformer; closed with the stream
   * @return this builder
   */
  public EventStreamBuilder transformer(EventTransformer eventTransformer) {
    this.transformer = requireNonNull(eventTransformer, "transformer");
    return this;
  }

  /**
   * Sets where the default transformer gets event IDs from; by default none are known.
   *
   * @param resolver the resolver; closed with the stream
   * @return this builder
   */
  public EventStreamBuilder idResolver(IdResolver resolver) {
    this.idResolver = requireNonNull(resolver, "idResolver");
    return this;
  }

  /**
   * Sets how many documents a bulk request holds at most.
   *
   * @param events at least 1; 1,000 by default
   * @return this builder
   */
  public EventStreamBuilder maxBatchEvents(int events) {
    this.maxBatchEvents = Math.toIntExact(atLeast("maxBatchEvents", events, 1));
    return this;
  }

  /**
   * Sets how many bytes of documents a bulk request holds at most; a larger document goes alone.
   *
   * @param bytes at least 1; by default 5 MiB, or a 128th of the heap where that is less
   * @return this builder
   */
  public EventStreamBuilder maxBatchBytes(int bytes) {
    this.maxBatchBytes = Math.toIntExact(atLeast("maxBatchBytes", bytes, 1));
    return this;
  }

  /**
   * Sets how long a document waits for others to share its bulk request while another request is in
   * flight. When none is, nothing waits.
   *
   * @param time zero or more; 5 ms by default
   * @return this builder
   */
  public EventStreamBuilder linger(Duration time) {
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
  public EventStreamBuilder maxInFlightRequests(int requests) {
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
  public EventStreamBuilder maxInFlightBytes(long bytes) {
    this.maxInFlightBytes = atLeast("maxInFlightBytes", bytes, 1);
    return this;
  }

  /**
   * Sets where documents go that cannot be written now, or never. Without one they are refused and
   * rejected.
   *
   * @param newSpool the spool; closed with the stream
   * @return this builder
   */
  public EventStreamBuilder spool(Spool newSpool) {
    this.spool = requireNonNull(newSpool, "spool");
    return this;
  }

  /**
   * Sets when an event is answered as accepted, where its publish call does not say.
   *
   * @param when {@link Acknowledgement#INDEXED} by default; {@link Acknowledgement#SPOOLED} needs a
   *     spool
   * @return this builder
   */
  public EventStreamBuilder acknowledge(Acknowledgement when) {
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
  public EventStreamBuilder throttle(int events) {
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
  public EventStreamBuilder giveUpAfter(Duration time) {
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
  public EventStreamBuilder deliveryTimeout(Duration time) {
    atLeast("deliveryTimeout (in ms)", time.toMillis(), 1);
    this.deliveryTimeout = time;
    return this;
  }

  /**
   * Sets the bound of the random wait before the second attempt; it doubles with each further one.
   *
   * @param first at least 1 ms; 50 ms by default
   * @param max at least {@code first}; 2 s by default
   * @return this builder
   */
  public EventStreamBuilder backoff(Duration first, Duration max) {
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
  public EventStreamBuilder listener(StreamListener newListener) {
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
  public EventStreamBuilder closeTimeout(Duration time) {
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

  Pipeline.Settings settings() {
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

  EventTransformer buildTransformer() {
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
      throw new IllegalArgumentException(setting + " is " + value + "; it must be at least " + min);
    }
    return value;
  }
}
