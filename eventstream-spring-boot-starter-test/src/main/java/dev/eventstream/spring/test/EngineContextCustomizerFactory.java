package dev.eventstream.spring.test;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.TestContextAnnotationUtils;

/** Finds the tests with {@link EventStreamTest}. */
final class EngineContextCustomizerFactory implements ContextCustomizerFactory {

  @Override
  public @Nullable ContextCustomizer createContextCustomizer(
      Class<?> testClass, List<ContextConfigurationAttributes> configAttributes) {
    EventStreamTest test =
        TestContextAnnotationUtils.findMergedAnnotation(testClass, EventStreamTest.class);
    return test == null ? null : new EngineContextCustomizer(test.engine());
  }
}
