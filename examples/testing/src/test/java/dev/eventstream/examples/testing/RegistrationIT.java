package dev.eventstream.examples.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.EventStream;
import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.Fault;
import dev.eventstream.testkit.FaultProxy;
import dev.eventstream.testkit.RealEngine;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tests the registration with a real engine, also when the engine is away. */
class RegistrationIT {
  @RegisterExtension
  static final EngineExtension ENGINE = EngineExtension.shared("opensearch:2.19.6");

  @TempDir Path directory;
  private FaultProxy cluster; // in front of the engine
  private EventStream events;
  private Registration registration;

  @BeforeEach
  void start(RealEngine engine) throws Exception {
    engine.client().request("DELETE", "/registration");
    cluster = FaultProxy.start(engine.url());
    events =
        EventStream.builder()
            .sink(cluster.url().toString())
            .spool(MapDbSpool.open(directory))
            .build();
    registration = new Registration(events);
  }

  @AfterEach
  void stop() {
    events.close();
    cluster.close();
  }

  @Test
  void aRegistrationIsInTheIndex(RealEngine engine) {
    assertThat(registration.register("anna", "free").join()).isTrue();

    assertThat(engine.client().source("registration", "registration-anna"))
        .hasValueSatisfying(
            json -> assertThat(json).contains("\"eventValue\":\"free\"", "\"user\":\"anna\""));
  }

  @Test
  void registeringAgainChangesNothing(RealEngine engine) {
    registration.register("anna", "free").join();
    assertThat(registration.register("anna", "pro").join()).isTrue();

    assertThat(engine.client().count("registration")).isEqualTo(1);
    assertThat(engine.client().source("registration", "registration-anna"))
        .hasValueSatisfying(json -> assertThat(json).contains("\"eventValue\":\"free\""));
  }

  @Test
  void aRegistrationDuringAnOutageIsIndexedAfterIt(RealEngine engine) {
    cluster.refuseConnections();
    assertThat(registration.register("anna", "free").join()).isTrue();
    assertThat(engine.client().count("registration")).isZero();

    cluster.heal();
    await().until(() -> engine.client().count("registration") == 1);
  }

  @Test
  void aRegistrationWhoseAnswerIsLostIsIndexedOnce(RealEngine engine) {
    cluster.injectNext(Fault.resetAnswer().on("_bulk"));
    assertThat(registration.register("anna", "free").join()).isTrue();

    assertThat(cluster.faults()).isEqualTo(1);
    assertThat(engine.client().count("registration")).isEqualTo(1);
  }
}
