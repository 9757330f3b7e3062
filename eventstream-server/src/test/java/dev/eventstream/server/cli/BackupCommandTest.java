package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackupCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @ParameterizedTest
  @CsvSource({
    "'', Usage: eventstream backup",
    "delete, there is no command",
    "create --jsn, there is no option --jsn",
    "list --dry-run, there is no option --dry-run",
    "verify --max-age, Missing required parameter for option",
    "verify --max-age soon, '\"soon\" is not a time'",
    "restore, Missing required parameter",
    "restore --dry-run, Missing required parameter",
    "prune, 'prune needs --keep, --older-than, or both'",
    "prune --keep 0, '--keep is \"0\"'",
    "list --backup-repository a/b, write 1 to 100 letters",
  })
  void wrongUsageIsExplained(String arguments, String explanation) {
    assertThat(run(arguments)).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains(explanation);
  }

  @Test
  void aClusterThatIsDownIsAFailure() {
    assertThat(run("list --elasticsearch-url http://127.0.0.1:1")).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("http://127.0.0.1:1");
  }

  @Test
  void explainsItself() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString(UTF_8)).contains("Usage: eventstream backup", "create", "restore");
  }

  private int run(String arguments) {
    return Commands.run(
        "backup",
        List.of(arguments.split(" ")),
        Map.of(),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }
}
