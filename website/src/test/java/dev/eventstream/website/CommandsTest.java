package dev.eventstream.website;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.demo.Demo;
import dev.eventstream.server.cli.CommandLineParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The commands in the documents against the commands that there are. */
class CommandsTest {
  private static final Pattern IN_PROSE = Pattern.compile("`(\\./eventstream [^`|…]*)`");
  private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]*");

  private static final CommandLineParser PARSER = new CommandLineParser(Demo.commands());

  /** A command, with the place of its block. */
  private record Used(String place, List<String> words) {
    @Override
    public String toString() {
      return place + ": " + String.join(" ", words);
    }
  }

  private static List<Used> commands() {
    List<Used> commands = new ArrayList<>();
    for (Document document : Documents.all()) {
      for (Document.Block block : document.blocks()) {
        List<ShellCommand> parsed =
            block.language().equals("sh")
                ? ShellCommand.parse(block.text())
                : ShellCommand.parseTranscript(block.text());
        String place = new Documents.Placed(document, block).toString();
        parsed.forEach(command -> commands.add(new Used(place, command.words())));
      }
    }
    return commands;
  }

  /** The arguments, if the words call our command line, be it in a container. */
  private static Stream<List<String>> arguments(List<String> words) {
    String first = words.get(0);
    if (first.equals("sudo") || first.equals("exec")) {
      return arguments(words.subList(1, words.size()));
    }
    if (first.equals("./demo")) {
      List<String> demo = new ArrayList<>(words);
      demo.set(0, "demo");
      return Stream.of(demo);
    }
    if (first.equals("./eventstream") || first.equals("eventstream")) {
      return Stream.of(words.subList(1, words.size()));
    }
    int image = words.indexOf("eventstream-server");
    if (first.equals("docker") && words.get(1).equals("run") && image > 0) {
      return Stream.of(words.subList(image + 1, words.size()));
    }
    int program = words.lastIndexOf("eventstream"); // kubectl -n eventstream exec … -- eventstream
    if (words.contains("exec") && program > words.indexOf("exec")) {
      return Stream.of(words.subList(program + 1, words.size()));
    }
    return Stream.empty();
  }

  @Test
  void theCommandLineAcceptsEveryCommandInABlock() {
    List<Used> commands = commands();

    assertThat(commands).hasSizeGreaterThan(80);
    assertThat(
            commands.stream()
                .flatMap(
                    used ->
                        arguments(used.words())
                            .flatMap(arguments -> PARSER.fault(arguments, true).stream())
                            .map(fault -> used + ": " + fault)))
        .isEmpty();
  }

  @Test
  void theCommandLineAcceptsEveryCommandInTheText() throws IOException {
    List<String> faults = new ArrayList<>();
    int count = 0;
    for (Document document : Documents.all()) {
      String text = Files.readString(Documents.ROOT.resolve(document.path())).replace('\n', ' ');
      for (String code :
          IN_PROSE.matcher(text).results().map(match -> match.group(1)).distinct().toList()) {
        if (code.contains("COMMAND")) {
          continue;
        }
        count++;
        for (ShellCommand command : ShellCommand.parse(code)) {
          PARSER
              .fault(command.words().subList(1, command.words().size()), false)
              .ifPresent(fault -> faults.add(document.path() + ": " + code + ": " + fault));
        }
      }
    }

    assertThat(count).isGreaterThan(30);
    assertThat(faults).isEmpty();
  }

  @Test
  void theScriptsInTheDocumentsExistAndHaveTheirOptions() throws IOException {
    List<String> faults = new ArrayList<>();
    for (Used used : commands()) {
      List<String> words =
          used.words().get(0).equals("sudo")
              ? used.words().subList(1, used.words().size())
              : used.words();
      String script = words.get(0);
      boolean ours = script.startsWith("./") || script.startsWith("deploy/");
      if (!ours || script.equals("./eventstream")) {
        continue;
      }
      Path file = Documents.ROOT.resolve(script).normalize();
      if (!Files.isExecutable(file)) {
        faults.add(used + ": there is no such script");
        continue;
      }
      if (List.of("./mvnw", "./demo", "./bench").contains(script)) {
        continue; // their options are those of other programs
      }
      String text = Files.readString(file);
      words.stream()
          .skip(1)
          .takeWhile(word -> !word.equals("--"))
          .filter(word -> OPTION.matcher(word).matches() && !text.contains(word))
          .forEach(option -> faults.add(used + ": has no option " + option));
    }

    assertThat(faults).isEmpty();
  }
}
