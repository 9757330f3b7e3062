package dev.eventstream.spring;

import dev.eventstream.Acknowledgement;
import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.EventStream;
import dev.eventstream.EventStreamBuilder;
import dev.eventstream.EventTransformer;
import dev.eventstream.IdResolver;
import dev.eventstream.id.DirectoryIdResolver;
import dev.eventstream.micrometer.EventStreamMetrics;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.opentelemetry.EventStreamTracing;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.Spool;
import dev.eventstream.spool.MapDbIdResolver;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;

/**
 * Configures an {@link EventStream} from {@link EventStreamProperties}, unless the application has
 * one. Beans of the types {@link EventSink}, {@link Spool}, {@link EventTransformer}, {@link
 * IdResolver} and {@link StreamListener} become its parts; without them there are the sink for
 * Elasticsearch and OpenSearch, the spool on disk, and the transformer that the properties
 * describe.
 */
@AutoConfiguration(
    afterName = {
      "org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration",
      // Spring Boot 3
      "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.actuate.autoconfigure.opentelemetry.OpenTelemetryAutoConfiguration",
      // Spring Boot 4
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration"
    })
@ConditionalOnProperty(prefix = "eventstream", name = "enabled", matchIfMissing = true)
@EnableConfigurationProperties(EventStreamProperties.class)
@ImportRuntimeHints(EventStreamRuntimeHints.class)
public class EventStreamAutoConfiguration {

  EventStreamAutoConfiguration() {}

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnMissingBean(EventStream.class)
  static class StreamConfiguration {

    @Bean
    StreamSettings eventStreamSettings(
        EventStreamProperties properties, ObjectProvider<SslBundles> bundles) {
      return new StreamSettings(properties, bundles);
    }

    @Bean
    @ConditionalOnProperty(prefix = "eventstream", name = "id-dir")
    @ConditionalOnMissingBean(IdResolver.class)
    DirectoryIdResolver eventStreamIdResolver(
        EventStreamProperties properties, StreamSettings checked) {
      return opened("id-dir", properties.idDir(), DirectoryIdResolver::open);
    }

    @Bean
    @ConditionalOnProperty(prefix = "eventstream", name = "id-file")
    @ConditionalOnMissingBean(IdResolver.class)
    MapDbIdResolver eventStreamIdFileResolver(
        EventStreamProperties properties, StreamSettings checked) {
      return opened("id-file", properties.idFile(), MapDbIdResolver::open);
    }

    @Bean
    EventStream eventStream(
        EventStreamProperties properties,
        StreamSettings settings,
        ObjectProvider<EventSink> sinks,
        ObjectProvider<Spool> spools,
        ObjectProvider<EventTransformer> transformers,
        ObjectProvider<IdResolver> resolvers,
        ObjectProvider<StreamListener> listeners) {
      EventStreamBuilder stream =
          settings.stream().listener(Listeners.of(listeners.orderedStream().toList()));
      stream.transformer(transformer(settings, transformers, resolvers));
      EventSink ownSink = sink(sinks);
      EventSink sink = ownSink == null ? newSink(settings) : new BeanParts.Sink(ownSink);
      Spool spool = null;
      try {
        spool = spool(properties, settings, spools);
        stream.sink(sink);
        if (spool != null) {
          stream.spool(spool);
        }
        return stream.build();
      } catch (RuntimeException e) {
        sink.close();
        if (spool != null) {
          spool.close();
        }
        throw e;
      }
    }

    /** A spool is a sink, too. */
    private static @Nullable EventSink sink(ObjectProvider<EventSink> sinks) {
      List<EventSink> own = sinks.stream().filter(sink -> !(sink instanceof Spool)).toList();
      return own.isEmpty() ? null : own.size() == 1 ? own.get(0) : sinks.getObject();
    }

    private static EventSink newSink(StreamSettings settings) {
      try {
        return settings.sink().build();
      } catch (IllegalArgumentException e) {
        throw new InvalidEventStreamPropertiesException(
            "eventstream.elasticsearch-url and eventstream.cluster cannot be used: "
                + e.getMessage(),
            e);
      }
    }

    private static @Nullable Spool spool(
        EventStreamProperties properties, StreamSettings settings, ObjectProvider<Spool> spools) {
      Spool own = spools.getIfAvailable();
      if (own != null) {
        return new BeanParts.DiskSpool(own);
      }
      if (!properties.spool().enabled()) {
        if (properties.ack() == Acknowledgement.SPOOLED || properties.throttle() != null) {
          throw new InvalidEventStreamPropertiesException(
              List.of(
                  "eventstream.spool.enabled is \"false\", and eventstream."
                      + (properties.throttle() == null ? "ack=spooled" : "throttle")
                      + " needs a spool; remove one of them"));
        }
        return null;
      }
      return opened("spool.dir", properties.spool().dir(), directory -> settings.spool().open());
    }

    private static EventTransformer transformer(
        StreamSettings settings,
        ObjectProvider<EventTransformer> transformers,
        ObjectProvider<IdResolver> resolvers) {
      EventTransformer own = transformers.getIfAvailable();
      if (own != null) {
        return new BeanParts.Transformer(own);
      }
      DefaultEventTransformer.Builder transformer = settings.transformer();
      IdResolver resolver = resolvers.getIfAvailable();
      if (resolver != null) {
        transformer.idResolver(new BeanParts.Resolver(resolver));
      }
      return transformer.build();
    }

    private interface Opener<T> {
      T open(Path path) throws IOException;
    }

    private static <T> T opened(String property, @Nullable Path path, Opener<T> opener) {
      try {
        return opener.open(path == null ? Path.of("") : path);
      } catch (IOException e) {
        throw new InvalidEventStreamPropertiesException(
            "eventstream." + property + " is \"" + path + "\": " + e.getMessage(), e);
      }
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({MeterRegistry.class, EventStreamMetrics.class})
  static class MetricsConfiguration {

    @Bean
    @ConditionalOnBean(MeterRegistry.class)
    @ConditionalOnMissingBean
    EventStreamMetrics eventStreamMetrics(MeterRegistry registry) {
      return new EventStreamMetrics(registry);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({OpenTelemetry.class, EventStreamTracing.class})
  static class TracingConfiguration {

    @Bean
    @ConditionalOnBean(OpenTelemetry.class)
    @ConditionalOnMissingBean
    EventStreamTracing eventStreamTracing(OpenTelemetry openTelemetry) {
      return EventStreamTracing.of(openTelemetry);
    }
  }
}
