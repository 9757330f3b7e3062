package dev.eventstream.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.Acknowledgement;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import io.micronaut.context.ApplicationContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The factory in a context of Micronaut, with the versions that Micronaut manages. */
class MicronautTest {
  private static final List<Event> EVENTS = List.of(Event.of("pageview", "homepage"));

  @Test
  void anApplicationPublishesIntoTheSpoolAndClosesTheStream(@TempDir Path spool) throws Exception {
    EventStream stream;
    try (ApplicationContext context =
        ApplicationContext.run(
            Map.of(
                "eventstream.elasticsearch-url", "http://127.0.0.1:1", // nothing there
                "eventstream.spool-dir", spool.toString()))) {
      stream = context.getBean(EventStream.class);

      assertThat(stream.publishAll(EVENTS, Acknowledgement.SPOOLED).get(20, TimeUnit.SECONDS))
          .singleElement()
          .isInstanceOf(Outcome.Spooled.class);
    }

    assertThat(stream.publishAll(EVENTS).join())
        .singleElement()
        .isInstanceOf(Outcome.Refused.class);
  }
}
