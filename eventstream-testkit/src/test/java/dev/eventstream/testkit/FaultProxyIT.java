package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a real engine has executed when its client sees a fault. */
class FaultProxyIT {

  private static final String INDEX = "fault-proxy";

  @RegisterExtension
  static final EngineExtension engine = EngineExtension.shared("opensearch:2.19.6");

  @Test
  void losesTheAnswerOrTheRequest(RealEngine engine) {
    try (FaultProxy proxy = FaultProxy.start(engine.url())) {
      EngineClient client = new EngineClient(proxy.url());
      put(client, "before").orThrow();

      proxy.injectNext(Fault.resetRequest().on("PUT"));
      assertThatThrownBy(() -> put(client, "reset-request"))
          .isInstanceOf(UncheckedIOException.class);
      proxy.injectNext(Fault.resetAnswer().on("PUT"));
      assertThatThrownBy(() -> put(client, "reset-answer"))
          .isInstanceOf(UncheckedIOException.class);
      proxy.injectNext(Fault.replaceAnswer(504, "").on("PUT"));
      assertThat(put(client, "replaced-answer").status()).isEqualTo(504);
      proxy.injectNext(Fault.answer(429, "").on("PUT"));
      assertThat(put(client, "answered").status()).isEqualTo(429);

      assertThat(engine.client().source(INDEX, "reset-request")).isEmpty();
      assertThat(engine.client().source(INDEX, "answered")).isEmpty();
      assertThat(client.source(INDEX, "reset-answer")).contains("{\"a\":1}");
      assertThat(client.source(INDEX, "replaced-answer")).contains("{\"a\":1}");
      assertThat(client.count(INDEX)).isEqualTo(3);
      assertThat(proxy.faults()).isEqualTo(4);
    }
  }

  @Test
  void forwardsTheEndAndTheRestartOfAnEngine() {
    try (RealEngine own = RealEngine.start("opensearch:2.19.6");
        FaultProxy proxy = FaultProxy.start(own.url())) {
      EngineClient client = new EngineClient(proxy.url());
      assertThat(client.healthy()).isTrue();
      own.kill();
      assertThat(client.healthy()).isFalse();
      own.restart();
      assertThat(client.healthy()).isTrue();

      proxy.refuseConnections();
      assertThat(client.healthy()).isFalse();
      proxy.heal();
      assertThat(client.healthy()).isTrue();
    }
  }

  private static EngineClient.Response put(EngineClient client, String id) {
    return client.request("PUT", "/" + INDEX + "/_doc/" + id, "{\"a\":1}");
  }
}
