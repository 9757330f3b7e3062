package dev.eventstream.es.bulk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RequestFailureTest {
  private static RequestFailure of(FailureClass failureClass, @Nullable FailureClass alone) {
    return new RequestFailure(failureClass, "reason", true, true, alone);
  }

  @Test
  void theFaultOfTheOnlyDestinationIsNotAFailureOfTheCluster() {
    SinkResult result = of(FailureClass.UNCLEAR, FailureClass.BLOCKED).result(1);

    assertThat(result.requestFailed()).isFalse();
    assertThat(result.get(0)).isEqualTo(new ItemResult.Failed(FailureClass.BLOCKED, "reason"));
  }

  @Test
  void theFaultOfADestinationIsUnclearForSeveralDocuments() {
    SinkResult result = of(FailureClass.UNCLEAR, FailureClass.BLOCKED).result(2);

    assertThat(result.requestFailed()).isTrue();
    assertThat(result.get(1)).isEqualTo(new ItemResult.Failed(FailureClass.UNCLEAR, "reason"));
  }

  @Test
  void anyOtherFaultIsThatOfTheRequest() {
    SinkResult result = of(FailureClass.BLOCKED, null).result(1);

    assertThat(result.requestFailed()).isTrue();
    assertThat(result.get(0)).isEqualTo(new ItemResult.Failed(FailureClass.BLOCKED, "reason"));
  }
}
