package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

class EngineExtensionIT {

  private static final String ENGINE = "opensearch:2.19.6";

  /** Process IDs of the shared engine as seen by the classes below. */
  private static final Set<Long> SHARED = ConcurrentHashMap.newKeySet();

  @AfterAll
  static void allClassesUsedTheSameSharedEngine() {
    assertThat(SHARED).hasSize(1);
  }

  @Nested
  class OneClassThatSharesTheEngine {
    @RegisterExtension static final EngineExtension engine = EngineExtension.shared(ENGINE);

    @Test
    void seesItRunning() {
      assertThat(engine.get().client().healthy()).isTrue();
      SHARED.add(engine.get().pid());
    }
  }

  @Nested
  class AnotherClassThatSharesTheEngine {
    @RegisterExtension static final EngineExtension engine = EngineExtension.shared("opensearch");

    @Test
    void seesItRunning(RealEngine sameEngine) {
      assertThat(sameEngine).isSameAs(engine.get());
      SHARED.add(engine.get().pid());
    }
  }

  @Nested
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  class AClassWithAnEngineOfItsOwn {
    @RegisterExtension
    static final EngineExtension engine =
        EngineExtension.of(RealEngine.builder(ENGINE).setting("node.attr.rack", "r1"));

    @BeforeAll
    static void startsBeforeTheFirstTest(RealEngine engine) {
      assertThat(engine.isRunning()).isTrue();
    }

    @Test
    @Order(1)
    void startsWithTheSettingsOfTheBuilder(RealEngine engine) {
      assertThat(engine.client().request("GET", "/_cat/nodeattrs").body()).contains("r1");
      assertThat(SHARED).doesNotContain(engine.pid());
      engine.kill();
    }

    @Test
    @Order(2)
    void restartsAfterATestHasKilledIt(RealEngine engine) {
      assertThat(engine.isRunning()).isTrue();
    }

    @Nested
    class Within {
      @Test
      void usesTheEngineOfTheOuterClass(RealEngine inner) {
        assertThat(inner).isSameAs(engine.get());
      }
    }
  }

  @Nested
  @ParameterizedClass
  @MethodSource("dev.eventstream.testkit.Engine#underTest")
  class AClassOverSeveralEngines {
    @RegisterExtension final EngineExtension engine;

    private final Engine wanted;

    AClassOverSeveralEngines(Engine wanted) {
      this.wanted = wanted;
      this.engine = EngineExtension.shared(wanted);
    }

    @Test
    void hasEachInTurn() {
      assertThat(engine.get().engine()).isEqualTo(wanted);
      assertThat(engine.get().client().healthy()).isTrue();
    }
  }
}
