package dev.eventstream.examples.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class FileSinkIT {
  @RegisterExtension
  static final EngineExtension OPENSEARCH = EngineExtension.shared("opensearch:2.19.6");

  @RegisterExtension
  static final EngineExtension ELASTICSEARCH_6 = EngineExtension.shared("elasticsearch:6.5.4");

  @TempDir Path directory;

  @Test
  void aFileLoadedTwiceIsIndexedOnce() throws IOException {
    loadTwice(OPENSEARCH.get().client(), "/_bulk");
  }

  @Test
  void elasticsearch6TakesTheTypeFromThePath() throws IOException {
    loadTwice(ELASTICSEARCH_6.get().client(), "/events/_doc/_bulk");
  }

  private void loadTwice(EngineClient client, String path) throws IOException {
    WriteToFiles.main(new String[] {directory.toString()});
    String file = Files.readString(directory.resolve("events-000001.ndjson"));

    client.request("POST", path, file).orThrow();
    client.request("POST", path, file).orThrow();

    assertThat(client.count("pageview")).isEqualTo(1);
    assertThat(client.count("click")).isEqualTo(1);
  }
}
