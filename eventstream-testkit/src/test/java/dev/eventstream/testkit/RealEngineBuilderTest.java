package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RealEngineBuilderTest {

  private final RealEngine.Builder builder = RealEngine.builder("opensearch");

  @ParameterizedTest
  @ValueSource(ints = {-1, 65_536})
  void rejectsAnInvalidPort(int port) {
    assertThatThrownBy(() -> builder.port(port))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("port must be 0 to 65535, not " + port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "256", "0m", "-1g", "256 m", "256mb", "1t"})
  void rejectsAHeapThatTheJvmWouldNotAccept(String heap) {
    assertThatThrownBy(() -> builder.heap(heap))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("heap must be like 512m or 1g, not '" + heap + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S"})
  void rejectsATimeoutThatIsNotPositive(Duration timeout) {
    assertThatThrownBy(() -> builder.startTimeout(timeout))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("startTimeout must be positive, not " + timeout);
  }

  @Test
  void refersToTheMethodForThePort() {
    assertThatThrownBy(() -> builder.setting("http.port", "9200"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Use port() for http.port");
  }

  @Test
  void reportsImmediatelyThatAPortIsInUse() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = other.getLocalPort();
      assertThatThrownBy(() -> builder.port(port).start())
          .isInstanceOf(EngineStartException.class)
          .hasMessageContaining("port " + port + " on 127.0.0.1 is in use")
          .hasMessageContaining("choose another port");
    }
  }
}
