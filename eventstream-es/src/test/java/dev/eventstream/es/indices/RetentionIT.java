package dev.eventstream.es.indices;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.indices.Retention.Action;
import dev.eventstream.es.indices.Retention.Step;
import dev.eventstream.es.request.JsonRequests;
import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.es.template.IndexTemplates;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What happens to old indices, on real engines. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class RetentionIT {
  private static final Duration DAY = Duration.ofDays(1);

  @RegisterExtension final EngineExtension shared;

  private ElasticsearchSink sink;
  private EngineClient client;

  RetentionIT(Engine version) {
    this.shared = EngineExtension.shared(version);
  }

  @BeforeEach
  void open() {
    client = shared.get().client();
    sink = ElasticsearchSink.builder(List.of(shared.get().url())).build();
  }

  @AfterEach
  void close() {
    sink.close();
  }

  private void create(String... indices) throws Exception {
    IndexTemplate template = IndexTemplate.builder(List.of("old-*", "age-*")).replicas(1).build();
    IndexTemplates.apply(sink, template, true).toCompletableFuture().get();
    for (String index : indices) {
      client.request("PUT", "/" + index).orThrow();
    }
  }

  private List<String> left(String pattern) throws Exception {
    return Indices.list(sink, List.of(pattern)).stream().map(IndexInfo::name).toList();
  }

  @Test
  void whatIsTooOldIsDeletedAndTheRestStays() throws Exception {
    create("age-a-2020", "age-a-2021", "age-a-2022", "age-b-2020");
    client.request("PUT", "/ages-a-2020").orThrow();
    client.request("POST", "/age-a-2021/_close").orThrow();
    Retention retention =
        Retention.builder("age-{eventType}-{yyyy}").after(DAY, Action.DELETE).build();

    assertThat(retention.plan(sink)).extracting(Step::index).contains("age-a-2020", "age-a-2021");
    assertThat(left("age-*")).hasSize(4);
    Retention.Report first = retention.apply(sink, 1);
    assertThat(first.done()).extracting(Step::index).containsExactly("age-a-2020");
    assertThat(first.left()).isEqualTo(1);
    Retention.Report second = retention.apply(sink, 10);
    assertThat(second.done()).extracting(Step::index).containsExactly("age-a-2021");
    assertThat(second.left()).isZero();
    assertThat(retention.apply(sink, 10).done()).isEmpty();
    assertThat(left("age-*")).containsExactly("age-a-2022", "age-b-2020");
    assertThat(left("ages-*")).hasSize(1);
  }

  @Test
  void replicasAreRemovedAndIndicesClosedOnce() throws Exception {
    create("old-shrink-2020", "old-shrink-2025", "old-shrink-2026");
    Retention retention =
        Retention.builder("old-{eventType}-{yyyy}")
            .eventTypes(Set.of("shrink"))
            .after(DAY, Action.REMOVE_REPLICAS)
            .after(Duration.ofDays(1500), Action.CLOSE)
            .build();

    assertThat(retention.apply(sink, 10).done())
        .extracting(Step::action)
        .containsExactlyInAnyOrder(Action.CLOSE, Action.REMOVE_REPLICAS);
    assertThat(retention.apply(sink, 10).done()).isEmpty();
    List<IndexInfo> indices = Indices.list(sink, List.of("old-shrink-*"));
    assertThat(indices).extracting(IndexInfo::isOpen).containsExactly(false, true, true);
    assertThat(indices.get(1).replicas()).isZero();
    assertThat(indices.get(2).replicas()).isEqualTo(1);
  }

  @Test
  void oneProcessDoesItAtATime() throws Exception {
    create("old-lock-2020", "old-lock-2021");
    Retention retention =
        Retention.builder("old-{eventType}-{yyyy}")
            .eventTypes(Set.of("lock"))
            .after(DAY, Action.DELETE)
            .build();
    JsonRequests requests = new JsonRequests(sink.cluster());
    ClusterLock lock =
        new ClusterLock(requests, sink.engine().toCompletableFuture().get(), "retention");
    Instant now = Instant.now();
    assertThat(lock.acquire("somebody", now, Duration.ofMinutes(1))).isEmpty();

    assertThat(lock.acquire("me", now.plusSeconds(59), DAY)).contains("somebody");
    assertThat(retention.apply(sink, 10).busy()).isEqualTo("somebody");
    assertThat(left("old-lock-*")).hasSize(2);

    assertThat(lock.acquire("me", now.plusSeconds(60), DAY)).as("expired").isEmpty();
    lock.release("somebody");
    assertThat(retention.apply(sink, 10).busy()).as("not released by another").isEqualTo("me");
    lock.release("me");
    assertThat(retention.apply(sink, 10).done()).hasSize(1);
    assertThat(lock.acquire("me", now, DAY)).as("released").isEqualTo(Optional.empty());
    lock.release("me");
  }

  @Test
  void anIndexThatTheClusterRefusesToTouchDoesNotKeepTheOthers() throws Exception {
    create("old-blocked-2019", "old-blocked-2020", "old-blocked-2021");
    String block = "{\"index.blocks.read_only\":%b}";
    client.request("PUT", "/old-blocked-2019/_settings", String.format(block, true)).orThrow();
    Retention retention =
        Retention.builder("old-{eventType}-{yyyy}")
            .eventTypes(Set.of("blocked"))
            .after(DAY, Action.REMOVE_REPLICAS)
            .build();

    Retention.Report report = retention.apply(sink, 10);
    client.request("PUT", "/old-blocked-2019/_settings", String.format(block, false)).orThrow();

    assertThat(report.done()).extracting(Step::index).containsExactly("old-blocked-2020");
    assertThat(report.failed().keySet())
        .extracting(Step::index)
        .containsExactly("old-blocked-2019");
    assertThat(report.failed().values()).allMatch(reason -> reason.contains("cluster_block"));
  }
}
