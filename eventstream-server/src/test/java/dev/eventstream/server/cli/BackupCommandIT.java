package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.backup.Backups;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Backups as an operator makes them, and those that servers make. */
@Tag("slow")
class BackupCommandIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String REPOSITORY = "backup-command";

  @RegisterExtension static final EngineExtension engine = EngineExtension.shared("opensearch");

  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private EngineClient client;

  @BeforeEach
  void index() {
    client = engine.get().client();
    for (int i = 0; i < 3; i++) {
      client.request("PUT", "/backup-command-click/_doc/" + i, "{\"n\":1}").orThrow();
    }
    client.refresh();
  }

  @AfterEach
  void cleanUp() { // others share the engine
    client.request("DELETE", "/_snapshot/" + REPOSITORY + "/eventstream-*");
    client.request("DELETE", "/_snapshot/" + REPOSITORY);
    client.request("DELETE", "/backup-command-click,copy-backup-command-click");
  }

  @Test
  void backsUpRestoresAndPrunes() {
    assertThat(run("verify")).isEqualTo(1);
    assertThat(output()).contains("opensearch-", "there is no good backup");
    assertThat(run("restore latest")).isEqualTo(1);
    assertThat(errors()).contains("there is no good backup");

    assertThat(run("create")).isZero();
    assertThat(output()).matches("eventstream-[0-9.-]+: SUCCESS, 1 indices, 1 shards, \\S+ s\\R");
    String first = output().substring(0, output().indexOf(':'));
    assertThat(run("list")).isZero();
    assertThat(output().lines().toList())
        .satisfiesExactly(
            head -> assertThat(head).startsWith("BACKUP  "),
            line -> assertThat(line).matches(first + " +SUCCESS +1 +1 +\\S+ s +0min"));
    assertThat(run("list --json")).isZero();
    assertThat(output()).contains("\"state\":\"SUCCESS\"", "[\"backup-command-click\"]");
    assertThat(run("verify --max-age 1h")).isZero();
    assertThat(output()).contains("newest good backup: " + first);
    await().atMost(SOON).until(() -> run("verify --max-age 1s") == 1);
    assertThat(output()).contains("it is older than --max-age");

    assertThat(run("restore latest")).isEqualTo(1);
    assertThat(errors())
        .contains("exist and are not overwritten: backup-command-click;", "--rename-prefix");
    assertThat(run("restore latest --rename-prefix copy- --dry-run")).isZero();
    assertThat(output()).contains("  backup-command-click as copy-backup-command-click");
    assertThat(client.count("copy-*")).isZero();
    assertThat(run("restore latest --rename-prefix copy-")).isZero();
    assertThat(output()).contains("  copy-backup-command-click: 3 documents");
    client.request("POST", "/backup-command-click/_close").orThrow();
    assertThat(run("restore latest --replace-closed --dry-run")).isZero();
    assertThat(output()).contains("  backup-command-click, replacing the closed index");
    client.request("DELETE", "/backup-command-click").orThrow();
    assertThat(run("restore " + first + " --index *-click")).isZero();
    assertThat(output()).contains("  backup-command-click: 3 documents");
    assertThat(run("restore eventstream-2020.01.01-00.00.00")).isEqualTo(1);
    assertThat(errors()).contains("there is no backup \"eventstream-2020");

    assertThat(run("prune --older-than 10min")).isZero();
    assertThat(errors()).contains("there is nothing to delete");
    assertThat(run("create")).isZero();
    String second = output().substring(0, output().indexOf(':'));
    assertThat(run("prune --keep 1 --dry-run")).isZero();
    assertThat(output()).contains("would delete " + first);
    assertThat(run("prune --keep 1")).isZero();
    assertThat(output()).contains("deleted " + first);
    assertThat(run("list")).isZero();
    assertThat(output()).contains(second).doesNotContain(first);
  }

  @Test
  void aPartialBackupIsAFailureThatNamesTheShard() {
    client
        .request(
            "PUT",
            "/backup-command-red?wait_for_active_shards=0",
            "{\"settings\":{\"index.routing.allocation.require._name\":\"none\"}}")
        .orThrow();
    try {
      assertThat(run("create")).isEqualTo(1);
      assertThat(output())
          .contains(": PARTIAL, 2 indices, ", "  not in it: backup-command-red shard 0: primary");
      assertThat(run("verify")).isEqualTo(1);
    } finally {
      client.request("DELETE", "/backup-command-red");
    }
  }

  @Test
  void wrongRepositoriesAreExplained() {
    assertThat(run("create --backup-repository unknown --backup-location /outside")).isEqualTo(1);
    assertThat(errors()).contains("\"/outside\"", "path.repo of every node");
    out.reset();
    Map<String, String> environment = environment();
    environment.remove("EVENTSTREAM_BACKUP_LOCATION");
    assertThat(run(List.of("create"), environment)).isEqualTo(1);
    assertThat(errors())
        .contains("repository_missing_exception", "set EVENTSTREAM_BACKUP_LOCATION to a directory");
  }

  @Test
  void twoServersMakeOneBackupShowItAndDeleteTheOldOne() throws Exception {
    Map<String, String> environment = environment();
    try (ElasticsearchSink sink = ElasticsearchSink.builder(List.of(engine.get().url())).build()) {
      Backups backups = new Backups(sink, REPOSITORY);
      backups.register(environment.get("EVENTSTREAM_BACKUP_LOCATION"));
      Instant before = Instant.now().minus(Duration.ofDays(2));
      backups.create(before, List.of("backup-command-*"), (done, all) -> {});
    }
    try (EventServer one = server("one");
        EventServer two = server("two")) {
      long time = lastGood(one);

      assertThat(lastGood(two)).isEqualTo(time);
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> {
                assertThat(run("list --json")).isZero();
                assertThat(output().lines())
                    .singleElement()
                    .asString()
                    .contains(Backups.name(Instant.ofEpochSecond(time)));
              });
    }
  }

  private EventServer server(String name) throws Exception {
    Map<String, String> settings = environment();
    settings.put("EVENTSTREAM_HOST", "127.0.0.1");
    settings.put("EVENTSTREAM_PORT", "0");
    settings.put("EVENTSTREAM_ADMIN_PORT", "0");
    settings.put("EVENTSTREAM_SPOOL_DIR", directory.resolve(name).toString());
    settings.put("EVENTSTREAM_BACKUP_INTERVAL", "1d");
    settings.put("EVENTSTREAM_BACKUP_KEEP", "1");
    return EventServer.start(ServerSettings.fromEnvironment(settings));
  }

  /** The time of the newest good backup, as a server shows it, when it is from today. */
  private static long lastGood(EventServer server) {
    Pattern gauge =
        Pattern.compile("\neventstream_backup_last_good_timestamp_seconds ([1-9]\\S+)\n");
    String url = "http://127.0.0.1:" + server.adminPort().orElseThrow() + "/metrics";
    HttpRequest get = HttpRequest.newBuilder(URI.create(url)).build();
    return await()
        .atMost(SOON)
        .until(
            () -> {
              String text = HttpClient.newHttpClient().send(get, BodyHandlers.ofString()).body();
              Matcher value = gauge.matcher(text);
              return value.find() ? (long) Double.parseDouble(value.group(1)) : 0;
            },
            time -> time > Instant.now().minus(Duration.ofDays(1)).getEpochSecond());
  }

  private int run(String arguments) {
    return run(List.of(arguments.split(" ")), environment());
  }

  private int run(List<String> arguments, Map<String, String> environment) {
    out.reset();
    err.reset();
    return Commands.run(
        "backup",
        arguments,
        environment,
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }

  private static Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    environment.put("ELASTICSEARCH_URL", engine.get().url().toString());
    environment.put("EVENTSTREAM_INDEX", "backup-command-{eventType}");
    environment.put("EVENTSTREAM_BACKUP_REPOSITORY", REPOSITORY);
    environment.put(
        "EVENTSTREAM_BACKUP_LOCATION", engine.get().repositories().resolve(REPOSITORY).toString());
    return environment;
  }

  private String output() {
    return out.toString(UTF_8);
  }

  private String errors() {
    return err.toString(UTF_8);
  }
}
