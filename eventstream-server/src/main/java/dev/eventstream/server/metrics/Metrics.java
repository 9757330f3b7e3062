package dev.eventstream.server.metrics;

import dev.eventstream.EventStream;
import dev.eventstream.EventStreamBuilder;
import dev.eventstream.id.DirectoryIdResolver;
import dev.eventstream.micrometer.EventStreamMetrics;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.server.http.RequestError;
import dev.eventstream.server.http.RequestObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import java.io.File;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.eclipse.jetty.server.Handler;
import org.jspecify.annotations.Nullable;

/**
 * The meters of a server: those of its stream, its HTTP requests and the JVM. {@link #handler()}
 * exposes them, and an OpenTelemetry collector gets them if one is configured. {@code
 * docs/metrics.md} describes each. Thread-safe.
 */
public final class Metrics implements RequestObserver, AutoCloseable {
  private static final String[] STATUSES = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

  private final PrometheusMeterRegistry prometheus;
  private final @Nullable OtlpMeterRegistry otlp;
  private final MeterRegistry registry;
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final EventStreamMetrics stream;
  private final Map<String, AtomicReferenceArray<@Nullable Counter>> requests =
      new ConcurrentHashMap<>();
  private final Map<RequestError, Counter> byError = new EnumMap<>(RequestError.class);
  private final Counter bodyBytes;
  private final IndexMetrics indices;

  private Metrics(String version, @Nullable OtlpMeterRegistry otlp) {
    this.prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    this.otlp = otlp;
    this.registry = otlp == null ? prometheus : both(prometheus, otlp);
    new JvmInfoMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    gc.bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    Gauge.builder("eventstream.build.info", () -> 1)
        .description("Always 1; the label is the version")
        .tag("version", version)
        .strongReference(true)
        .register(registry);
    this.stream = new EventStreamMetrics(registry);
    for (RequestError error : RequestError.values()) {
      byError.put(
          error,
          Counter.builder("eventstream.http.refusals")
              .description("Requests that were not processed as a whole, by reason")
              .tag("reason", error.wireName())
              .register(registry));
    }
    this.bodyBytes =
        Counter.builder("eventstream.http.request.body")
            .description("Bytes of request bodies that were read")
            .baseUnit("bytes")
            .register(registry);
    this.indices = new IndexMetrics(registry);
  }

  private static MeterRegistry both(MeterRegistry one, MeterRegistry other) {
    CompositeMeterRegistry both = new CompositeMeterRegistry();
    both.add(one);
    both.add(other);
    return both;
  }

  public static Metrics create(String version) {
    return new Metrics(version, null);
  }

  /**
   * Creates meters that are also sent to a collector periodically, and a last time on close.
   * Headers, for example with a token, come from {@code OTEL_EXPORTER_OTLP_HEADERS}, and further
   * attributes from {@code OTEL_RESOURCE_ATTRIBUTES}, as OpenTelemetry specifies.
   *
   * @param otlpUrl such as {@code http://localhost:4318/v1/metrics}; without credentials, since it
   *     is logged
   * @param interval at least 1 s
   * @throws IllegalArgumentException if the interval is shorter
   */
  public static Metrics create(String version, URI otlpUrl, Duration interval) {
    if (interval.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "the OTLP interval is " + interval.toMillis() + " ms; it must be at least 1 s");
    }
    OtlpConfig config =
        new OtlpConfig() {
          @Override
          public @Nullable String get(String key) {
            return null; // the defaults
          }

          @Override
          public String url() {
            return otlpUrl.toString();
          }

          @Override
          public Duration step() {
            return interval;
          }

          @Override
          public Map<String, String> resourceAttributes() {
            Map<String, String> attributes = new HashMap<>(OtlpConfig.super.resourceAttributes());
            attributes.putIfAbsent("service.name", "eventstream");
            attributes.putIfAbsent("service.version", version);
            return attributes;
          }
        };
    return new Metrics(version, OtlpMeterRegistry.builder(config).build());
  }

  /** The listener to pass to {@link EventStreamBuilder#listener}. */
  public StreamListener listener() {
    return stream;
  }

  /** The meters of what happens to indices. */
  public IndexMetrics indices() {
    return indices;
  }

  /**
   * Exposes the state of a stream.
   *
   * @param watched the stream that notifies {@link #listener()}
   */
  public void watch(EventStream watched) {
    stream.watch(watched);
  }

  /** Exposes the state of the ID tables. */
  public void watch(DirectoryIdResolver resolver) {
    stream.watch(resolver);
  }

  /** Exposes the number of open connections. */
  public void watchConnections(IntSupplier connections) {
    Gauge.builder("eventstream.http.connections", connections, IntSupplier::getAsInt)
        .description("Open connections")
        .strongReference(true)
        .register(registry);
  }

  /**
   * Exposes size and free space of the spool's disk.
   *
   * @param spool a directory on it
   */
  public void watchDisk(Path spool) {
    File disk = spool.toFile();
    Gauge.builder("eventstream.spool.disk.free", disk, File::getUsableSpace)
        .description("Free bytes on the disk of the spool")
        .baseUnit("bytes")
        .strongReference(true)
        .register(registry);
    Gauge.builder("eventstream.spool.disk.size", disk, File::getTotalSpace)
        .description("Size of the disk of the spool")
        .baseUnit("bytes")
        .strongReference(true)
        .register(registry);
  }

  /** Exposes the heap, in bytes, that requests take. */
  public void watchRequestMemory(LongSupplier bytes) {
    Gauge.builder("eventstream.http.request.memory", bytes, LongSupplier::getAsLong)
        .description("Heap that bodies and answers of requests take")
        .baseUnit("bytes")
        .strongReference(true)
        .register(registry);
  }

  /**
   * Exposes the backups.
   *
   * @param interval at which they are made
   * @param lastGood seconds from 1970 to the newest good one; 0: none is known
   * @param lastDuration of that one in milliseconds
   * @return counts a failed attempt
   */
  public Runnable watchBackups(
      Duration interval, LongSupplier lastGood, LongSupplier lastDuration) {
    Gauge.builder("eventstream.backup.interval", interval, Duration::toSeconds)
        .description("Interval of the backups")
        .baseUnit("seconds")
        .strongReference(true)
        .register(registry);
    Gauge.builder("eventstream.backup.last.good.timestamp", lastGood, LongSupplier::getAsLong)
        .description("Time of the newest good backup since 1970; 0 if none is known")
        .baseUnit("seconds")
        .strongReference(true)
        .register(registry);
    Gauge.builder(
            "eventstream.backup.last.good.duration", lastDuration, time -> time.getAsLong() / 1e3)
        .description("Time that the newest good backup took")
        .baseUnit("seconds")
        .strongReference(true)
        .register(registry);
    return Counter.builder("eventstream.backup.failures")
            .description("Attempts to make a backup that failed, or whose backup is not complete")
            .register(registry)
        ::increment;
  }

  @Override
  public void answered(String endpoint, int status, long bytes, @Nullable RequestError error) {
    int group = status / 100;
    int index = group >= 1 && group < STATUSES.length ? group : 0;
    AtomicReferenceArray<@Nullable Counter> byStatus =
        requests.computeIfAbsent(endpoint, e -> new AtomicReferenceArray<>(STATUSES.length));
    Counter counter = byStatus.get(index);
    if (counter == null) { // registering a meter again returns the same one
      counter =
          Counter.builder("eventstream.http.requests")
              .description("Completed requests by endpoint and status")
              .tag("endpoint", endpoint)
              .tag("status", STATUSES[index])
              .register(registry);
      byStatus.set(index, counter);
    }
    counter.increment();
    if (bytes > 0) {
      bodyBytes.increment((double) bytes);
    }
    Counter errors = error == null ? null : byError.get(error);
    if (errors != null) {
      errors.increment();
    }
  }

  /** A new handler for {@code GET /metrics}: Prometheus text, or OpenMetrics if preferred. */
  public Handler handler() {
    return new MetricsHandler(prometheus);
  }

  /** Sends the meters a last time if there is a collector, which can take some seconds. */
  @Override
  public void close() {
    if (otlp != null) {
      otlp.close();
    }
    registry.close();
    prometheus.close();
    gc.close();
  }
}
