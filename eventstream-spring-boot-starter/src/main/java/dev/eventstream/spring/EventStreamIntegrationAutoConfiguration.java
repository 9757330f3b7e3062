package dev.eventstream.spring;

import dev.eventstream.EventStream;
import dev.eventstream.id.DirectoryIdResolver;
import dev.eventstream.micrometer.EventStreamMetrics;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Configures what is around a stream, be it the application's or that of {@link
 * EventStreamAutoConfiguration}: the order of the stop, the health, the gauges, and {@link
 * PublishEvent}. An application with several streams marks one as primary.
 */
@AutoConfiguration(after = EventStreamAutoConfiguration.class)
@ConditionalOnProperty(prefix = "eventstream", name = "enabled", matchIfMissing = true)
@ConditionalOnSingleCandidate(EventStream.class)
public class EventStreamIntegrationAutoConfiguration {

  EventStreamIntegrationAutoConfiguration() {}

  @Bean
  EventStreamLifecycle eventStreamLifecycle(
      EventStream stream, ConfigurableListableBeanFactory beans) {
    EventStreamLifecycle.stopsBeforeItsParts("eventStreamLifecycle", beans);
    return new EventStreamLifecycle(stream);
  }

  @Bean
  AnnotatedEventPublisher eventStreamAnnotatedEventPublisher(ObjectProvider<EventStream> stream) {
    return new AnnotatedEventPublisher(stream);
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(
      name = {
        "io.micrometer.core.instrument.MeterRegistry",
        "dev.eventstream.micrometer.EventStreamMetrics"
      })
  static class GaugesConfiguration {

    @Bean
    @ConditionalOnBean(EventStreamMetrics.class)
    SmartInitializingSingleton eventStreamGauges(
        EventStreamMetrics metrics,
        EventStream stream,
        ObjectProvider<DirectoryIdResolver> resolvers) {
      return () -> {
        metrics.watch(stream);
        resolvers.ifUnique(metrics::watch);
      };
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(
      name = {
        "org.springframework.boot.actuate.health.HealthIndicator",
        "org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator"
      })
  static class Boot3HealthConfiguration {

    @Bean
    @org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator(
        "eventstream")
    @ConditionalOnMissingBean(name = "eventStreamHealthIndicator")
    Boot3HealthIndicator eventStreamHealthIndicator(EventStream stream) {
      return new Boot3HealthIndicator(stream);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.springframework.boot.health.contributor.HealthIndicator")
  static class Boot4HealthConfiguration {

    @Bean
    @org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator(
        "eventstream")
    @ConditionalOnMissingBean(name = "eventStreamHealthIndicator")
    Boot4HealthIndicator eventStreamHealthIndicator(EventStream stream) {
      return new Boot4HealthIndicator(stream);
    }
  }
}
