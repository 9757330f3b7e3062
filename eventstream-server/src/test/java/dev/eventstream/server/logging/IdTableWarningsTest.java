package dev.eventstream.server.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.eventstream.id.DirectoryIdResolver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What the log says about an ID table that cannot be used. */
class IdTableWarningsTest {
  private static final Duration OFTEN = Duration.ofMillis(10);

  @TempDir Path directory;

  private final Logger logger = (Logger) LoggerFactory.getLogger(DirectoryIdResolver.class);
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          if (event.getLevel() == Level.WARN) {
            warnings.add(event.getFormattedMessage());
          }
        }
      };

  @BeforeEach
  void listen() {
    appender.start();
    logger.addAppender(appender);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(appender);
  }

  private void write(String type, String table) throws IOException {
    Files.writeString(directory.resolve(type + ".json"), table);
  }

  @Test
  void nothingIsSaidOfIdsLoadedBeforeWhenNoneWere() throws Exception {
    write("click", "{");

    assertThatThrownBy(() -> DirectoryIdResolver.open(directory, OFTEN))
        .hasMessageContaining("click.json");

    assertThat(warnings).isEmpty();
  }

  @Test
  void aTableThatBreaksLaterStaysInUseAndANewOneThatIsBrokenGivesNoIds() throws Exception {
    write("click", "{\"buy\": \"b\"}");
    try (DirectoryIdResolver ids = DirectoryIdResolver.open(directory, OFTEN)) {
      write("click", "[]");
      await().until(() -> warnings.size() == 1);
      assertThat(warnings.get(0))
          .contains("click.json cannot be used")
          .endsWith("; the IDs previously loaded from it stay in use");
      assertThat(ids.resolve("click", "buy")).isEqualTo("b");

      write("scroll", "[]");
      await().until(() -> warnings.size() == 2);
      assertThat(warnings.get(1))
          .contains("scroll.json cannot be used")
          .endsWith("; events of this type get no ID until it is corrected");
    }
  }
}
