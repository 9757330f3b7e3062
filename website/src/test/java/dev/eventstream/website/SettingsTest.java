package dev.eventstream.website;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.server.cli.Cli;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The environment variables in the documents against the settings that there are. */
class SettingsTest {
  private static final Pattern VARIABLE = Pattern.compile("\\bEVENTSTREAM_[A-Z0-9_]*[A-Z0-9]");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([A-Z_]+)` \\|");

  private static Set<String> settings() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, UTF_8);
    int status =
        Cli.run(
            List.of("config", "--reference"),
            Map.of(),
            InputStream.nullInputStream(),
            stream,
            stream,
            Map.of());
    assertThat(status).isZero();
    return ROW.matcher(out.toString(UTF_8))
        .results()
        .map(row -> row.group(1))
        .collect(Collectors.toSet());
  }

  @Test
  void everyVariableInADocumentIsASetting() throws IOException {
    Set<String> settings = settings();
    assertThat(settings).contains("EVENTSTREAM_PORT", "ELASTICSEARCH_URL");
    Set<String> unknown = new TreeSet<>();
    for (Document document : Documents.all()) {
      VARIABLE
          .matcher(Files.readString(Documents.ROOT.resolve(document.path())))
          .results()
          .map(match -> match.group())
          .filter(name -> !settings.contains(name) && !isGroup(name, settings))
          .forEach(name -> unknown.add(document.path() + ": " + name));
    }

    assertThat(unknown).isEmpty();
  }

  /** Such as EVENTSTREAM_ROLLOVER, of EVENTSTREAM_ROLLOVER_AGE and others. */
  private static boolean isGroup(String name, Set<String> settings) {
    return settings.stream().filter(setting -> setting.startsWith(name + "_")).count() > 1;
  }
}
