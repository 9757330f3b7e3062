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
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Builds an {@link EventStream}. Not thread-safe. */
public final class EventStreamBuilder {
  /** The schemes of the transport that most applications use. */
  private static final Set<String> HTTP = Set.of("http", "https");

  private @Nullable EventSink sink;
  private List<URI> sinkUrls = List.of();
  private @Nullable EventTransformer transformer;
  private @Nullable IdResolver idResolver;
  private @Nullable EventStep steps;
  private int maxBatchEvents = 1_000;
  // A sink copies a bulk request once or twice, several are in flight, and the replay holds some
  // more.
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
   * Sets the sink by URL. The scheme selects the transport: with {@code eventstream-es} on the
   * class path, {@code http} and {@code https} select Elasticsearch or OpenSearch.
   *
   * @param urls one or more addresses of the same cluster
   */
  public EventStreamBuilder sink(String... urls) {
    this.sinkUrls = Stream.of(urls).map(EventStreamBuilder::url).toList();
    return this;
  }

  /**
   * Sets the sink.
   *
   * @param eventSink closed with the stream
   */
  public EventStreamBuilder sink(EventSink eventSink) {
    this.sink = requireNonNull(eventSink, "sink");
    return this;
  }

  /**
   * Sets the transformer that turns events into documents; a {@link DefaultEventTransformer} by
   * default.
   *
   * @param eventTransformer closed with the stream
   */
  public EventStreamBuilder transformer(EventTransformer eventTransformer) {
    this.transformer = requireNonNull(eventTransformer, "transformer");
    return this;
  }

  /**
   * Sets the source of event IDs for the default transformer; no IDs are known by default.
   *
   * @param resolver closed with the stream
   */
  public EventStreamBuilder idResolver(IdResolver resolver) {
    this.idResolver = requireNonNull(resolver, "idResolver");
    return this;
  }

  /**
   * Sets what changes or drops events before the transformer gets them; nothing by default.
   *
   * @param first the first step, closed with the stream
   * @param others the steps after it, in order
   */
  public EventStreamBuilder steps(EventStep first, EventStep... others) {
    EventStep all = requireNonNull(first, "first");
    for (EventStep other : others) {
      all = all.andThen(other);
    }
    this.steps = all;
    return this;
  }

  /**
   * Sets the maximum number of documents in a bulk request.
   *
   * @param events at least 1; 1,000 by default
   */
  public EventStreamBuilder maxBatchEvents(int events) {
    this.maxBatchEvents = Math.toIntExact(atLeast("maxBatchEvents", events, 1));
    return this;
  }

  /**
   * Sets the maximum number of bytes of documents in a bulk request. A larger document is sent
   * alone.
   *
   * @param bytes at least 1; by default 5 MiB, or 1/128 of the heap if that is less
   */
  public EventStreamBuilder maxBatchBytes(int bytes) {
    this.maxBatchBytes = Math.toIntExact(atLeast("maxBatchBytes", bytes, 1));
    return this;
  }

  /**
   * Sets how long a document waits for others to share its bulk request while another request is in
   * flight. If no request is in flight, documents do not wait.
   *
   * @param time zero or more; 5 ms by default
   */
  public EventStreamBuilder linger(Duration time) {
    atLeast("linger (in ns)", time.toNanos(), 0);
    this.linger = time;
    return this;
  }

  /**
   * Sets the maximum number of concurrent bulk requests.
   *
   * @param requests at least 1; 4 by default
   */
  public EventStreamBuilder maxInFlightRequests(int requests) {
    this.maxInFlightRequests = Math.toIntExact(atLeast("maxInFlightRequests", requests, 1));
    return this;
  }

  /**
   * Sets the maximum number of bytes of accepted documents that are not settled. Beyond it, events
   * are refused. A batch that is larger is accepted when nothing else is in flight.
   *
   * @param bytes at least 1; by default 64 MiB, or a quarter of the heap if that is less
   */
  public EventStreamBuilder maxInFlightBytes(long bytes) {
    this.maxInFlightBytes = atLeast("maxInFlightBytes", bytes, 1);
    return this;
  }

  /**
   * Sets the spool for documents that cannot be written now, or never. Without a spool, such events
   * are refused or rejected.
   *
   * @param newSpool closed with the stream
   */
  public EventStreamBuilder spool(Spool newSpool) {
    this.spool = requireNonNull(newSpool, "spool");
    return this;
  }

  /**
   * Sets when accepted events are acknowledged, unless the publish call says otherwise.
   *
   * @param when {@link Acknowledgement#INDEXED} by default; {@link Acknowledgement#SPOOLED} needs a
   *     spool
   */
  public EventStreamBuilder acknowledge(Acknowledgement when) {
    this.acknowledgement = requireNonNull(when, "acknowledgement");
    return this;
  }

  /**
   * Limits the average number of documents per second sent to the cluster. The excess goes to the
   * spool, which is required for this setting.
   *
   * @param events at least 1; unlimited by default
   */
  public EventStreamBuilder throttle(int events) {
    this.eventsPerSecond = Math.toIntExact(atLeast("throttle", events, 1));
    return this;
  }

  /**
   * Sets how long a spooled document may fail while the cluster accepts others. After that it
   * becomes a dead letter with its last failure as the reason. Applies to documents that fail alone
   * for an unknown reason, and to documents of an index that accepts none. The time is counted from
   * the first failure in this process.
   *
   * @param time at least 1 s; zero, the default, means retry without limit
   */
  public EventStreamBuilder giveUpAfter(Duration time) {
    if (!time.isZero()) {
      atLeast("giveUpAfter (in ms)", time.toMillis(), 1_000);
    }
    this.giveUpAfter = time;
    return this;
  }

  /**
   * Sets the maximum time from the acceptance of an event to the cluster's acknowledgement, retries
   * included. After that the event is spooled, or refused if there is no spool.
   *
   * @param time at least 1 ms; by default 2 s with a spool, and 10 s without
   */
  public EventStreamBuilder deliveryTimeout(Duration time) {
    atLeast("deliveryTimeout (in ms)", time.toMillis(), 1);
    this.deliveryTimeout = time;
    return this;
  }

  /**
   * Sets the upper bound of the random delay before the second attempt. It doubles with each
   * further attempt.
   *
   * @param first at least 1 ms; 50 ms by default
   * @param max at least {@code first}; 2 s by default
   */
  public EventStreamBuilder backoff(Duration first, Duration max) {
    atLeast("backoff (in ms)", first.toMillis(), 1);
    atLeast("the maximum backoff (in ms)", max.toMillis(), first.toMillis());
    this.backoff = first;
    this.maxBackoff = max;
    return this;
  }

  /**
   * Sets the listener that is notified of what the stream does, for example to record metrics.
   * There is at most one; none by default.
   *
   * @param newListener must be fast and must not block
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
   */
  public EventStreamBuilder closeTimeout(Duration time) {
    atLeast("closeTimeout (in ms)", time.toMillis(), 0);
    this.closeTimeout = time;
    return this;
  }

  /**
   * Builds the stream. Does not wait until the sink's target is available.
   *
   * @throws IllegalStateException if no sink is set, or if both a transformer and a resolver are
   *     set
   * @throws IllegalArgumentException if no transport supports the scheme of the sink's URLs
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
    EventTransformer last = transformer;
    if (last == null) {
      last =
          DefaultEventTransformer.builder()
              .idResolver(idResolver == null ? IdResolver.none() : idResolver)
              .build();
    }
    return steps == null ? last : steps.andThen(last);
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
                    + " do not belong to one cluster; use one stream per cluster");
          }
        }
        return provider.open(urls);
      }
    }
    throw new IllegalArgumentException(unsupported(scheme, urls.get(0)));
  }

  private static String unsupported(String scheme, URI url) {
    Set<String> known = new TreeSet<>();
    ServiceLoader.load(SinkProvider.class).forEach(provider -> known.addAll(provider.schemes()));
    String shown = CredentialMask.urls(url.toString());
    if (HTTP.contains(scheme)) {
      return "no transport for the sink URL "
          + shown
          + " is on the class path; add the dependency dev.eventstream:eventstream-es";
    }
    return "the sink URL "
        + shown
        + " has the unknown scheme \""
        + scheme
        + "\"; "
        + (known.isEmpty()
            ? "no transport is on the class path; for http and https add the dependency"
                + " dev.eventstream:eventstream-es"
            : "known are " + String.join(", ", known));
  }

  private static URI url(String url) {
    URI uri;
    try {
      uri = URI.create(requireNonNull(url, "sink URL").strip());
    } catch (IllegalArgumentException e) {
      // without the cause, whose message would contain a password in the URL
      throw new IllegalArgumentException(
          "the sink URL \""
              + CredentialMask.urls(url)
              + "\" is not a valid URL; expected one such as http://localhost:9200");
    }
    if (uri.getScheme() == null) {
      throw new IllegalArgumentException(
          "the sink URL \""
              + CredentialMask.urls(url)
              + "\" has no scheme; expected one such as http://localhost:9200");
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
