package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command says before, and without, a cluster. */
class ImportCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void explainsItself() {
    assertThat(run(Map.of(), "queue", "--help")).isZero();

    assertThat(out()).contains("Usage: eventstream import", "--source=NAME", "FILE");
  }

  @ParameterizedTest
  @CsvSource({
    "'', 'FILE'",
    "--source, --source",
    "--source;x, FILE",
    "--fast;queue, there is no option --fast",
    "queue;other, there is an argument too many",
    "/, \"/\" is not a file",
    "--max-wait, --max-wait",
    "--max-wait;soon;queue, \"soon\" is not a time",
    "--no-wait;--max-wait;1h;queue, mutually exclusive",
  })
  void refusesWhatItDoesNotKnowWithItsUsage(String args, String fault) {
    String[] split = args.isEmpty() ? new String[0] : args.split(";");

    assertThat(run(Map.of(), split)).isEqualTo(2);

    assertThat(err()).contains(fault);
    assertThat(out()).isEmpty();
  }

  @Test
  void refusesFaultySettings(@TempDir Path directory) {
    String file = directory.resolve("queue").toString();

    assertThat(run(Map.of("ELASTICSEARCH_URL", "localhost"), file)).isEqualTo(2);
    assertThat(err()).startsWith("ELASTICSEARCH_URL is \"localhost\"").hasLineCount(1);

    err.reset();
    assertThat(run(Map.of("EVENTSTREAM_INDEX", "No Index"), file)).isEqualTo(2);
    assertThat(err()).startsWith("EVENTSTREAM_INDEX is \"No Index\"").hasLineCount(1);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void saysWhichFileCannotBeRead(@TempDir Path directory) {
    Map<String, String> environment =
        Map.of("EVENTSTREAM_SPOOL_DIR", directory.resolve("spool").toString());

    assertThat(run(environment, directory.resolve("queue").toString())).isEqualTo(1);

    assertThat(err()).contains(directory.resolve("queue") + " is not a readable file");
    assertThat(directory.resolve("queue.import.lock")).doesNotExist();
  }

  @Test
  void importsAFileWithoutEventsAndWithoutACluster(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("queue"), "torn\n\n");
    Map<String, String> environment =
        Map.of(
            "ELASTICSEARCH_URL",
            "http://127.0.0.1:1",
            "EVENTSTREAM_SPOOL_DIR",
            directory.resolve("spool").toString());

    assertThat(run(environment, file.toString())).isEqualTo(1);
    assertThat(out())
        .isEqualToNormalizingNewlines(
            """
            %1$s: imported
              lines          2
              events         0
              indexed        0
              duplicates     0
              spooled        0
              dead letters   0
              dropped        0
              rejected       0
              unreadable     1; see %1$s.unreadable
            """
                .formatted(file));

    out.reset();
    assertThat(run(environment, file.toString())).isEqualTo(1);
    assertThat(out()).startsWith(file + ": already imported").contains("unreadable     1");
  }

  private int run(Map<String, String> environment, String... args) {
    return Commands.run("import", List.of(args), environment, print(out), print(err));
  }

  private static PrintStream print(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, UTF_8);
  }

  private String out() {
    return out.toString(UTF_8);
  }

  private String err() {
    return err.toString(UTF_8);
  }
}
