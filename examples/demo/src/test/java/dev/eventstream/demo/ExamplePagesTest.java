package dev.eventstream.demo;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages of the examples show code that is compiled and tested, and commands that exist. */
class ExamplePagesTest {
  private static final Path EXAMPLES = Path.of("..");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(java|xml)\n(.*?)^```$");

  static List<String> examples() throws IOException {
    try (Stream<Path> poms = Files.list(EXAMPLES)) {
      return poms.filter(example -> Files.exists(example.resolve("pom.xml")))
          .map(example -> example.getFileName().toString())
          .filter(example -> !example.equals("demo")) // docs/commands.md describes it
          .sorted()
          .toList();
    }
  }

  private static String page(String example) throws IOException {
    return Files.readString(EXAMPLES.resolve(example).resolve("README.md"));
  }

  /** Returns the text of all files that end with a suffix, without the indentation of its lines. */
  private static String text(Path directory, String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      StringBuilder all = new StringBuilder();
      for (Path file : files.filter(path -> path.toString().endsWith(suffix)).sorted().toList()) {
        all.append(withoutIndentation(Files.readString(file)));
      }
      return all.toString();
    }
  }

  private static String withoutIndentation(String text) {
    return text.lines().map(line -> line.strip() + "\n").collect(joining());
  }

  @ParameterizedTest
  @MethodSource("examples")
  void theCodeOfAPageIsThatOfTheExample(String example) throws IOException {
    Path directory = EXAMPLES.resolve(example);
    var blocks = BLOCK.matcher(page(example)).results().toList();

    assertThat(blocks).isNotEmpty();
    for (var block : blocks) {
      assertThat(text(directory.resolve("src"), "." + block.group(1)))
          .contains(withoutIndentation(block.group(2)));
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void aPageSaysHowToRunTheExample(String example) throws IOException {
    String pom = Files.readString(EXAMPLES.resolve(example).resolve("pom.xml"));
    String command =
        pom.contains("<example.main>")
            ? "\nexamples/run " + example
            : pom.contains("<parent>")
                ? "\n./mvnw -pl examples/" + example + " -am verify "
                : "\nmvn compile exec:java";

    assertThat(page(example)).contains("```sh", command);
  }

  @Test
  void theIndexListsAllExamples() throws IOException {
    String index = Files.readString(EXAMPLES.resolve(Path.of("..", "docs", "examples.md")));

    for (String example : examples()) {
      assertThat(index).contains("](../examples/" + example + ")");
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void anExampleHasATest(String example) throws IOException {
    assertThat(text(EXAMPLES.resolve(example).resolve("src/test"), ".java")).contains("@Test\n");
  }
}
