package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.testkit.EngineClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/** Publishes numbered events, and finally compares the accepted ones with the index. */
final class Ledger {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final EventStream stream;
  private final String index;
  private final AtomicInteger next = new AtomicInteger();
  private final Set<Integer> accepted = Collections.synchronizedSet(new TreeSet<>());

  Ledger(EventStream stream, String index) {
    this.stream = stream;
    this.index = index;
  }

  /** Publishes a batch and waits for its outcomes. */
  List<Outcome> publish(int count) {
    List<Event> events = new ArrayList<>();
    int first = next.getAndAdd(count);
    for (int i = first; i < first + count; i++) {
      events.add(Event.of(index, "v", Map.of("n", i)));
    }
    List<Outcome> outcomes = stream.publishAll(events).join();
    for (int i = 0; i < count; i++) {
      if (outcomes.get(i).accepted()) {
        accepted.add(first + i);
      }
    }
    return outcomes;
  }

  int accepted() {
    return accepted.size();
  }

  /** Waits until nothing is in the spool, and then compares. */
  void assertAllArrivedOnce(EngineClient engine) throws IOException {
    await().atMost(PATIENCE).until(() -> stream.backlog().spool().documents() == 0);
    assertThat(stream.backlog().spool().damaged()).isEmpty();
    List<Integer> found = numbers(engine);
    assertThat(found).doesNotHaveDuplicates();
    assertThat(new TreeSet<>(found)).containsAll(accepted);
    assertThat(found).allMatch(n -> n < next.get());
  }

  List<Integer> numbers(EngineClient engine) throws IOException {
    engine
        .request("PUT", "/" + index + "/_settings", "{\"index.max_result_window\": 1000000}")
        .orThrow();
    engine.refresh();
    JsonNode hits =
        JSON.readTree(
                engine
                    .request("GET", "/" + index + "/_search?size=1000000&_source=n")
                    .orThrow()
                    .body())
            .path("hits")
            .path("hits");
    List<Integer> numbers = new ArrayList<>();
    hits.forEach(hit -> numbers.add(hit.path("_source").path("n").asInt()));
    return numbers;
  }
}
