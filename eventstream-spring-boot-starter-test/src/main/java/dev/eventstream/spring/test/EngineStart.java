package dev.eventstream.spring.test;

import dev.eventstream.testkit.EngineUnavailableException;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;
import org.springframework.test.context.TestContextAnnotationUtils;

/** Starts the engine of a test class, or skips the class if the engine cannot run here. */
final class EngineStart implements BeforeAllCallback {

  @Override
  public void beforeAll(ExtensionContext context) {
    EventStreamTest test =
        TestContextAnnotationUtils.findMergedAnnotation(
            context.getRequiredTestClass(), EventStreamTest.class);
    if (test != null) {
      try {
        SharedEngines.running(test.engine());
      } catch (EngineUnavailableException e) {
        throw new TestAbortedException(e.getMessage(), e);
      }
    }
  }
}
