package dev.eventstream.testkit;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.opentest4j.TestAbortedException;

/**
 * A {@linkplain RealEngine real engine} for JUnit Jupiter tests (JUnit 5.13 or later).
 *
 * <pre>{@code
 * class SinkIT {
 *   @RegisterExtension static final EngineExtension engine = EngineExtension.shared("opensearch");
 *
 *   @Test
 *   void writes() {
 *     engine.get().client().request("GET", "/");
 *   }
 * }
 * }</pre>
 *
 * <p>In a static field, the engine starts before the class's first test. In an instance field,
 * which a parameterized class sets in its constructor, it starts before each test. An engine that
 * an earlier test has ended is restarted with its data.
 *
 * <p>Tests and lifecycle methods can have the engine as a parameter of type {@link RealEngine};
 * with several engine extensions in a class, use {@link #get()}.
 *
 * <p>If the engine is {@linkplain EngineUnavailableException unavailable}, the tests are skipped.
 * Thread-safe.
 */
public final class EngineExtension
    implements BeforeAllCallback, BeforeEachCallback, ParameterResolver, Supplier<RealEngine> {

  private static final Object STARTS = new Object();

  private final Supplier<RealEngine> start;
  private final boolean shared;

  /**
   * By engine if shared, otherwise by this extension, so that two extensions in a class have
   * separate engines.
   */
  private final Namespace namespace;

  private volatile @Nullable RealEngine engine;

  EngineExtension(Supplier<RealEngine> start, boolean shared, Object key) {
    this.start = start;
    this.shared = shared;
    this.namespace = Namespace.create(EngineExtension.class, key);
  }

  /**
   * Creates an extension with an engine for the test class alone, or in an instance field for the
   * test alone, with default settings.
   *
   * @param specification product and version, as accepted by {@link Engine#of}
   * @throws IllegalArgumentException if there is no such engine
   */
  public static EngineExtension of(String specification) {
    return of(RealEngine.builder(specification));
  }

  /**
   * Creates an extension with an engine for the test class alone, or in an instance field for the
   * test alone.
   *
   * @param builder the engine's settings, which must not be changed afterwards
   */
  public static EngineExtension of(RealEngine.Builder builder) {
    return new EngineExtension(builder::start, false, new Object());
  }

  /**
   * Creates an extension with an engine that all test classes of the run share, with default
   * settings. It starts when the first class needs it and ends after the last test of the run.
   * Tests should use separate indices.
   *
   * @param specification product and version, as accepted by {@link Engine#of}
   * @throws IllegalArgumentException if there is no such engine
   */
  public static EngineExtension shared(String specification) {
    return shared(Engine.of(specification));
  }

  /**
   * Creates an extension with an engine that all test classes of the run share; see {@link
   * #shared(String)}.
   */
  public static EngineExtension shared(Engine engine) {
    return new EngineExtension(RealEngine.builder(engine)::start, true, engine);
  }

  /**
   * Returns the running engine.
   *
   * @throws IllegalStateException if no test has begun yet
   */
  @Override
  public RealEngine get() {
    RealEngine running = engine;
    if (running == null) {
      throw new IllegalStateException(
          "The engine starts with the first test. Is the extension in a field with"
              + " @RegisterExtension?");
    }
    return running;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    ensureRunning(context);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    ensureRunning(context);
  }

  private void ensureRunning(ExtensionContext context) {
    ExtensionContext owner = shared ? context.getRoot() : context;
    Store store = owner.getStore(namespace);
    try {
      synchronized (STARTS) {
        RealEngine known = store.get(RealEngine.class, RealEngine.class);
        if (known == null) {
          known = start.get();
          store.put(RealEngine.class, known); // closed with the store
        } else if (!known.isRunning()) {
          known.restart();
        }
        engine = known;
      }
    } catch (EngineUnavailableException e) {
      throw new TestAbortedException(e.getMessage(), e);
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == RealEngine.class;
  }

  @Override
  public RealEngine resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return get();
  }
}
