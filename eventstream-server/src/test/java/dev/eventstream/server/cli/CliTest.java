package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What all commands have in common. */
class CliTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    out.reset();
    err.reset();
    return Cli.run(
        List.of(args),
        Map.of(),
        InputStream.nullInputStream(),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8),
        Map.of());
  }

  @Test
  void theHelpListsEveryCommand() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString(UTF_8))
        .contains("serve", "config", "keys", "tail", "top", "Exit codes");
    assertThat(err.size()).isZero();
  }

  @Test
  void theVersionIsPrinted() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString(UTF_8)).startsWith("eventstream ").contains("Java ");
  }

  @Test
  void withoutACommandTheUsageIsAnError() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("Usage: eventstream");
  }

  @Test
  void aCommandThatIsAlmostOneIsSuggested() {
    assertThat(run("serv")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("\"serv\"", "serve");
  }

  @Test
  void anOptionThatIsAlmostOneIsSuggested() {
    assertThat(run("config", "--elasticsearch-urls", "http://user:secret@host")).isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .contains("--elasticsearch-urls", "--elasticsearch-url", "eventstream config --help")
        .doesNotContain("secret");
  }

  @Test
  void aSettingOfTheCommandLineComesFirst() {
    assertThat(run("config", "--port", "9000")).isZero();
    assertThat(out.toString(UTF_8)).contains("# command line\nport=9000\n");
  }

  @Test
  void theHelpOfServeListsTheSettings() {
    assertThat(run("serve", "--help")).isZero();
    assertThat(out.toString(UTF_8)).contains("--elasticsearch-url", "ELASTICSEARCH_URL");
  }

  @Test
  void aBadArgumentIsAnErrorOfUsage() {
    assertThat(run("keys", "no name")).isEqualTo(2);
    assertThat(run("keys")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("NAME");
  }
}
