package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LoopbackPortTest {

  @Test
  void returnsEachPortOnceAndNoneOfTheEphemeralRange() {
    Set<Integer> ports = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      ports.add(LoopbackPort.next());
    }
    assertThat(ports).hasSize(50).allMatch(port -> port >= 15_000 && port < 32_000);
  }

  @Test
  void detectsThatAPortIsTaken() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
      assertThat(LoopbackPort.isFree(port)).isFalse();
    }
    assertThat(LoopbackPort.isFree(port)).isTrue();
  }
}
