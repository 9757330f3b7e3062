package dev.eventstream.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.OnMappingFailure;
import dev.eventstream.server.crash.CrashCampaign;
import dev.eventstream.server.crash.HttpPublisher;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * An event that is answered as accepted reaches the index once, or the dead letters, whatever is
 * killed. With {@code -Deventstream.campaign.cycles=1000} at length, and with {@code
 * -Deventstream.campaign.seed=…} as it was before.
 */
@Tag("slow")
class CrashCampaignIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CYCLES = Integer.getInteger("eventstream.campaign.cycles", 25);
  private static final long SEED =
      Long.getLong("eventstream.campaign.seed", System.currentTimeMillis());

  @RegisterExtension final EngineExtension engines = EngineExtension.of("opensearch");

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private final Random random = new Random(SEED);
  private Process redriving;

  @AfterEach
  void endTheRedriving() {
    if (redriving != null) {
      redriving.destroyForcibly();
    }
  }

  @Test
  @Timeout(value = 12, unit = TimeUnit.HOURS) // each step has a limit of its own
  void whatIsAcceptedArrivesOnceWhileServerAndEngineAreKilled() {
    try (CrashCampaign campaign = campaign("64MiB")) {
      check("campaign", campaign.run(CYCLES));
    }
  }

  @Test
  void whatIsAcceptedArrivesOnceWhileTheServerIsKilledDuringTheReplay() throws Exception {
    try (CrashCampaign campaign = campaign("64MiB")) {
      campaign.startServer();
      campaign.awaitServer();
      campaign.killEngineAfter(0);
      while (campaign.accepted() < 100_000) {
        campaign.publish(1_000, 0);
      }
      campaign.restartEngineAfter(0);
      campaign.awaitEngine();
      for (int i = 0; i < 6; i++) {
        // less than the spool holds: the process is killed while some are left
        long more = campaign.indexed() + 1 + random.nextInt(10_000);
        campaign.awaitIndexed(Math.min(more, 15_000L * (i + 1)));
        campaign.killServerAfter(random.nextInt(300));
        campaign.startServer();
      }

      CrashCampaign.Report report = campaign.finish();

      check("kill during replay", report);
      assertThat(report.accepted()).isGreaterThanOrEqualTo(100_000);
    }
  }

  @Test
  void whatIsAcceptedArrivesOnceWhileTheServerIsKilledAsSegmentsRoll() throws Exception {
    // Requests of 1 MiB at most, and segments of 4 MiB.
    try (CrashCampaign campaign = campaign("63MiB")) {
      campaign.startServer();
      for (int round = 0; round < 3; round++) {
        campaign.awaitServer();
        campaign.killEngineAfter(0);
        campaign.startLoad(2, 8, 128 << 10);
        for (int i = 0; i < 3; i++) {
          campaign.awaitAccepted(1 + random.nextInt(32));
          campaign.killServerAfter(random.nextInt(100));
          campaign.startServer();
          campaign.awaitServer();
        }
        campaign.stopLoad();
        campaign.restartEngineAfter(0);
        long accepted = campaign.accepted();
        campaign.awaitIndexed(accepted / 2); // room for the next round
      }

      check("kill during segment roll", campaign.finish());
    }
  }

  @Test
  void deadLettersArriveOnceWhileTheProcessThatTriesThemAgainIsKilled() throws Exception {
    int events = 20_000;
    String index = "redrive";
    Path spool = directory.resolve("spool");
    createIndex(index, "double");
    deadLetters(spool, index, events);
    assertThat(ServerProcess.remains(spool).deadLetters()).hasSize(events);
    engine().request("DELETE", "/" + index).orThrow();
    createIndex(index, "keyword");

    int kills = 0;
    for (int i = 0; i < 6; i++) {
      redriving = redrive(spool);
      long goal = engine().count(index) + 1 + random.nextInt(events / 10);
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> engine().count(index) >= goal || !redriving.isAlive());
      kills += redriving.isAlive() ? 1 : 0;
      redriving.destroyForcibly().waitFor();
    }
    int left = ServerProcess.remains(spool).deadLetters().size();
    redriving = redrive(spool);
    assertThat(redriving.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(redriving.exitValue()).isZero();

    CrashCampaign.Remains remains = ServerProcess.remains(spool);
    print(
        "kill during re-drive: kills %d, events %d, left after the last kill %d, in the index %d,"
                .formatted(kills, events, left, engine().count(index))
            + " dead letters %d; seed %d".formatted(remains.deadLetters().size(), SEED));
    assertThat(kills).as("kills while it was at it").isGreaterThan(2);
    assertThat(remains.deadLetters()).isEmpty();
    assertThat(remains.damaged()).isEmpty();
    assertThat(remains.waiting()).isZero();
    assertThat(engine().count(index)).isEqualTo(events);
    assertThat(numbers(index)).hasSize(events);
  }

  /** Each start of the server may have another {@code EVENTSTREAM_ACK}. */
  private CrashCampaign campaign(String spoolMaxBytes) {
    Random modes = new Random(SEED);
    ServerProcess server =
        new ServerProcess(
            directory,
            () ->
                Map.of(
                    "ELASTICSEARCH_URL",
                    engines.get().url().toString(),
                    "EVENTSTREAM_SPOOL_MAX_BYTES",
                    spoolMaxBytes,
                    "EVENTSTREAM_SPOOL_MIN_FREE_BYTES",
                    "0",
                    "EVENTSTREAM_DELIVERY_TIMEOUT",
                    "500ms",
                    "EVENTSTREAM_ACK",
                    modes.nextInt(3) == 0 ? "spooled" : "indexed"));
    return new CrashCampaign(server, new HttpPublisher(server::url), engines.get(), SEED);
  }

  private static void check(String name, CrashCampaign.Report report) {
    print(name + ": " + report);
    assertThat(report.clean()).as(report.toString()).isTrue();
    assertThat(report.accepted()).isPositive();
    assertThat(report.deadLetters()).isPositive();
  }

  @SuppressWarnings("SystemOut") // the campaign's result, for the person who runs it
  private static void print(String line) {
    System.out.println(line);
  }

  private EngineClient engine() {
    return engines.get().client();
  }

  private void createIndex(String index, String typeOfAmount) {
    engine()
        .request(
            "PUT",
            "/" + index,
            "{\"settings\":{\"number_of_replicas\":0,\"max_result_window\":100000},"
                + "\"mappings\":{\"dynamic\":false,\"properties\":{\"amount\":{\"type\":\""
                + typeOfAmount
                + "\"}}}}")
        .orThrow();
  }

  private void deadLetters(Path spool, String index, int events) throws Exception {
    try (EventStream stream =
        EventStream.builder()
            .sink(
                ElasticsearchSink.builder(List.of(engines.get().url()))
                    .onMappingFailure(OnMappingFailure.DEAD_LETTER)
                    .build())
            .spool(MapDbSpool.open(spool))
            .build()) {
      for (int from = 0; from < events; from += 1_000) {
        List<Event> batch = new ArrayList<>();
        for (int i = from; i < from + 1_000; i++) {
          String json =
              "{\"eventType\":\"%s\",\"eventValue\":\"v\",\"number\":%d,\"amount\":\"much\"}"
                  .formatted(index, i);
          batch.add(Event.parse(json.getBytes(UTF_8)));
        }
        assertThat(stream.publishAll(batch).join())
            .allSatisfy(outcome -> assertThat(outcome.accepted()).isTrue());
      }
      await().atMost(PATIENCE).until(() -> stream.deadLetters().count() == events);
    }
  }

  private Process redrive(Path spool) throws IOException {
    return ServerProcess.java(RedriveMain.class, spool.toString(), engines.get().url().toString())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("redrive.log").toFile()))
        .start();
  }

  private Set<Long> numbers(String index) throws IOException {
    String path = "/" + index + "/_search?size=100000&filter_path=hits.hits._source.number";
    JsonNode hits = JSON.readTree(engine().request("GET", path).orThrow().body()).path("hits");
    Set<Long> numbers = new HashSet<>();
    hits.path("hits").forEach(hit -> numbers.add(hit.path("_source").path("number").asLong()));
    return numbers;
  }
}
