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
 * All meters of a server: those of its stream, of its HTTP requests and of the JVM. Shows them to
 * whoever asks for {@link #handler()}, and sends them to an OpenTelemetry collector where one is
 * named. {@code docs/metrics.md} explains each. Thread-safe.
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
  private final Map<RequestError, Counter> refusals = new EnumMap<>(RequestError.class);
  private final Counter bodyBytes;

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
    for (RequestError refusal : RequestError.values()) {
      refusals.put(
          refusal,
          Counter.builder("eventstream.http.refusals")
              .description("Requests that were turned away as a whole")
              .tag("reason", refusal.wireName())
              .register(registry));
    }
    this.bodyBytes =
        Counter.builder("eventstream.http.request.body")
            .description("Bytes of request bodies that were read")
            .baseUnit("bytes")
            .register(registry);
  }

  private static MeterRegistry both(MeterRegistry one, MeterRegistry other) {
    CompositeMeterRegistry both = new CompositeMeterRegistry();
    both.add(one);
    both.add(other);
    return both;
  }

  /**
   * Creates the meters.
   *
   * @param version of the server
   * @return the meters
   */
  public static Metrics create(String version) {
    return new Metrics(version, null);
  }

  /**
   * Creates the meters, and sends them to a collector again and again; a last time when closed.
   * Headers such as a token are taken from {@code OTEL_EXPORTER_OTLP_HEADERS}, further attributes
   * from {@code OTEL_RESOURCE_ATTRIBUTES}, as OpenTelemetry has it.
   *
   * @param version of the server
   * @param otlpUrl where the collector takes metrics over HTTP, such as {@code
   *     http://localhost:4318/v1/metrics}
   * @param interval how often, at least 1 s
   * @return the meters
   * @throws IllegalArgumentException when the interval is shorter, or the URL is none of HTTP or
   *     holds credentials: it is shown in the log
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

  /**
   * What counts for the stream.
   *
   * @return to be given to {@link EventStreamBuilder#listener}
   */
  public StreamListener listener() {
    return stream;
  }

  /**
   * Shows the state of the stream.
   *
   * @param watched the stream that tells {@link #listener()}
   */
  public void watch(EventStream watched) {
    stream.watch(watched);
  }

  /**
   * Shows how the ID tables get on.
   *
   * @param resolver the resolver of the stream
   */
  public void watch(DirectoryIdResolver resolver) {
    stream.watch(resolver);
  }

  /**
   * Shows how many connections are open.
   *
   * @param connections tells it now
   */
  public void watchConnections(IntSupplier connections) {
    Gauge.builder("eventstream.http.connections", connections, IntSupplier::getAsInt)
        .description("Connections that are open")
        .strongReference(true)
        .register(registry);
  }

  /**
   * Shows how much room the disk has.
   *
   * @param spool a directory on it
   */
  public void watchDisk(Path spool) {
    File disk = spool.toFile();
    Gauge.builder("eventstream.spool.disk.free", disk, File::getUsableSpace)
        .description("Bytes that are free on the disk where the spool is")
        .baseUnit("bytes")
        .strongReference(true)
        .register(registry);
    Gauge.builder("eventstream.spool.disk.size", disk, File::getTotalSpace)
        .description("How large that disk is")
        .baseUnit("bytes")
        .strongReference(true)
        .register(registry);
  }

  /**
   * Shows how much heap requests take.
   *
   * @param bytes tells it now
   */
  public void watchRequestMemory(LongSupplier bytes) {
    Gauge.builder("eventstream.http.request.memory", bytes, LongSupplier::getAsLong)
        .description("Heap that bodies and answers of requests take")
        .baseUnit("bytes")
        .strongReference(true)
        .register(registry);
  }

  @Override
  public void answered(String endpoint, int status, long bytes, @Nullable RequestError refusal) {
    int group = status / 100;
    int index = group >= 1 && group < STATUSES.length ? group : 0;
    AtomicReferenceArray<@Nullable Counter> byStatus =
        requests.computeIfAbsent(endpoint, e -> new AtomicReferenceArray<>(STATUSES.length));
    Counter counter = byStatus.get(index);
    if (counter == null) { // who registers a meter again gets the same one
      counter =
          Counter.builder("eventstream.http.requests")
              .description("Requests that are over, by endpoint and status")
              .tag("endpoint", endpoint)
              .tag("status", STATUSES[index])
              .register(registry);
      byStatus.set(index, counter);
    }
    counter.increment();
    if (bytes > 0) {
      bodyBytes.increment((double) bytes);
    }
    Counter refused = refusal == null ? null : refusals.get(refusal);
    if (refused != null) {
      refused.increment();
    }
  }

  /**
   * What answers {@code GET /metrics}: Prometheus text, or OpenMetrics where that is preferred.
   *
   * @return a new handler
   */
  public Handler handler() {
    return new MetricsHandler(prometheus);
  }

  /** Sends a last time where there is a collector, which takes up to some seconds. */
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
