package dev.eventstream.es.reindex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.es.reindex.HitPage.Hit;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

class BulkCopierTest {
  private static final ItemResult UNCLEAR = failed(FailureClass.UNCLEAR);

  private final ReindexTally tally = new ReindexTally();
  private final Set<String> inTarget = ConcurrentHashMap.newKeySet();
  private final List<List<String>> requests = Collections.synchronizedList(new ArrayList<>());

  /** Decides a document, which is not written before, from its id and all ids of its request. */
  private BiFunction<String, List<String>, ItemResult> engine = (id, request) -> ItemResult.WRITTEN;

  @Test
  void oneDocumentAtFaultIsFoundAndBlocksNoOther() throws Exception {
    engine = (id, request) -> request.contains("d7") ? UNCLEAR : ItemResult.WRITTEN;

    copy(20, Duration.ofMinutes(1));

    ReindexReport report = tally.report(20, List.of());
    assertThat(report.written()).isEqualTo(19);
    assertThat(report.failures()).extracting(ReindexReport.Failure::id).containsExactly("d7");
    assertThat(inTarget).hasSize(19);
  }

  @Test
  void aRequestThatIsTooLargeIsHalved() throws Exception {
    engine =
        (id, request) -> request.size() > 3 ? failed(FailureClass.TOO_LARGE) : ItemResult.WRITTEN;

    copy(10, Duration.ofMinutes(1));

    assertThat(tally.report(10, List.of()).written()).isEqualTo(10);
    engine = (id, request) -> failed(FailureClass.TOO_LARGE);
    copy(1, Duration.ofMinutes(1));
    assertThat(tally.report(11, List.of()).failed()).isEqualTo(1);
  }

  @Test
  void whatMaySucceedLaterIsSentAgain() throws Exception {
    List<String> refused = Collections.synchronizedList(new ArrayList<>(List.of("d1", "d2")));
    engine = (id, request) -> refused.remove(id) ? failed(FailureClass.RETRY) : ItemResult.WRITTEN;

    copy(4, Duration.ofMinutes(1));

    assertThat(tally.report(4, List.of()).written()).isEqualTo(4);
    assertThat(requests).containsExactly(List.of("d0", "d1", "d2", "d3"), List.of("d1", "d2"));
  }

  @Test
  void aTargetThatAcceptsNothingEndsTheCopyAfterAWhile() {
    engine = (id, request) -> failed(FailureClass.BLOCKED);

    assertThatThrownBy(() -> copy(4, Duration.ZERO))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("continues when it is run again. reason of d3");
    assertThat(tally.report(4, List.of()).failed()).isZero();
  }

  @Test
  void documentsThatAreDroppedOrCanNeverBeWrittenHaveFailed() throws Exception {
    engine =
        (id, request) ->
            switch (id) {
              case "d0" -> ItemResult.DROPPED;
              case "d1" -> failed(FailureClass.NEVER);
              case "d2" -> ItemResult.DUPLICATE;
              case "d3" -> new ItemResult.Sheltered("misfit");
              default -> ItemResult.WRITTEN;
            };

    copy(5, Duration.ofMinutes(1));

    ReindexReport report = tally.report(5, List.of());
    assertThat(report.failed()).isEqualTo(2);
    assertThat(report.alreadyThere()).isEqualTo(1);
    assertThat(report.sheltered()).isEqualTo(1);
    assertThat(report.written()).isEqualTo(1);
    assertThat(report.targets()).containsOnly(Map.entry("target", 3L));
  }

  private void copy(int documents, Duration maxWait) throws IOException, InterruptedException {
    try (RejectedDocuments rejected = RejectedDocuments.open(null, null);
        BulkCopier copier = new BulkCopier(new Sink(), maxWait, 0, rejected, reason -> {})) {
      for (int i = 0; i < documents; i++) {
        copier.add(
            "source",
            new Hit("d" + i, null, null, null, "{}".getBytes(UTF_8), 0, 2),
            "target",
            tally);
      }
      copier.drain("source", tally);
    }
  }

  private static ItemResult.Failed failed(FailureClass failureClass) {
    return new ItemResult.Failed(failureClass, "reason of d3");
  }

  private final class Sink implements EventSink {
    @Override
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < documents.size(); i++) {
        ids.add(documents.get(i).id());
      }
      requests.add(ids);
      List<ItemResult> results = ids.stream().map(id -> engine.apply(id, ids)).toList();
      for (int i = 0; i < ids.size(); i++) {
        if (results.get(i) == ItemResult.WRITTEN) {
          inTarget.add(ids.get(i));
        }
      }
      return CompletableFuture.completedFuture(SinkResult.of(results));
    }

    @Override
    public void close() {}
  }
}
