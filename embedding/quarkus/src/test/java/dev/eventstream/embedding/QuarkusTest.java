package dev.eventstream.embedding;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.eventstream.Acknowledgement;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import io.quarkus.test.component.QuarkusComponentTestExtension;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The producer in the CDI container of Quarkus, with the versions that Quarkus manages. */
class QuarkusTest {
  private static final List<Event> EVENTS = List.of(Event.of("pageview", "homepage"));
  private static final Path SPOOL = spool();
  private static EventStream used;

  @RegisterExtension
  static final QuarkusComponentTestExtension CONTAINER =
      QuarkusComponentTestExtension.builder()
          .addComponentClasses(EventStreamProducer.class)
          .configProperty("eventstream.elasticsearch-url", "http://127.0.0.1:1") // nothing there
          .configProperty("eventstream.spool-dir", SPOOL.toString())
          .build();

  @Inject EventStream stream;

  private static Path spool() {
    try {
      return Files.createTempDirectory(Path.of("target"), "spool");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anApplicationPublishesIntoTheSpool() throws Exception {
    used = stream;

    List<Outcome> outcomes =
        stream.publishAll(EVENTS, Acknowledgement.SPOOLED).get(20, TimeUnit.SECONDS);
    assertInstanceOf(Outcome.Spooled.class, outcomes.get(0));
  }

  @AfterAll
  static void theContainerHasClosedTheStream() {
    assertInstanceOf(Outcome.Refused.class, used.publishAll(EVENTS).join().get(0));
  }
}
