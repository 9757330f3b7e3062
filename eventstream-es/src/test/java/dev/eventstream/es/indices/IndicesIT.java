package dev.eventstream.es.indices;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.es.template.IndexTemplates;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Lists of indices on real engines. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class IndicesIT {
  @RegisterExtension final EngineExtension shared;

  IndicesIT(Engine version) {
    this.shared = EngineExtension.shared(version);
  }

  @Test
  void listsTheIndicesThatAPatternMatches() throws Exception {
    EngineClient client = shared.get().client();
    String sized = "{\"settings\":{\"number_of_shards\":2,\"number_of_replicas\":0}}";
    client.request("PUT", "/list-plain", sized).orThrow();
    try (ElasticsearchSink sink = ElasticsearchSink.builder(List.of(shared.get().url())).build()) {
      IndexTemplate template = IndexTemplate.builder(List.of("list-t*")).replicas(0).build();
      IndexTemplates.apply(sink, template, true).toCompletableFuture().get();
      client.request("PUT", "/list-templated/_doc/1?refresh=true", "{\"a\":1}").orThrow();
      client.request("PUT", "/unlisted", sized).orThrow();
      client.request("POST", "/list-plain/_close").orThrow();

      List<IndexInfo> indices = Indices.list(sink, List.of("list-*", "other"));

      assertThat(indices)
          .extracting(IndexInfo::name)
          .containsExactly("list-plain", "list-templated");
      IndexInfo plain = indices.get(0);
      assertThat(plain.isOpen()).isFalse();
      assertThat(plain.hasTemplate()).isFalse();
      boolean tells = !shared.get().engine().toString().startsWith("elasticsearch:6");
      assertThat(plain.shards()).isEqualTo(tells ? 2 : 0);
      IndexInfo templated = indices.get(1);
      assertThat(templated.isOpen()).isTrue();
      assertThat(templated.health()).isEqualTo("green");
      assertThat(templated.hasTemplate()).isTrue();
      assertThat(templated.documents()).isEqualTo(1);
      assertThat(templated.bytes()).isPositive();
      assertThat(templated.created())
          .isBetween(Instant.now().minus(Duration.ofMinutes(5)), Instant.now().plusSeconds(5));
      assertThat(Indices.list(sink, List.of()))
          .extracting(IndexInfo::name)
          .contains("unlisted", "list-plain");
    }
  }

  @Test
  void tellsHowManyShardsTheClusterHasAndMayHave() throws Exception {
    EngineClient client = shared.get().client();
    try (ElasticsearchSink sink = ElasticsearchSink.builder(List.of(shared.get().url())).build()) {
      ClusterShards before = ClusterShards.of(sink, List.of());
      String settings = "{\"settings\":{\"number_of_shards\":3,\"number_of_replicas\":1}}";
      client.request("PUT", "/counted-shards", settings).orThrow();

      ClusterShards after = ClusterShards.of(sink, List.of());
      client.request("DELETE", "/counted-shards").orThrow();

      assertThat(after.shards()).isEqualTo(before.shards() + 6);
      assertThat(after.limit()).isEqualTo(1_000);
    }
  }
}
