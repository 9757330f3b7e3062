package dev.eventstream.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.spring.test.EventStreamTest;
import dev.eventstream.testkit.EngineClient;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

/** An application whose test writes to a real engine. */
@EventStreamTest
class EventStreamTestIT {
  @Autowired EventStream stream;
  @Autowired EngineClient engine;

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {}

  @Test
  void anEventIsIndexedByARealEngine() throws Exception {
    Outcome outcome = stream.publish(Event.of("order", "placed")).get(20, TimeUnit.SECONDS);

    assertThat(outcome).isInstanceOf(Outcome.Indexed.class);
    assertThat(engine.count("order")).isEqualTo(1);
  }
}
