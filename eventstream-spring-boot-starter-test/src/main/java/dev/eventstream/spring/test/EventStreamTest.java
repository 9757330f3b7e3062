package dev.eventstream.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.core.annotation.AliasFor;

/**
 * A test of the whole application whose stream writes to a real engine:
 *
 * <pre>{@code
 * @EventStreamTest
 * class ShopTest {
 *   @Autowired Shop shop;
 *   @Autowired EngineClient engine;
 *
 *   @Test
 *   void anOrderIsIndexed() {
 *     shop.order("4711");
 *     assertThat(engine.count("order")).isEqualTo(1); // refreshes the index first
 *   }
 * }
 * }</pre>
 *
 * <p>It is a {@link SpringBootTest} with these properties: {@code eventstream.elasticsearch-url} is
 * that of the engine, and {@code eventstream.spool.dir} a temporary directory, which is deleted
 * with the application context. {@code eventstream.delivery-timeout} is 30 s unless it is set: the
 * first index can take seconds on a busy machine. Beans of the types {@link
 * dev.eventstream.testkit.RealEngine} and {@link dev.eventstream.testkit.EngineClient} can be
 * injected.
 *
 * <p>All tests of a JVM with the same engine share it, with its indices, until the JVM ends; so
 * tests should use event types of their own. An engine that a test has ended is restarted for the
 * next test class. If the engine cannot run on this machine, the tests are skipped.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ExtendWith(EngineStart.class) // before Spring's extension
@SpringBootTest
public @interface EventStreamTest {

  /**
   * Product and version of the engine, as accepted by {@link dev.eventstream.testkit.Engine#of},
   * for example {@code elasticsearch:8.6.2}.
   */
  String engine() default "opensearch";

  /** As in {@link SpringBootTest}. */
  @AliasFor(annotation = SpringBootTest.class)
  String[] properties() default {};

  /** As in {@link SpringBootTest}. */
  @AliasFor(annotation = SpringBootTest.class)
  Class<?>[] classes() default {};

  /** As in {@link SpringBootTest}. */
  @AliasFor(annotation = SpringBootTest.class)
  WebEnvironment webEnvironment() default WebEnvironment.MOCK;
}
