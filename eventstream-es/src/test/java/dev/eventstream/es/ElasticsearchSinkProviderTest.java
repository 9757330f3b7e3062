package dev.eventstream.es;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.eventstream.EventStream;
import org.junit.jupiter.api.Test;

class ElasticsearchSinkProviderTest {
  @Test
  void aMistypedSchemeIsReportedWithTheKnownOnes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EventStream.builder().sink("htp://localhost:9200").build())
        .withMessage(
            "the sink URL htp://localhost:9200 has the unknown scheme \"htp\"; known are http, https");
  }
}
