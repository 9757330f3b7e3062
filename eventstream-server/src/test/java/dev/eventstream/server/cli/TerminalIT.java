package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands in a terminal, as a person sees them, and in a pipe, as a script does. */
class TerminalIT {
  private static final String ESCAPE = "\033";

  /** Runs a command in a terminal, and presses Ctrl-C when it has printed a text. */
  private static final String IN_TERMINAL =
      """
      import os, pty, signal, sys
      text, command = sys.argv[1].encode(), sys.argv[2:]
      process, terminal = pty.fork()
      if process == 0:
          signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored if the tests run in the background
          os.execv(command[0], command)
      printed, pressed = b"", not text
      while True:
          try:
              more = os.read(terminal, 65536)
          except OSError:
              break
          if not more:
              break
          printed += more
          if not pressed and text in printed:
              os.write(terminal, b"\\x03")
              pressed = True
      _, status = os.waitpid(process, 0)
      sys.stdout.buffer.write(printed)
      sys.exit(os.WEXITSTATUS(status))
      """;

  @TempDir Path directory;

  /** What a process has done. */
  private record Ended(int status, String out, String err) {}

  private Ended run(Map<String, String> environment, List<String> command) throws Exception {
    Path out = directory.resolve("stdout");
    Path err = directory.resolve("stderr");
    ProcessBuilder builder = Commands.process(directory, 0, environment, List.of());
    Process process =
        builder.command(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    process.getOutputStream().close();
    return new Ended(process.waitFor(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
  }

  private Ended inTerminal(Map<String, String> more, String ctrlC, String... arguments)
      throws Exception {
    assumeThat(Stream.of(System.getenv("PATH").split(File.pathSeparator)))
        .as("python3")
        .anyMatch(each -> Files.isExecutable(Path.of(each, "python3")));
    List<String> command = new ArrayList<>(List.of("python3", "-c", IN_TERMINAL, ctrlC));
    command.addAll(command(arguments));
    return run(more, command);
  }

  private List<String> command(String... arguments) {
    return Commands.process(directory, 0, Map.of(), List.of(arguments)).command();
  }

  @Test
  void onlyATerminalGetsColours() throws Exception {
    Map<String, String> terminal = Map.of("TERM", "xterm");
    assertThat(inTerminal(terminal, "", "--help").out()).contains("Usage: ", ESCAPE + "[");

    assertThat(inTerminal(Map.of("TERM", "xterm", "NO_COLOR", "1"), "", "--help").out())
        .contains("Usage: ")
        .doesNotContain(ESCAPE);
    Ended piped = run(terminal, command("--help"));
    assertThat(piped.out()).contains("Usage: ").doesNotContain(ESCAPE);
    assertThat(piped.err()).isEmpty();
  }

  @Test
  void jsonIsTheSameInATerminalAndInAPipe() throws Exception {
    String inTerminal = inTerminal(Map.of("TERM", "xterm"), "", "config", "--json").out();
    String piped = run(Map.of("TERM", "xterm"), command("config", "--json")).out();

    assertThat(inTerminal).doesNotContain(ESCAPE);
    ObjectMapper mapper = new ObjectMapper();
    assertThat(mapper.readTree(inTerminal)).isEqualTo(mapper.readTree(piped));
  }

  @Test
  void ctrlCEndsACommandThatShowsABarAndLeavesNothing() throws Exception {
    Path tables = manyIds();
    Path file = Files.createDirectory(directory.resolve("built")).resolve("ids");

    Ended ended =
        inTerminal(
            Map.of("TERM", "xterm"),
            "Building",
            "ids",
            "build",
            tables.toString(),
            file.toString());

    assertThat(ended.out()).contains("\rBuilding", "IDs", "stopped").doesNotContain("\tat ");
    assertThat(ended.status()).isEqualTo(130);
    assertThat(file.getParent()).isEmptyDirectory();
  }

  /** Tables that take seconds to read. */
  private Path manyIds() throws Exception {
    Path tables = Files.createDirectory(directory.resolve("tables"));
    String ids =
        IntStream.range(0, 100_000)
            .mapToObj(i -> "\"value%d\":\"%d\"".formatted(i, i))
            .collect(Collectors.joining(",", "{", "}"));
    Path first = Files.writeString(tables.resolve("type0.json"), ids);
    for (int i = 1; i < 100; i++) {
      Files.createLink(tables.resolve("type%d.json".formatted(i)), first);
    }
    return tables;
  }

  @Test
  void aReaderThatClosesThePipeCausesNoError() throws Exception {
    String all =
        command("man-pages", "--markdown").stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));

    Ended ended = run(Map.of(), List.of("bash", "-c", all + " | head -1; exit ${PIPESTATUS[0]}"));

    assertThat(ended).isEqualTo(new Ended(0, "| command | what it does |\n", ""));
  }
}
