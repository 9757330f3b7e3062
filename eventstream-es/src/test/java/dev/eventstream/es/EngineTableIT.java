package dev.eventstream.es;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.es.indices.ClusterShards;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of engines in docs/engines.md, against what each engine says. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class EngineTableIT {
  @RegisterExtension final EngineExtension shared;
  private final Engine version;

  EngineTableIT(Engine version) {
    this.shared = EngineExtension.shared(version);
    this.version = version;
  }

  private boolean has(String path) {
    return shared.get().client().request("GET", path).ok();
  }

  private boolean storesFieldsBeyondTheLimit() {
    EngineClient client = shared.get().client();
    String settings =
        "{\"settings\":{\"index.mapping.total_fields.ignore_dynamic_beyond_limit\":true}}";
    boolean does = client.request("PUT", "/engine-table", settings).ok();
    client.request("DELETE", "/engine-table");
    return does;
  }

  @Test
  void theReadmeSaysWhatTheEngineHas() throws Exception {
    String row;
    try (ElasticsearchSink sink = ElasticsearchSink.builder(List.of(shared.get().url())).build()) {
      int limit = ClusterShards.of(sink, List.of()).limit();
      row =
          "| %s %s | %s | %s | %s | %s |"
              .formatted(
                  version.product() == Engine.Product.OPENSEARCH ? "OpenSearch" : "Elasticsearch",
                  version.version(),
                  has("/_index_template") ? "index template" : "legacy template",
                  storesFieldsBeyondTheLimit() ? "stored" : "the event as text",
                  version.product() == Engine.Product.OPENSEARCH && has("/_data_stream")
                      ? "yes"
                      : "no",
                  "%,d".formatted(limit));
    }

    assertThat(Files.readAllLines(Path.of("..", "docs", "engines.md")))
        .as("the row of %s in the table of engines", version)
        .contains(row);
  }
}
