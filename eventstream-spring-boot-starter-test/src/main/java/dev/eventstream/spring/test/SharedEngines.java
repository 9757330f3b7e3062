package dev.eventstream.spring.test;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.RealEngine;
import java.util.HashMap;
import java.util.Map;

/** The engines of this JVM. */
final class SharedEngines {
  @GuardedBy("SharedEngines.class") private static final Map<Engine, RealEngine> ENGINES = new HashMap<>();

  private SharedEngines() {}

  /**
   * Returns the running engine; starts or restarts it if necessary.
   *
   * @throws dev.eventstream.testkit.EngineUnavailableException if it cannot run on this machine
   */
  static synchronized RealEngine running(String specification) {
    Engine which = Engine.of(specification);
    RealEngine engine = ENGINES.get(which);
    if (engine == null) {
      RealEngine started = RealEngine.builder(which).start();
      Runtime.getRuntime().addShutdownHook(new Thread(started::close, "eventstream-test-engine"));
      ENGINES.put(which, started);
      return started;
    }
    if (!engine.isRunning()) {
      engine.restart();
    }
    return engine;
  }
}
