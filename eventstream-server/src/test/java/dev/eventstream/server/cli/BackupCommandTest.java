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
    "'', Usage: backup",
    "delete, backup has no action",
    "create --json, there is no option --json",
    "list --dry-run, there is no option --dry-run",
    "verify --max-age, --max-age needs a value",
    "verify --max-age soon, '--max-age is \"soon\": write a time'",
    "restore, needs the name of a backup",
    "restore --dry-run, needs the name of a backup",
    "prune, 'prune needs --keep, --older-than, or both'",
    "prune --keep 0, '--backup-keep is \"0\"'",
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
    assertThat(out.toString(UTF_8)).isEqualTo(BackupCommand.USAGE);
  }

  private int run(String arguments) {
    return BackupCommand.run(
        List.of(arguments.split(" ")),
        Map.of(),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }
}
