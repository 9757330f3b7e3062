package dev.eventstream.es.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Uses a stand-in for the system's lookup, which can block. */
class NodeAddressesTest {
  private static final Duration NONE = Duration.ZERO;
  private static final Duration LONG = Duration.ofMinutes(1);

  private final InetAddress[] first = addresses(1);
  private final InetAddress[] second = addresses(2);
  private final CountDownLatch answer = new CountDownLatch(1);
  private final AtomicInteger lookups = new AtomicInteger();

  private static InetAddress[] addresses(int last) {
    try {
      return new InetAddress[] {InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last})};
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private InetAddress[] silent(String name) {
    lookups.incrementAndGet();
    try {
      answer.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // by close()
    }
    return first;
  }

  @Test
  void findsWhatTheSystemFinds() throws Exception {
    try (NodeAddresses names = new NodeAddresses(name -> second, LONG)) {
      assertThat(names.resolve("node")).isEqualTo(second);
    }
  }

  @Test
  void takesAnAddressForWhatItIs() throws Exception {
    try (NodeAddresses names = new NodeAddresses()) {
      assertThat(names.resolve("127.0.0.1")).isEqualTo(first);
    }
  }

  @Test
  void saysThatANodeIsNotFound() {
    try (NodeAddresses names =
        new NodeAddresses(
            name -> {
              throw new UnknownHostException(name + " does not exist");
            },
            LONG)) {
      assertThatThrownBy(() -> names.resolve("node"))
          .isInstanceOf(UnknownHostException.class)
          .hasMessageContaining("node does not exist");
    }
  }

  @Test
  void doesNotWaitForASilentNameServerAndAsksItOnceOnly() {
    try (NodeAddresses names = new NodeAddresses(this::silent, NONE)) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> names.resolve("node"))
            .isInstanceOf(UnknownHostException.class)
            .hasMessage("node: no name server has answered yet");
      }
      await().until(() -> lookups.get() == 1);
    }
  }

  @Test
  void takesTheAddressesOfTheLastTimeWhileTheNameServerIsSilent() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (NodeAddresses names =
        new NodeAddresses(
            name -> asked.incrementAndGet() == 1 ? second : silent(name), Duration.ofSeconds(1))) {
      assertThat(names.resolve("node")).isEqualTo(second);

      assertThat(names.resolve("node")).isEqualTo(second);
      assertThat(lookups).hasValue(1);
    }
  }

  @Test
  void oneNameDoesNotWaitForAnother() throws Exception {
    try (NodeAddresses names =
        new NodeAddresses(name -> name.equals("gone") ? silent(name) : second, LONG)) {
      var gone = CompletableFuture.supplyAsync(() -> resolved(names, "gone"));
      await().until(() -> lookups.get() == 1);

      assertThat(names.resolve("node")).isEqualTo(second);

      answer.countDown();
      assertThat(gone.join()).isEqualTo(first);
    }
  }

  private static InetAddress[] resolved(NodeAddresses names, String name) {
    try {
      return names.resolve(name);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void forgetsTheNamesThatAreNotRetained() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (NodeAddresses names =
        new NodeAddresses(
            name -> asked.incrementAndGet() <= 2 ? second : silent(name), Duration.ofSeconds(1))) {
      names.resolve("kept");
      names.resolve("gone");

      names.retain(Set.of("kept"));

      assertThat(names.names()).containsExactly("kept");
      assertThat(names.resolve("kept")).isEqualTo(second);
      assertThatThrownBy(() -> names.resolve("gone"))
          .hasMessage("gone: no name server has answered yet");
    }
  }

  @Test
  void saysThatItIsClosed() {
    NodeAddresses names = new NodeAddresses(name -> second, LONG);
    names.close();

    assertThatThrownBy(() -> names.resolve("node")).hasMessage("node: the sink is closed");
  }
}
