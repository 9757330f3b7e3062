package dev.eventstream.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.EventStream;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.RealEngine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class PlainJavaIT {
  @RegisterExtension
  static final EngineExtension ENGINE = EngineExtension.shared("opensearch:2.19.6");

  @TempDir Path spool;

  @BeforeEach
  void removeIndex(RealEngine engine) {
    engine.client().request("DELETE", "/pageview");
  }

  private List<String> run(String url) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PlainJava.publish(url, spool, new PrintStream(out, true, UTF_8));
    return out.toString(UTF_8).lines().toList();
  }

  @Test
  void printsWhatBecameOfEachEvent(RealEngine engine) throws IOException {
    List<String> lines = run(engine.url().toString());

    assertThat(lines).hasSize(3);
    assertThat(lines.get(0)).startsWith("INDEXED: pageview/").endsWith(", eventId h");
    assertThat(lines.get(1)).startsWith("INDEXED: pageview/").endsWith(", eventId a");
    assertThat(lines.get(2)).startsWith("REJECTED: ").contains("Not An Index");
    assertThat(engine.client().count("pageview")).isEqualTo(2);
  }

  @Test
  void eventsOfAnOutageAreSpooledAndIndexedLater(RealEngine engine) throws IOException {
    List<String> lines = run("http://127.0.0.1:1"); // where nothing listens

    assertThat(lines.get(0)).startsWith("SPOOLED: pageview/").endsWith(", eventId h");
    assertThat(lines.get(1)).startsWith("SPOOLED: pageview/").endsWith(", eventId a");
    try (EventStream next =
        EventStream.builder().sink(engine.url().toString()).spool(MapDbSpool.open(spool)).build()) {
      await().until(() -> engine.client().count("pageview") == 2);
      await().until(() -> next.backlog().spool().documents() == 0);
    }
  }
}
