package dev.eventstream.spring;

import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.EventStream;
import dev.eventstream.EventStreamBuilder;
import dev.eventstream.es.Credentials;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.ElasticsearchSinkBuilder;
import dev.eventstream.spi.IndexPattern;
import dev.eventstream.spool.MapDbSpool;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.util.unit.DataSize;

/** The SDK's builders with the properties applied. The properties are checked together. */
final class StreamSettings {
  private static final List<URI> ANY_CLUSTER = List.of(URI.create("http://localhost:9200"));

  private final List<String> faults = new ArrayList<>();
  private final ElasticsearchSinkBuilder sink;
  private final DefaultEventTransformer.Builder transformer;
  private final MapDbSpool.Builder spool;
  private final EventStreamBuilder stream;

  /**
   * Applies the properties.
   *
   * @throws InvalidEventStreamPropertiesException with all faults that can be found without opening
   *     files or connections
   */
  StreamSettings(EventStreamProperties properties, ObjectProvider<SslBundles> bundles) {
    this.sink = sink(properties, bundles);
    this.transformer = transformer(properties);
    this.spool = spool(properties.spool());
    this.stream = stream(properties);
    if (properties.idDir() != null && properties.idFile() != null) {
      fault("id-dir and eventstream.id-file are both set; remove one of them");
    }
    if (!faults.isEmpty()) {
      throw new InvalidEventStreamPropertiesException(faults);
    }
  }

  ElasticsearchSinkBuilder sink() {
    return sink;
  }

  DefaultEventTransformer.Builder transformer() {
    return transformer;
  }

  MapDbSpool.Builder spool() {
    return spool;
  }

  EventStreamBuilder stream() {
    return stream;
  }

  private ElasticsearchSinkBuilder sink(
      EventStreamProperties properties, ObjectProvider<SslBundles> bundles) {
    EventStreamProperties.Cluster cluster = properties.cluster();
    ElasticsearchSinkBuilder builder = builder(properties.elasticsearchUrl());
    builder
        .hostNameVerification(cluster.verifyHost())
        .compressRequests(cluster.compress())
        .onMappingFailure(properties.onMappingFailure());
    apply("cluster.connect-timeout", cluster.connectTimeout(), builder::connectTimeout);
    apply("cluster.request-timeout", cluster.requestTimeout(), builder::requestTimeout);
    apply("cluster.sniff", cluster.sniff(), builder::sniffInterval);
    applySecret("cluster.headers", cluster.headers(), builder::headers);
    applyLogin(cluster, builder);
    applyCertificates(cluster, bundles, builder);
    applyProxy(cluster, builder);
    applyRepeats(properties, builder);
    return builder;
  }

  /** Values are not shown: a URL may contain a password. The sink's own messages hide it. */
  private ElasticsearchSinkBuilder builder(List<String> urls) {
    try {
      List<URI> nodes = new ArrayList<>();
      for (String url : urls) {
        nodes.add(new URI(url.strip()));
      }
      return ElasticsearchSink.builder(nodes);
    } catch (URISyntaxException e) {
      fault("elasticsearch-url is not a URL; write one such as http://localhost:9200");
    } catch (IllegalArgumentException e) {
      fault("elasticsearch-url is not valid: " + e.getMessage());
    }
    return ElasticsearchSink.builder(ANY_CLUSTER);
  }

  private void applyLogin(EventStreamProperties.Cluster cluster, ElasticsearchSinkBuilder builder) {
    Supplier<String> password =
        secret("cluster.password", cluster.password(), cluster.passwordFile());
    Supplier<String> apiKey = secret("cluster.api-key", cluster.apiKey(), cluster.apiKeyFile());
    Supplier<String> token = secret("cluster.token", cluster.token(), cluster.tokenFile());
    String user = given(cluster.user());
    together("cluster.user", user, "cluster.password", password);
    if (Stream.of(user, apiKey, token).filter(login -> login != null).count() > 1) {
      fault("cluster has several of user, api-key and token; remove all but one");
      return;
    }
    if (user != null && password != null) {
      apply("cluster.user", user, name -> builder.credentials(Credentials.basic(name, password)));
    } else if (apiKey != null) {
      applySecret("cluster.api-key", apiKey, key -> builder.credentials(Credentials.apiKey(key)));
    } else if (token != null) {
      applySecret("cluster.token", token, key -> builder.credentials(Credentials.bearer(key)));
    }
  }

  private void applyCertificates(
      EventStreamProperties.Cluster cluster,
      ObjectProvider<SslBundles> bundles,
      ElasticsearchSinkBuilder builder) {
    apply("cluster.ssl-bundle", given(cluster.sslBundle()), name -> bundle(name, bundles, builder));
    apply("cluster.ca", cluster.ca(), builder::certificateAuthorities);
    apply("cluster.fingerprint", given(cluster.fingerprint()), builder::certificateFingerprint);
    Supplier<String> password =
        secret("cluster.key-password", cluster.keyPassword(), cluster.keyPasswordFile());
    together("cluster.cert", cluster.cert(), "cluster.key", cluster.key());
    if (password != null && cluster.key() == null) {
      fault("cluster.key-password needs eventstream.cluster.key; set it, or remove the password");
    }
    if (cluster.cert() != null && cluster.key() != null) {
      if (password == null) {
        builder.clientCertificate(cluster.cert(), cluster.key());
      } else {
        builder.clientCertificate(cluster.cert(), cluster.key(), password);
      }
    }
  }

  private static void bundle(
      String name, ObjectProvider<SslBundles> provider, ElasticsearchSinkBuilder builder) {
    SslBundles bundles = provider.getObject();
    AtomicReference<SSLContext> context = new AtomicReference<>();
    try {
      context.set(bundles.getBundle(name).createSslContext());
    } catch (NoSuchSslBundleException e) {
      throw new IllegalArgumentException(
          "there is no such SSL bundle; define spring.ssl.bundle.pem."
              + name
              + " or spring.ssl.bundle.jks."
              + name,
          e);
    }
    bundles.addBundleUpdateHandler(name, changed -> context.set(changed.createSslContext()));
    builder.sslContext(context::get);
  }

  private void applyProxy(EventStreamProperties.Cluster cluster, ElasticsearchSinkBuilder builder) {
    Supplier<String> password =
        secret("cluster.proxy-password", cluster.proxyPassword(), cluster.proxyPasswordFile());
    String user = given(cluster.proxyUser());
    together("cluster.proxy-user", user, "cluster.proxy-password", password);
    if (user != null && given(cluster.proxy()) == null) {
      fault("cluster.proxy-user needs eventstream.cluster.proxy; set it, or remove the user");
    }
    apply(
        "cluster.proxy",
        given(cluster.proxy()),
        proxy -> {
          int colon = proxy.lastIndexOf(':');
          if (colon < 0 || !proxy.substring(colon + 1).matches("\\d{1,5}")) {
            throw new IllegalArgumentException("write host:port, such as proxy.example.com:3128");
          }
          builder.proxy(proxy.substring(0, colon), Integer.parseInt(proxy.substring(colon + 1)));
        });
    if (user != null && password != null) {
      apply("cluster.proxy-user", user, name -> builder.proxyCredentials(name, password));
    }
  }

  private void applyRepeats(EventStreamProperties properties, ElasticsearchSinkBuilder builder) {
    apply(
        "index",
        properties.index(),
        index -> {
          IndexPattern pattern = IndexPattern.parse(index);
          if (!properties.repeatWindow().isZero()) {
            apply(
                "repeat-window",
                properties.repeatWindow(),
                window -> builder.recogniseRepeats(pattern, window));
          }
        });
  }

  private DefaultEventTransformer.Builder transformer(EventStreamProperties properties) {
    DefaultEventTransformer.Builder builder =
        DefaultEventTransformer.builder()
            .index(properties.index())
            .rejectUnknownValues(
                properties.unknownValues() == EventStreamProperties.UnknownValues.REJECT)
            .reservedMembers(properties.reservedMembers());
    apply("max-event-types", properties.maxEventTypes(), builder::maxEventTypes);
    apply("max-fields", properties.maxFields(), builder::maxFields);
    apply("max-values", properties.maxValues(), builder::maxValues);
    apply(
        "max-event-age",
        properties.maxEventAge(),
        age -> {
          builder.timestampWindow(age, Duration.ZERO);
          apply(
              "max-event-ahead",
              properties.maxEventAhead(),
              ahead -> builder.timestampWindow(age, ahead));
        });
    Set<String> types =
        properties.eventTypes().stream()
            .filter(type -> !type.isBlank())
            .collect(Collectors.toCollection(LinkedHashSet::new));
    apply(
        "event-types",
        types,
        allowed -> { // only built to check the types
          DefaultEventTransformer.builder().allowedEventTypes(allowed).build().close();
          builder.allowedEventTypes(allowed);
        });
    return builder;
  }

  private MapDbSpool.Builder spool(EventStreamProperties.Spool properties) {
    MapDbSpool.Builder builder = MapDbSpool.builder(properties.dir());
    applyBytes("spool.max-bytes", properties.maxBytes(), builder::maxBytes);
    applyBytes("spool.min-free-bytes", properties.minFreeBytes(), builder::minFreeBytes);
    applyBytes(
        "spool.max-dead-letter-bytes",
        properties.maxDeadLetterBytes(),
        builder::maxDeadLetterBytes);
    return builder;
  }

  private EventStreamBuilder stream(EventStreamProperties properties) {
    EventStreamBuilder builder = EventStream.builder().acknowledge(properties.ack());
    apply("delivery-timeout", properties.deliveryTimeout(), builder::deliveryTimeout);
    apply("give-up-after", properties.giveUpAfter(), builder::giveUpAfter);
    apply("throttle", properties.throttle(), builder::throttle);
    apply("max-batch-events", properties.maxBatchEvents(), builder::maxBatchEvents);
    applyBytes(
        "max-batch-bytes",
        properties.maxBatchBytes(),
        bytes -> {
          if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("it must be less than 2GB");
          }
          builder.maxBatchBytes((int) bytes.longValue());
        });
    apply("linger", properties.linger(), builder::linger);
    apply("max-in-flight-requests", properties.maxInFlightRequests(), builder::maxInFlightRequests);
    applyBytes("max-in-flight-bytes", properties.maxInFlightBytes(), builder::maxInFlightBytes);
    apply(
        "backoff",
        properties.backoff(),
        first -> {
          builder.backoff(first, first);
          apply("max-backoff", properties.maxBackoff(), max -> builder.backoff(first, max));
        });
    apply("close-timeout", properties.closeTimeout(), builder::closeTimeout);
    return builder;
  }

  // Faults

  private <T> void apply(String property, @Nullable T value, Consumer<T> setter) {
    if (value != null) {
      try {
        setter.accept(value);
      } catch (IllegalArgumentException e) {
        fault(property + " is \"" + shown(value) + "\": " + e.getMessage());
      }
    }
  }

  private void applyBytes(String property, @Nullable DataSize value, Consumer<Long> setter) {
    if (value != null) {
      apply(property, value, size -> setter.accept(size.toBytes()));
    }
  }

  private <T> void applySecret(String property, T value, Consumer<T> setter) {
    try {
      setter.accept(value);
    } catch (IllegalArgumentException e) {
      fault(property + " is not valid: " + e.getMessage());
    }
  }

  private @Nullable Supplier<String> secret(
      String property, @Nullable String value, @Nullable Path file) {
    String given = given(value);
    if (given != null && file != null) {
      fault(property + " and eventstream." + property + "-file are both set; remove one of them");
    }
    return file != null ? Credentials.inFile(file) : given != null ? () -> given : null;
  }

  private void together(String one, @Nullable Object first, String other, @Nullable Object second) {
    if ((first == null) != (second == null)) {
      String missing = first == null ? one : other;
      String present = first == null ? other : one;
      fault(present + " needs eventstream." + missing + "; set both, or none of them");
    }
  }

  /** An empty value counts as not set, as in a variable of a container. */
  private static @Nullable String given(@Nullable String text) {
    return text == null || text.isBlank() ? null : text;
  }

  private static String shown(Object value) {
    return value instanceof Duration time ? time.toMillis() + "ms" : String.valueOf(value);
  }

  private void fault(String fault) {
    faults.add("eventstream." + fault);
  }
}
