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
 * an earlier test has ended is restarted, with its data.
 *
 * <p>Tests and lifecycle methods may take the engine as a parameter of type {@link RealEngine};
 * with several engine extensions in a class, use {@link #get()}.
 *
 * <p>Where the engine is {@linkplain EngineUnavailableException unavailable}, the tests are
 * skipped. Thread-safe.
 */
public final class EngineExtension
    implements BeforeAllCallback, BeforeEachCallback, ParameterResolver, Supplier<RealEngine> {

  private static final Object STARTS = new Object();

  private final Supplier<RealEngine> start;
  private final boolean shared;

  /** By engine if shared, else by this extension, so that two in a class have an engine each. */
  private final Namespace namespace;

  private volatile @Nullable RealEngine engine;

  EngineExtension(Supplier<RealEngine> start, boolean shared, Object key) {
    this.start = start;
    this.shared = shared;
    this.namespace = Namespace.create(EngineExtension.class, key);
  }

  /**
   * An engine of the test class's own (of the test's own, in an instance field), with every setting
   * at its default.
   *
   * @param specification product and version, as {@link Engine#of} reads them
   * @return the extension
   * @throws IllegalArgumentException if there is no such engine
   */
  public static EngineExtension of(String specification) {
    return of(RealEngine.builder(specification));
  }

  /**
   * An engine of the test class's own (of the test's own, in an instance field).
   *
   * @param builder the engine's settings, not to be changed any more
   * @return the extension
   */
  public static EngineExtension of(RealEngine.Builder builder) {
    return new EngineExtension(builder::start, false, new Object());
  }

  /**
   * The engine that all test classes of the run have in common, with every setting at its default.
   * It starts when the first of them needs it and ends after the last test of the run. Tests should
   * use indices of their own.
   *
   * @param specification product and version, as {@link Engine#of} reads them
   * @return the extension
   * @throws IllegalArgumentException if there is no such engine
   */
  public static EngineExtension shared(String specification) {
    return shared(Engine.of(specification));
  }

  /**
   * The engine that all test classes of the run have in common; see {@link #shared(String)}.
   *
   * @param engine the engine
   * @return the extension
   */
  public static EngineExtension shared(Engine engine) {
    return new EngineExtension(RealEngine.builder(engine)::start, true, engine);
  }

  /**
   * The engine.
   *
   * @return the running engine
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
