package dev.eventstream.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.RealEngine;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

@EventStreamTest(properties = "eventstream.elasticsearch-url=http://production:9200")
class EventStreamTestIT {
  @Autowired EventStream stream;
  @Autowired RealEngine engine;
  @Autowired EngineClient client;

  @Value("${eventstream.spool.dir}")
  Path spool;

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {}

  @Test
  void theStreamWritesToARealEngineWhateverThePropertiesSay() throws Exception {
    Outcome outcome = stream.publish(Event.of("order", "placed")).get(20, TimeUnit.SECONDS);

    assertThat(outcome).isInstanceOf(Outcome.Indexed.class);
    assertThat(client.count("order")).isEqualTo(1);
    assertThat(engine.isRunning()).isTrue();
  }

  @Test
  void theSpoolIsInATemporaryDirectory() {
    assertThat(spool)
        .isNotEmptyDirectory()
        .startsWith(Path.of(System.getProperty("java.io.tmpdir")));
  }
}
