package dev.eventstream.es.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.StandInCluster;
import dev.eventstream.es.Writes;
import dev.eventstream.es.template.TemplateReport.Found;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a cluster's answers mean for the template. */
class IndexTemplatesTest {
  private static final IndexTemplate TEMPLATE = IndexTemplate.builder(List.of("events-*")).build();

  @ParameterizedTest
  @ValueSource(strings = {"GET", "PUT"})
  void missingPrivilegesAreARefusalWithTheRemedy(String method) throws Exception {
    assertThatThrownBy(
            () -> apply(request -> request.method().equals(method) ? 403 : absent(request)))
        .hasCauseInstanceOf(TemplateRefusedException.class)
        .hasMessageContaining(" answered 403; ")
        .hasMessageContaining("manage_index_templates")
        .hasMessageContaining("indices:admin/index_template/");
  }

  @ParameterizedTest
  @CsvSource({"400, true", "405, true", "401, false", "429, false", "500, false", "503, false"})
  void onlyWhatNoRepetitionChangesIsARefusal(int status, boolean refusal) throws Exception {
    Class<? extends IOException> expected =
        refusal ? TemplateRefusedException.class : IOException.class;

    assertThatThrownBy(
            () -> apply(request -> request.method().equals("PUT") ? status : absent(request)))
        .hasCauseExactlyInstanceOf(expected)
        .hasMessageContaining(String.valueOf(status));
  }

  @Test
  void aClusterThatIsDownHasNotRefused() throws Exception {
    URI nobody;
    try (StandInCluster cluster = StandInCluster.http()) {
      nobody = cluster.url();
    }
    try (ElasticsearchSink sink = Writes.sink(nobody).build()) {
      assertThatThrownBy(() -> apply(sink)).hasCauseExactlyInstanceOf(IOException.class);
    }
  }

  @Test
  void theTemplateIsInstalledWhereThereIsNone() throws Exception {
    assertThat(apply(IndexTemplatesTest::absent))
        .isEqualTo(new TemplateReport(Found.ABSENT, List.of(), true));
  }

  private static int absent(StandInCluster.Asked request) {
    boolean isSearched =
        request.method().equals("GET") && request.uri().getPath().startsWith("/_index_template/");
    return isSearched ? 404 : 200;
  }

  private static TemplateReport apply(ToIntFunction<StandInCluster.Asked> status) throws Exception {
    try (StandInCluster cluster = StandInCluster.http().answering(status);
        ElasticsearchSink sink = Writes.sink(cluster.url()).build()) {
      return apply(sink);
    }
  }

  private static TemplateReport apply(ElasticsearchSink sink) throws Exception {
    return IndexTemplates.apply(sink, TEMPLATE, false)
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }
}
