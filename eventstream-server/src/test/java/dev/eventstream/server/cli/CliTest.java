package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

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
  void anOptionThatIsGivenTwiceIsNamed() {
    assertThat(run("--json", "--json", "config")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("--json").doesNotContain("Usage:");
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
  void serveNamesFaultsOfTheEnvironmentWithAndWithoutOptions() {
    for (String[] arguments : new String[][] {{"serve"}, {"serve", "--host", "127.0.0.1"}}) {
      assertThat(run(Map.of("EVENTSTREAM_PORT", "none"), arguments)).isEqualTo(2);
      assertThat(err.toString(UTF_8)).startsWith("EVENTSTREAM_PORT is \"none\"").hasLineCount(1);
    }
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
  void aNameInTheFileThatIsAlmostASettingNamesTheSetting() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("eventstream.yaml"), "cluster-pasword: hush\ncolour: 1\n");

    assertThat(run("config", "--config", file.toString())).isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .contains(
            "cluster-pasword in " + file,
            "did you mean cluster-password?",
            "colour in " + file + " is not a setting; remove it")
        .doesNotContain("hush");
  }

  @Test
  void configAsJsonHasValuesSourcesAndFaultsButNoSecrets() throws Exception {
    Map<String, String> environment =
        Map.of(
            "EVENTSTREAM_PORT", "none",
            "EVENTSTREAM_CLUSTER_TOKEN", "hush",
            "ELASTICSEARCH_URL", "http://user:hush@localhost:9200");

    assertThat(run(environment, "config", "--json")).isEqualTo(2);

    JsonNode config = new ObjectMapper().readTree(out.toByteArray());
    assertThat(config.path("valid").asBoolean(true)).isFalse();
    assertThat(config.at("/settings/port/source").asText()).isEqualTo("environment");
    assertThat(config.at("/settings/spool-dir/source").asText()).isEqualTo("default");
    assertThat(config.path("faults").toString()).contains("EVENTSTREAM_PORT is ");
    assertThat(out.toString(UTF_8)).contains("***").doesNotContain("hush");
    assertThat(err.size()).isZero();
  }

  @Test
  void aKeyAsJsonIsOneObject() throws Exception {
    assertThat(run("keys", "app", "--json")).isZero();

    JsonNode key = new ObjectMapper().readTree(out.toByteArray());
    assertThat(key.path("line").asText()).startsWith("app");
    assertThat(key.path("secret").asText()).isNotEmpty();
    assertThat(err.size()).isZero();
  }

  @Test
  void anInterruptedCommandIsStoppedAndLeavesNothing() throws Exception {
    Path tables = Files.createDirectory(directory.resolve("tables"));
    Files.writeString(tables.resolve("click.json"), "{\"a\": \"1\"}");
    Thread.currentThread().interrupt();

    int status = run("ids", "build", tables.toString(), directory.resolve("ids").toString());

    assertThat(Thread.interrupted()).isFalse();
    assertThat(status).isEqualTo(143);
    assertThat(err.toString(UTF_8)).isEqualTo("stopped\n");
    assertThat(directory.toFile().list()).containsExactly("tables");
  }

  @Test
  void bashCompletesCommandsActionsOptionsAndValues() throws Exception {
    assertThat(proposedByBash("eventstream dead-l")).isEqualTo("dead-letters");
    assertThat(proposedByBash("eventstream dead-letters re")).isEqualTo("redrive");
    assertThat(proposedByBash("eventstream dead-letters redrive --rea")).isEqualTo("--reason");
    assertThat(proposedByBash("eventstream completion ")).isEqualTo("bash zsh fish");
    assertThat(proposedByBash("eventstream serve --log-format ")).isEqualTo("text json");
  }

  /** What bash proposes for a line. */
  private String proposedByBash(String line) throws Exception {
    assertThat(run("completion", "bash")).isZero();
    Path script = Files.writeString(directory.resolve("completion"), out.toString(UTF_8));
    String words = line.replace(" ", "' '");
    return output(
        "bash",
        "-c",
        "compopt() { :; }; source '%s'; COMP_WORDS=('%s'); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE='%s';"
                .formatted(script, words, line)
            + " COMP_POINT=${#COMP_LINE}; _complete_eventstream; echo \"${COMPREPLY[@]}\"");
  }

  @Test
  void zshReadsTheCompletion() throws Exception {
    assumeThat(isInstalled("zsh")).isTrue();
    assertThat(run("completion", "zsh")).isZero();
    Path script = Files.writeString(directory.resolve("completion"), out.toString(UTF_8));

    assertThat(
            output(
                "zsh", "-fc", "source '%s' && whence -w _complete_eventstream".formatted(script)))
        .isEqualTo("_complete_eventstream: function");
  }

  @Test
  void fishCompletesCommandsActionsOptionsAndValues() throws Exception {
    assumeThat(isInstalled("fish")).isTrue();

    assertThat(proposedByFish("eventstream dead-l")).startsWith("dead-letters\t");
    assertThat(proposedByFish("eventstream dead-letters r")).isEqualTo("redrive");
    assertThat(proposedByFish("eventstream dead-letters redrive --rea")).isEqualTo("--reason");
    assertThat(proposedByFish("eventstream completion f")).isEqualTo("fish");
    assertThat(proposedByFish("eventstream serve --log-format j")).isEqualTo("json");
    assertThat(proposedByFish("eventstream import " + directory + "/compl"))
        .isEqualTo(directory + "/completion");
  }

  private String proposedByFish(String line) throws Exception {
    assertThat(run("completion", "fish")).isZero();
    Path script = Files.writeString(directory.resolve("completion"), out.toString(UTF_8));
    return output("fish", "-c", "source '%s'; complete -C '%s'".formatted(script, line));
  }

  @Test
  void everyCommandHasAManPageWithoutErrors() throws Exception {
    Path pages = directory.resolve("man1");
    assertThat(run("man-pages", pages.toString())).isZero();

    CommandLine all =
        Cli.all(
            new Console(
                Map.of(),
                InputStream.nullInputStream(),
                new PrintStream(out),
                new PrintStream(err)),
            Map.of());
    for (CommandLine command : all.getSubcommands().values()) {
      String page =
          Files.readString(pages.resolve("eventstream-" + command.getCommandName() + ".1"));
      assertThat(page).contains(".SH \"NAME\"", ".SH \"SYNOPSIS\"", ".SH \"EXIT STATUS\"");
      for (CommandLine action : command.getSubcommands().values()) {
        assertThat(page).contains(".SS \"" + action.getCommandName() + "\"");
      }
    }
    for (String page : pages.toFile().list()) {
      String file = pages.resolve(page).toString();
      if (isInstalled("groff")) {
        assertThat(output("groff", "-ww", "-z", "-man", "-Tutf8", file)).isEmpty();
      }
      if (isInstalled("mandoc")) {
        assertThat(output("mandoc", "-Tlint", "-Wwarning", file))
            .doesNotContain("ERROR", "UNSUPP")
            .matches("(?s)(mandoc: [^\n]*missing date[^\n]*\n?)?");
      }
    }
  }

  private static boolean isInstalled(String program) throws Exception {
    return !output("bash", "-c", "command -v " + program + " || true").isEmpty();
  }

  /** What a program prints, without the end of the last line. */
  private static String output(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    process.waitFor();
    return output.stripTrailing();
  }
}
