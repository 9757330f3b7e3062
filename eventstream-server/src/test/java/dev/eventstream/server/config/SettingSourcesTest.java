package dev.eventstream.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.server.guard.IngestKeys;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

final class SettingSourcesTest {
  @TempDir Path directory;

  private static ServerSettings read(List<String> arguments, Map<String, String> environment)
      throws InvalidSettingsException {
    return ServerSettings.of(SettingSources.of(arguments, environment));
  }

  private Path file(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text);
  }

  @Test
  void theCommandLineComesBeforeTheEnvironmentThatBeforeTheFileThatBeforeTheDefault()
      throws Exception {
    Path file = file("e.properties", "port=3\nhost=file\nindex=file\nack=spooled\n");
    Map<String, String> environment =
        Map.of(
            "EVENTSTREAM_CONFIG", file.toString(),
            "EVENTSTREAM_PORT", "2",
            "EVENTSTREAM_HOST", "environment");

    ServerSettings settings = read(List.of("--port", "1"), environment);

    assertThat(settings.listen().port()).isEqualTo(1);
    assertThat(settings.listen().host()).isEqualTo("environment");
    assertThat(settings.indices().pattern()).isEqualTo("file");
    assertThat(settings.maxEventTypes()).isEqualTo(1000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          e.yaml       | 'spool-dir: /s\\nspool-max-bytes: 2GiB\\nevent-types: a,b'
          e.yml        | 'spool:\\n  dir: /s\\n  max-bytes: 2GiB\\nevent-types: [a, b]'
          e.yaml       | 'SPOOL_DIR: "/s"\\nspool.max.bytes: 2147483648\\nevent:\\n  types:\\n  - a\\n  - b'
          e.properties | 'spool-dir=/s\\nspool-max-bytes=2GiB\\nevent-types=a,b'
          e.properties | 'spool.dir = /s\\nspool.max.bytes = 2GiB\\nevent.types = a, b'
          """)
  void readsAFileAsYamlOrPropertiesWithNamesPutTogetherAsOneLikes(String name, String text)
      throws Exception {
    Path file = file(name, text.replace("\\n", "\n"));

    ServerSettings settings = read(List.of("--config", file.toString()), Map.of());

    assertThat(settings.delivery().spoolDirectory()).isEqualTo(Path.of("/s"));
    assertThat(settings.delivery().spoolMaxBytes()).isEqualTo(2L << 30);
    assertThat(settings.indices().eventTypes()).containsExactlyInAnyOrder("a", "b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          e.yaml       | 'port: [1'            | cannot be read as YAML
          e.yaml       | 'port: 1\\nport: 2'   | in line 2; write each setting once
          e.yaml       | 'a.port: 1'           | a-port in
          e.yaml       | 'port'                | name: value
          e.yaml       | 'event-types: [[a]]'  | list of lists
          e.yaml       | 'spool-dir: a\\nspool:\\n  dir: b' | is set twice in it
          e.yaml       | 'config: other.yaml'  | config in
          e.yaml       | 'port: many'          | is "many": write a whole number
          e.properties | 'port=\\\\u12'        | cannot be read as properties
          e.json       | '{}'                  | name it .yaml, .yml or .properties
          """)
  void saysWhatIsWrongInAFileAndInWhichOne(String name, String text, String fault)
      throws Exception {
    Path file = file(name, text.replace("\\\\", "\\").replace("\\n", "\n"));

    assertThatThrownBy(() -> read(List.of("--config", file.toString()), Map.of()))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContainingAll(file.toString(), fault);
  }

  @Test
  void aDirectoryIsNoFileOfSettings() {
    assertThatThrownBy(() -> read(List.of("--config", directory.toString()), Map.of()))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessage(
            "--config is \""
                + directory
                + "\": it is a directory; name a .yaml, .yml or .properties file, or unset it");
  }

  @Test
  void anEmptyFileSetsNothing() throws Exception {
    Path file = file("e.yaml", "# nothing yet\n");

    assertThat(read(List.of("--config", file.toString()), Map.of()))
        .isEqualTo(read(List.of(), Map.of()));
  }

  @Test
  void saysAllThatIsWrongOfAllSourcesAtOnce() throws Exception {
    Path file = file("e.yaml", "prot: 1\nack: maybe\n");

    assertThatThrownBy(
            () ->
                read(
                    List.of("--port", "x", "--colour", "green"),
                    Map.of("EVENTSTREAM_CONFIG", file.toString(), "EVENTSTREAM_THROTTLE", "none")))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContainingAll(
            "--port is \"x\": write a whole number from 0 to 65535",
            "there is no option --colour; see --help",
            "prot in " + file + " is not a setting",
            "ack in " + file + " is \"maybe\"",
            "EVENTSTREAM_THROTTLE is \"none\"");
  }

  @Test
  void anOptionWithoutItsValueIsAFault() {
    assertThatThrownBy(() -> read(List.of("--port"), Map.of()))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("--port");
  }

  @Test
  void aValueWithoutAnOptionIsAFaultAndIsNotShown() {
    assertThatThrownBy(() -> read(List.of("hush"), Map.of()))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessage(
            "there is an argument too many, or a value has no option before it; see --help");
  }

  @Test
  void saysHowAPasswordIsWrittenThatMakesAUrlAmbiguous() {
    assertThatThrownBy(
            () -> read(List.of(), Map.of("ELASTICSEARCH_URL", "http://user:pa@ss@one:9200")))
        .hasMessageStartingWith("ELASTICSEARCH_URL is \"http://***@one:9200\": ")
        .hasMessageContaining("in a user and a password write % and two hexadecimal digits");
  }

  @Test
  void aFileThatIsNoYamlIsNotQuoted() throws Exception {
    Path file = file("e.yaml", "port: 1\ncluster-password: \"hush\n");

    assertThatThrownBy(() -> read(List.of("--config", file.toString()), Map.of()))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("--config is \"" + file + "\": it cannot be read as YAML in line ")
        .hasMessageNotContaining("hush");
  }

  @Test
  void takesASecretFromAFileAndReadsItAgainWhenItChanges() throws Exception {
    Path file = file("keys", IngestKeys.generate("one").line() + "\n");

    Secret<IngestKeys> keys =
        read(List.of("--auth-file", file.toString()), Map.of()).access().keys();

    assertThat(keys).isNotNull().hasToString("***");
    assertThat(keys.get()).hasToString("1 keys");
  }

  @Test
  void doesNotTakeASecretFromTheCommandLine() {
    String line = IngestKeys.generate("one").line();

    assertThatThrownBy(() -> read(List.of("--auth", line), Map.of()))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessage("there is no option --auth; see --help");
  }

  @Test
  void neverShowsASecretThatCannotBeUsed() {
    assertThatThrownBy(() -> read(List.of(), Map.of("EVENTSTREAM_AUTH", "hush-hush")))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageStartingWith("EVENTSTREAM_AUTH: line 1 is not a key")
        .hasMessageNotContaining("hush");
  }

  @Test
  void refusesASecretAndItsFileAtOnceAndAFileThatIsNotThere() {
    assertThatThrownBy(
            () -> read(List.of(), Map.of("EVENTSTREAM_AUTH", "x", "EVENTSTREAM_AUTH_FILE", "/y")))
        .hasMessage("EVENTSTREAM_AUTH and EVENTSTREAM_AUTH_FILE are both set; unset one of them");
    assertThatThrownBy(() -> read(List.of(), Map.of("EVENTSTREAM_AUTH_FILE", "/no/such")))
        .hasMessageContaining("EVENTSTREAM_AUTH_FILE is \"/no/such\": it cannot be read");
  }

  @Test
  void whatItShowsCanBeReadAgainAndHoldsNoSecret() throws Exception {
    Path auth = file("keys", IngestKeys.generate("one").line());
    List<String> arguments = List.of("--port", "9000", "--auth-file", auth.toString());
    Map<String, String> environment =
        Map.of(
            "ELASTICSEARCH_URL", "http://user:hush@one:9200",
            "EVENTSTREAM_SPOOL_DIR", "C:\\spool");

    String shown = SettingSources.of(arguments, environment).effective();

    assertThat(shown)
        .contains("# command line\nport=9000\n")
        .contains("# environment\nelasticsearch-url=http://***@one:9200\n")
        .containsPattern("(?s)# === Defaults ===.*\nhost=0.0.0.0\n")
        .containsPattern("(?s)# === Not set, without a default ===.*\n# throttle=\n")
        .contains("auth-file=" + auth)
        .doesNotContain("hush", "sha256");
    Properties again = new Properties();
    again.load(new StringReader(shown));
    assertThat(again.getProperty("spool-dir")).isEqualTo("C:\\spool");
    assertThat(SettingSources.of(List.of(), Map.of("EVENTSTREAM_AUTH", "hush")).effective())
        .contains("# environment\nauth=***\n");
  }

  @Test
  void theHelpNamesEverySettingWithItsVariableAndDefault() {
    CommandSpec command = CommandSpec.create();
    CommandLineOptions.addTo(command, true);
    String help = new CommandLine(command).getUsageMessage(Ansi.OFF);

    for (Map.Entry<String, Setting> variable : Setting.variables().entrySet()) {
      boolean onlyByFile = variable.getValue().secret() && !variable.getKey().endsWith("_FILE");
      if (!onlyByFile) {
        assertThat(help).contains(variable.getKey(), "--" + Setting.keyOf(variable.getKey()) + "=");
      }
    }
    assertThat(help.replaceAll("\\s+", " ")).contains("Default: 1GiB.").doesNotContain("--auth=");
  }

  @Test
  void theDocumentationHasTheTableOfAllSettings() throws Exception {
    String page = Files.readString(Path.of("..", "docs", "configuration.md"));

    assertThat(page)
        .as(
            "the table in docs/configuration.md; put in what ./eventstream config --reference prints")
        .contains(SettingsReference.markdown());
  }
}
