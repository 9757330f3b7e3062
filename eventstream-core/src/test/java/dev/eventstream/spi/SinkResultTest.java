package dev.eventstream.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SinkResultTest {
  private static final ItemResult FAILED = new ItemResult.Failed(FailureClass.RETRY, "busy");

  @Test
  void returnsTheResultOfEachDocument() {
    SinkResult result = SinkResult.of(List.of(ItemResult.WRITTEN, FAILED, ItemResult.DUPLICATE));

    assertThat(result.size()).isEqualTo(3);
    assertThat(result.get(0)).isEqualTo(ItemResult.WRITTEN);
    assertThat(result.get(1)).isEqualTo(FAILED);
    assertThat(result.get(2)).isEqualTo(ItemResult.DUPLICATE);
    assertThat(result.allWritten()).isFalse();
  }

  @Test
  void knowsWhetherAllDocumentsWereWritten() {
    assertThat(SinkResult.all(2, ItemResult.WRITTEN).allWritten()).isTrue();
    assertThat(SinkResult.of(List.of(ItemResult.WRITTEN, new ItemResult.Written())).allWritten())
        .isTrue();
    assertThat(SinkResult.all(2, ItemResult.DUPLICATE).allWritten()).isFalse();
    assertThat(SinkResult.all(2, FAILED).get(1)).isEqualTo(FAILED);
    assertThat(SinkResult.of(List.of(FAILED, FAILED)).size()).isEqualTo(2);
  }

  @Test
  void onlyACommonFailureMeansThatTheRequestFailed() {
    assertThat(SinkResult.all(2, FAILED).requestFailed()).isTrue();
    assertThat(SinkResult.of(List.of(FAILED, FAILED)).requestFailed()).isFalse();
    assertThat(SinkResult.of(List.of(FAILED)).requestFailed()).isFalse();
    assertThat(SinkResult.all(2, ItemResult.WRITTEN).requestFailed()).isFalse();
    assertThat(SinkResult.all(2, ItemResult.DUPLICATE).requestFailed()).isFalse();
  }

  @Test
  void copiesItsList() {
    List<ItemResult> results = new ArrayList<>(List.of(FAILED, ItemResult.WRITTEN));
    SinkResult result = SinkResult.of(results);
    results.set(0, ItemResult.WRITTEN);

    assertThat(result.get(0)).isEqualTo(FAILED);
  }

  @Test
  void rejectsNullResults() {
    List<ItemResult> holed = new ArrayList<>();
    holed.add(ItemResult.WRITTEN);
    holed.add(null);

    assertThatNullPointerException().isThrownBy(() -> SinkResult.all(1, null));
    assertThatNullPointerException().isThrownBy(() -> SinkResult.of(holed));
    assertThatNullPointerException().isThrownBy(() -> new ItemResult.Failed(null, "why"));
    assertThatNullPointerException()
        .isThrownBy(() -> new ItemResult.Failed(FailureClass.NEVER, null));
  }
}
