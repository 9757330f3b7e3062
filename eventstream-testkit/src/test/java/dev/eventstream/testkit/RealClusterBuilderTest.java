package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RealClusterBuilderTest {

  private final RealCluster.Builder builder = RealCluster.builder("opensearch");

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 10})
  void rejectsAnInvalidNumberOfNodes(int count) {
    assertThatThrownBy(() -> builder.nodes(count))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("nodes must be 1 to 9, not " + count);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"node.name", "path.data", "http.port", "transport.port", "transport.tcp.port"})
  void rejectsASettingThatMustDifferBetweenNodes(String name) {
    assertThatThrownBy(() -> builder.setting(name, "1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(name + " must differ between the nodes of a cluster");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S"})
  void rejectsATimeoutThatIsNotPositive(Duration timeout) {
    assertThatThrownBy(() -> builder.timeout(timeout))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("timeout must be positive, not " + timeout);
  }
}
