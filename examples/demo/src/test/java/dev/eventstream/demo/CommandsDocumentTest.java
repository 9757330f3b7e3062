package dev.eventstream.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.server.cli.Cli;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The documentation of the commands is what the commands themselves say. */
class CommandsDocumentTest {
  private static final Path ROOT = Path.of("..", "..");

  private static String markdown() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, UTF_8);
    int status =
        Cli.run(
            List.of("man-pages", "--markdown"),
            Map.of(),
            InputStream.nullInputStream(),
            stream,
            stream,
            Demo.commands());
    assertThat(status).isZero();
    return out.toString(UTF_8);
  }

  @Test
  void theDocumentIsTheHelpOfAllCommands() throws Exception {
    assertThat(Files.readString(ROOT.resolve("docs/commands.md")))
        .as("docs/commands.md; end it with the output of ./eventstream man-pages --markdown")
        .endsWith("\n\n" + markdown());
  }

  @Test
  void thePageAboutRunningListsAllCommands() throws Exception {
    String rows =
        markdown()
            .lines()
            .filter(line -> line.startsWith("| ["))
            .map(line -> line.replace("(#", "(commands.md#"))
            .collect(Collectors.joining("\n"));

    assertThat(Files.readString(ROOT.resolve("docs/run.md")))
        .as("docs/run.md, with the table of docs/commands.md")
        .contains(rows);
  }
}
