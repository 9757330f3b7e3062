package dev.eventstream.spring.test;

import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.util.FileSystemUtils;

/**
 * Has the stream of a test write to an engine. Equal for equal engines, so that Spring shares the
 * application context between such tests.
 *
 * @param engine product and version
 */
record EngineContextCustomizer(String engine) implements ContextCustomizer {

  @Override
  public void customizeContext(
      ConfigurableApplicationContext context, MergedContextConfiguration mergedConfig) {
    RealEngine running = SharedEngines.running(engine);
    Path spool = temporaryDirectory();
    MutablePropertySources sources = context.getEnvironment().getPropertySources();
    sources.addFirst(
        new MapPropertySource(
            "eventStreamTest",
            Map.of(
                "eventstream.elasticsearch-url", running.url().toString(),
                "eventstream.spool.dir", spool.toString())));
    sources.addLast(
        new MapPropertySource(
            "eventStreamTestDefaults", Map.of("eventstream.delivery-timeout", "30s")));
    DefaultListableBeanFactory beans = (DefaultListableBeanFactory) context.getBeanFactory();
    beans.registerSingleton("eventStreamTestEngine", running);
    beans.registerSingleton("eventStreamTestEngineClient", running.client());
    // The first one registered is the last one destroyed, after the stream.
    beans.registerDisposableBean(
        "eventStreamTestSpool", () -> FileSystemUtils.deleteRecursively(spool));
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("eventstream-spool");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
