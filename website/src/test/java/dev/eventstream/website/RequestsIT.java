package dev.eventstream.website;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The requests in the documents, sent with curl to a real server in front of a real engine. */
@Tag("slow")
class RequestsIT {
  @RegisterExtension static final EngineExtension ENGINE = EngineExtension.shared("opensearch");

  /** What the blocks that are run may use. */
  private static final Set<String> PROGRAMS = Set.of("curl", "gzip");

  private static final Set<String> DOCUMENTS =
      Set.of("README.md", "docs/start.md", "docs/http.md", "docs/admin.md", "docs/how-to.md");

  @TempDir private Path directory;

  private RealEngine engine;
  private EventServer server;

  @BeforeEach
  void start(RealEngine engine) throws Exception {
    this.engine = engine;
    server =
        EventServer.start(
            ServerSettings.fromEnvironment(
                Map.of(
                    "ELASTICSEARCH_URL",
                    engine.url().toString(),
                    "EVENTSTREAM_HOST",
                    "127.0.0.1",
                    "EVENTSTREAM_PORT",
                    "0",
                    "EVENTSTREAM_ADMIN_PORT",
                    "0",
                    "EVENTSTREAM_ID_DIR",
                    Documents.ROOT.resolve("data/ids").toString(),
                    "EVENTSTREAM_SPOOL_DIR",
                    directory.resolve("spool").toString())));
    Files.writeString(
        directory.resolve("events.ndjson"),
        "{\"eventType\": \"pageview\", \"eventValue\": \"about\"}\n");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static Stream<Documents.Placed> requests() {
    return Documents.blocks("sh")
        .filter(block -> DOCUMENTS.contains(block.document().path().toString().replace('\\', '/')))
        .filter(
            block -> {
              List<ShellCommand> commands = ShellCommand.parse(block.text());
              return commands.stream().anyMatch(command -> command.words().get(0).equals("curl"))
                  && commands.stream()
                      .allMatch(command -> PROGRAMS.contains(command.words().get(0)))
                  && !block.text().contains("node1")
                  && !block.text().contains("…");
            });
  }

  /** What the commands print; fails if a request is not answered with success. */
  private String run(Documents.Placed block) throws IOException, InterruptedException {
    String commands =
        block
            .text()
            .replaceAll("(127\\.0\\.0\\.1|localhost):8080", URI.create(server.url()).getAuthority())
            .replaceAll(
                "(127\\.0\\.0\\.1|localhost):8081", "127.0.0.1:" + server.adminPort().orElseThrow())
            .replaceAll("(127\\.0\\.0\\.1|localhost):9200", engine.url().getAuthority());
    Path out = directory.resolve("out");
    Process process =
        new ProcessBuilder(
                "bash",
                "-c",
                "set -e; curl() { command curl -sS --fail-with-body --max-time 60 \"$@\"; }\n"
                    + commands)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    int status = process.waitFor();
    String printed = Files.readString(out, UTF_8);
    assertThat(status).as("%s printed: %s", block, printed).isZero();
    return printed;
  }

  @Test
  void everyRequestIsAnsweredWithSuccess() throws Exception {
    List<Documents.Placed> blocks = requests().toList();

    assertThat(blocks).hasSizeGreaterThan(6);
    for (Documents.Placed block : blocks) {
      run(block);
    }
  }

  @Test
  void theSearchOfTheStartFindsWhatWasPublished() throws Exception {
    String printed = "";
    for (Documents.Placed block :
        requests().filter(block -> block.document().path().endsWith("start.md")).toList()) {
      printed = run(block);
    }

    assertThat(printed).contains("\"user\" : 42", "\"eventId\" : \"h\"");
  }
}
