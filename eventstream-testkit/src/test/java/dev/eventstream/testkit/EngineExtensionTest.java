package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/** Failure cases; {@link EngineExtensionIT} tests the normal ones. */
class EngineExtensionTest {

  @Test
  void hasNoEngineBeforeTheFirstTest() {
    assertThatThrownBy(EngineExtension.of("opensearch")::get)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("@RegisterExtension");
  }

  @Test
  void skipsTheTestsIfTheEngineIsUnavailable() {
    ExtensionContext context = mock(ExtensionContext.class);
    when(context.getStore(any())).thenReturn(mock(ExtensionContext.Store.class));
    EngineExtension extension =
        new EngineExtension(
            () -> {
              throw new EngineUnavailableException("Install a newer JDK.");
            },
            false,
            "key");

    assertThatThrownBy(() -> extension.beforeAll(context))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("Install a newer JDK.");
  }
}
