package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What all commands have in common. */
class CliTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    return run(Map.of(), args);
  }

  private int run(Map<String, String> environment, String... args) {
    out.reset();
    err.reset();
    return Cli.run(
        List.of(args),
        environment,
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

  @Test
  void variablesThatAreAlmostSettingsNameTheSetting() {
    assertThat(run(Map.of("EVENTSTREAM_SPOOL_DIRS", "/x"), "config")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("did you mean EVENTSTREAM_SPOOL_DIR?");
    assertThat(run(Map.of("ELASTICSEARCH_URLS", "http://u:hush@h"), "config")).isZero();
    assertThat(err.toString(UTF_8))
        .contains("warning: ELASTICSEARCH_URLS is not a setting", "set ELASTICSEARCH_URL")
        .doesNotContain("hush");
    assertThat(
            run(
                Map.of("ELASTICSEARCH_HOSTS", "x", "ELASTICSEARCH_URL", "http://localhost:9200"),
                "config"))
        .isZero();
    assertThat(err.toString(UTF_8)).isEmpty();
  }

  @Test
  void bashCompletesCommandsActionsAndOptions() throws Exception {
    assertThat(complete("eventstream dead-l")).contains("dead-letters");
    assertThat(complete("eventstream dead-letters re")).contains("redrive");
    assertThat(complete("eventstream dead-letters redrive --rea")).contains("--reason");
  }

  /** What bash proposes for a line. */
  private String complete(String line) throws Exception {
    assertThat(run("completion", "bash")).isZero();
    Path script = Files.writeString(directory.resolve("completion"), out.toString(UTF_8));
    String words = line.replace(" ", "' '");
    String program =
        "source '%s'; COMP_WORDS=('%s'); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE='%s';"
                .formatted(script, words, line)
            + " COMP_POINT=${#COMP_LINE}; _complete_eventstream; echo \"${COMPREPLY[@]}\"";
    Process bash = new ProcessBuilder("bash", "-c", program).redirectErrorStream(true).start();
    String proposed = new String(bash.getInputStream().readAllBytes(), UTF_8);
    bash.waitFor();
    return proposed;
  }

  @Test
  void fishGetsEveryCommandAndAction() {
    assertThat(run("completion", "fish")).isZero();
    assertThat(out.toString(UTF_8))
        .contains("-a doctor -d", "__fish_seen_subcommand_from spool\" -a verify", "-l server -rF");
  }

  @Test
  void everyCommandHasAManPage() throws Exception {
    assertThat(run("man-pages", directory.resolve("man1").toString())).isZero();

    for (String name :
        Cli.all(new Console(Map.of(), System.in, System.out, System.err), Map.of())
            .getSubcommands()
            .keySet()) {
      String page = Files.readString(directory.resolve("man1/eventstream-" + name + ".1"));
      assertThat(page)
          .startsWith(".TH EVENTSTREAM-" + name.toUpperCase(Locale.ROOT) + " 1\n.SH NAME\n")
          .contains(".SH DESCRIPTION");
      assertThat(page.lines().filter(line -> line.startsWith(".")))
          .allMatch(line -> line.matches("\\.(TH|SH|nf|fi)( .*)?"));
    }
  }

  @Test
  void theDocumentationHasTheHelpOfAllCommands() throws Exception {
    assertThat(run("man-pages", "--markdown")).isZero();
    assertThat(Files.readString(Path.of("..", "docs", "commands.md")))
        .as("docs/commands.md; put in what \"man-pages --markdown\" of the server prints")
        .endsWith(out.toString(UTF_8));
  }
}
