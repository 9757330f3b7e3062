package dev.eventstream.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.EventTransformer;
import dev.eventstream.IdResolver;
import dev.eventstream.Outcome;
import dev.eventstream.id.DirectoryIdResolver;
import dev.eventstream.micrometer.EventStreamMetrics;
import dev.eventstream.observe.PublishCounts;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.opentelemetry.EventStreamTracing;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.TestCa;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

class EventStreamAutoConfigurationTest {
  private static final Event EVENT = Event.of("pageview", "homepage");

  @RegisterExtension
  static final OpenTelemetryExtension openTelemetry = OpenTelemetryExtension.create();

  @TempDir Path directory;

  private final StandInSink sink = new StandInSink();

  private ApplicationContextRunner application() {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                SslAutoConfiguration.class,
                EventStreamAutoConfiguration.class,
                EventStreamIntegrationAutoConfiguration.class))
        .withPropertyValues("eventstream.spool.dir=" + directory.resolve("spool"));
  }

  private ApplicationContextRunner applicationWithSink() {
    return application().withBean("ownSink", StandInSink.class, () -> sink);
  }

  private static Outcome publish(ApplicationContext context) throws Exception {
    return context.getBean(EventStream.class).publish(EVENT).get(20, TimeUnit.SECONDS);
  }

  @Test
  void thereIsAStreamWithASpool() {
    application()
        .run(
            context -> {
              assertThat(context).hasSingleBean(EventStream.class);
              assertThat(context.getBean(EventStream.class).backlog().spool().maxDiskBytes())
                  .isEqualTo(1L << 30);
            });
    assertThat(directory.resolve("spool")).isNotEmptyDirectory();
  }

  @Test
  void thereIsNoneIfItIsDisabled() {
    application()
        .withPropertyValues("eventstream.enabled=false")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(EventStream.class));
  }

  @Test
  void backsOffBeforeTheStreamOfTheApplication() {
    EventStream own = EventStream.builder().sink(sink).build();
    application()
        .withBean("own", EventStream.class, () -> own)
        .run(context -> assertThat(context.getBean(EventStream.class)).isSameAs(own));
    assertThat(directory.resolve("spool")).doesNotExist();
    assertThat(sink.closed).hasValue(1);
  }

  @Test
  void writesToTheSinkOfTheApplicationAndLeavesItsEndToTheContext() {
    applicationWithSink()
        .run(
            context -> {
              assertThat(publish(context)).isInstanceOf(Outcome.Indexed.class);
              context.getBean(EventStream.class).close();
              assertThat(sink.closed).hasValue(0);
            });
    assertThat(sink.closed).hasValue(1);
    assertThat(sink.documents).hasSize(1);
  }

  @Test
  void usesTheTransformerOfTheApplication() {
    EventTransformer own = DefaultEventTransformer.builder().index("own-{eventType}").build();
    applicationWithSink()
        .withBean("own", EventTransformer.class, () -> own)
        .run(
            context ->
                assertThat(publish(context))
                    .isInstanceOfSatisfying(
                        Outcome.Indexed.class,
                        indexed -> assertThat(indexed.destination()).isEqualTo("own-pageview")));
  }

  @Test
  void usesTheResolverOfTheApplicationAndThePropertiesOfTheTransformer() {
    IdResolver own = IdResolver.of(Map.of("pageview", Map.of("homepage", "h")));
    applicationWithSink()
        .withBean("own", IdResolver.class, () -> own)
        .withPropertyValues("eventstream.index=events-{yyyy}", "eventstream.unknown-values=reject")
        .run(
            context -> {
              EventStream stream = context.getBean(EventStream.class);
              assertThat(publish(context))
                  .isInstanceOfSatisfying(
                      Outcome.Indexed.class,
                      indexed -> {
                        assertThat(indexed.eventId()).isEqualTo("h");
                        assertThat(indexed.destination()).matches("events-\\d{4}");
                      });
              assertThat(stream.publish(Event.of("pageview", "unknown")).join())
                  .isInstanceOf(Outcome.Rejected.class);
            });
  }

  @Test
  void findsIdsInTheDirectory() throws Exception {
    Path ids = Files.createDirectory(directory.resolve("ids"));
    Files.writeString(ids.resolve("pageview.json"), "{\"homepage\": \"h\"}");
    applicationWithSink()
        .withPropertyValues("eventstream.id-dir=" + ids)
        .run(
            context -> {
              assertThat(context).hasSingleBean(DirectoryIdResolver.class);
              assertThat(publish(context))
                  .isInstanceOfSatisfying(
                      Outcome.Indexed.class,
                      indexed -> assertThat(indexed.eventId()).isEqualTo("h"));
            });
  }

  @Test
  void usesTheSpoolOfTheApplication() throws Exception {
    MapDbSpool own = MapDbSpool.open(directory.resolve("own"));
    applicationWithSink()
        .withBean("own", MapDbSpool.class, () -> own)
        .run(
            context ->
                assertThat(context.getBean(EventStream.class).backlog().spool()).isNotNull());
    assertThat(directory.resolve("spool")).doesNotExist();
  }

  @Test
  void tellsAllListenersOfTheApplication() {
    List<PublishCounts> first = new CopyOnWriteArrayList<>();
    List<PublishCounts> second = new CopyOnWriteArrayList<>();
    applicationWithSink()
        .withBean("first", StreamListener.class, () -> new Counts(first))
        .withBean("second", StreamListener.class, () -> new Counts(second))
        .run(context -> publish(context));
    assertThat(first).hasSize(1);
    assertThat(second).hasSize(1);
  }

  private record Counts(List<PublishCounts> published) implements StreamListener {
    @Override
    public void published(PublishCounts counts) {
      published.add(counts);
    }
  }

  @Test
  void metersAreInTheRegistryOfTheApplication() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    applicationWithSink()
        .withBean(MeterRegistry.class, () -> registry)
        .run(
            context -> {
              publish(context);
              assertThat(registry.get("eventstream.events").tag("outcome", "indexed").counter())
                  .satisfies(counter -> assertThat(counter.count()).isEqualTo(1));
              assertThat(registry.get("eventstream.spool.documents").gauge().value()).isZero();
            });
  }

  @Test
  void spansAreInTheOpenTelemetryOfTheApplication() {
    applicationWithSink()
        .withBean(OpenTelemetry.class, openTelemetry::getOpenTelemetry)
        .run(
            context -> { // which closes it at its end
              publish(context);
              assertThat(openTelemetry.getSpans())
                  .extracting(span -> span.getName())
                  .contains("bulk");
            });
  }

  @Test
  void worksWithoutMicrometerOpenTelemetryAndActuator() {
    applicationWithSink()
        .withClassLoader(
            new FilteredClassLoader(
                "io.micrometer.core", "io.opentelemetry", "org.springframework.boot.actuate"))
        .run(
            context -> {
              assertThat(publish(context)).isInstanceOf(Outcome.Indexed.class);
              assertThat(context)
                  .doesNotHaveBean(EventStreamMetrics.class)
                  .doesNotHaveBean(EventStreamTracing.class);
            });
  }

  /** A cluster with TLS that counts the requests of those who trust it. */
  private static HttpsServer cluster(TestCa ca, AtomicInteger requests) throws Exception {
    HttpsServer cluster =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cluster.setHttpsConfigurator(
        new HttpsConfigurator(ca.issue("cluster", "127.0.0.1").server(ca)));
    cluster.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          exchange.sendResponseHeaders(401, -1);
          exchange.close();
        });
    cluster.start();
    return cluster;
  }

  @Test
  void trustsTheCertificatesOfAnSslBundleAndThoseThatReplaceThem() throws Exception {
    TestCa ca = new TestCa("the cluster's CA");
    AtomicInteger requests = new AtomicInteger();
    HttpsServer cluster = cluster(ca, requests);
    DefaultSslBundleRegistry bundles =
        new DefaultSslBundleRegistry("search", trusting(new TestCa("another CA")));
    try {
      application()
          .withBean(SslBundles.class, () -> bundles)
          .withPropertyValues(
              "eventstream.elasticsearch-url=https://127.0.0.1:" + cluster.getAddress().getPort(),
              "eventstream.cluster.ssl-bundle=search")
          .run(
              context -> {
                publish(context);
                assertThat(requests).hasValue(0);

                bundles.updateBundle("search", trusting(ca));

                await().until(() -> requests.get() > 0); // the next probe of the cluster
              });
    } finally {
      cluster.stop(0);
    }
  }

  private static SslBundle trusting(TestCa ca) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("ca", ca.certificate());
    return SslBundle.of(SslStoreBundle.of(null, null, store));
  }

  @Test
  void allFaultsAreReportedAtOnceWithPropertyValueAndRemedy() {
    application()
        .withPropertyValues(
            "eventstream.spool.max-bytes=1MB",
            "eventstream.cluster.user=me",
            "eventstream.cluster.proxy=nonsense",
            "eventstream.cluster.ssl-bundle=missing",
            "eventstream.index=Events",
            "eventstream.max-backoff=1ms",
            "eventstream.linger=-1s",
            "eventstream.id-dir=a",
            "eventstream.id-file=b")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .isInstanceOf(InvalidEventStreamPropertiesException.class)
                    .hasMessageContainingAll(
                        "eventstream.spool.max-bytes is \"1048576B\"",
                        "it must be at least 16777216",
                        "eventstream.cluster.user needs eventstream.cluster.password; set both",
                        "eventstream.cluster.proxy is \"nonsense\": write host:port",
                        "eventstream.cluster.ssl-bundle is \"missing\"",
                        "spring.ssl.bundle.pem.missing",
                        "eventstream.index is \"Events\"",
                        "eventstream.max-backoff is \"1ms\"",
                        "eventstream.linger is \"-1000ms\"",
                        "eventstream.id-dir and eventstream.id-file are both set"));
  }

  @Test
  void aPasswordInTheUrlIsNotShown() {
    application()
        .withPropertyValues(
            "eventstream.elasticsearch-url=http://me:secret@host:x",
            "eventstream.cluster.api-key=secret\nsecret")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .hasMessageContaining("eventstream.elasticsearch-url")
                    .hasMessageNotContaining("secret"));
  }

  @Test
  void anUnknownPropertyPreventsTheStart() {
    application()
        .withPropertyValues("eventstream.spol.dir=x")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .hasMessageContaining("eventstream.spol.dir"));
  }

  @Test
  void throttlingWithoutASpoolPreventsTheStart() {
    application()
        .withPropertyValues("eventstream.spool.enabled=false", "eventstream.throttle=5")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .hasMessageContainingAll("eventstream.throttle", "remove one of them"));
  }

  @Test
  void twoSinksOfTheApplicationAreAmbiguousUnlessOneIsPrimary() {
    applicationWithSink()
        .withBean("other", EventSink.class, StandInSink::new)
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .hasMessageContainingAll("ownSink", "other"));
    applicationWithSink()
        .withBean(
            "other", EventSink.class, StandInSink::new, definition -> definition.setPrimary(true))
        .run(context -> assertThat(publish(context)).isInstanceOf(Outcome.Indexed.class));
    assertThat(sink.documents).isEmpty();
  }
}
