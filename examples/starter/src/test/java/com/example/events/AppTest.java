package com.example.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.eventstream.Outcome;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class AppTest {
  @RegisterExtension static final EngineExtension ENGINE = EngineExtension.shared("opensearch");

  @TempDir Path spool;

  @Test
  void theEventIsInTheIndex(RealEngine engine) throws IOException {
    Outcome outcome = App.publish(engine.url().toString(), spool);

    assertInstanceOf(Outcome.Indexed.class, outcome);
    assertEquals(1, engine.client().count("pageview"));
  }

  @Test
  void withoutAClusterTheEventIsInTheSpool() throws IOException {
    assertInstanceOf(Outcome.Spooled.class, App.publish("http://127.0.0.1:1", spool));
  }
}
