package dev.eventstream.website;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ShellCommandTest {
  private static List<List<String>> parse(String script) {
    return ShellCommand.parse(script).stream().map(ShellCommand::words).toList();
  }

  @Test
  void splitsPipesListsAndLines() {
    assertThat(parse("a 1 | b && c; d &\ne"))
        .containsExactly(List.of("a", "1"), List.of("b"), List.of("c"), List.of("d"), List.of("e"));
  }

  @Test
  void leavesOutAssignmentsRedirectionsAndComments() {
    assertThat(parse("A=1 B='2 3' run x=y >> out 2>&1 < in # comment\n# another"))
        .containsExactly(List.of("run", "x=y"));
  }

  @Test
  void joinsContinuedLinesAndRemovesQuotes() {
    assertThat(parse("a 'b c' \\\n  \"d 'e'\" f\\ g"))
        .containsExactly(List.of("a", "b c", "d 'e'", "f g"));
  }

  @Test
  void findsCommandsWhoseOutputIsUsed() {
    assertThat(parse("curl -H \"Authorization: $(cat key)\" $(pwd)/x"))
        .containsExactly(
            List.of("cat", "key"),
            List.of("pwd"),
            List.of("curl", "-H", "Authorization: OUTPUT", "OUTPUT/x"));
  }

  @Test
  void findsTheCommandsOfATranscript() {
    assertThat(ShellCommand.parseTranscript("$ a b\noutput\n$ c\n"))
        .extracting(ShellCommand::words)
        .containsExactly(List.of("a", "b"), List.of("c"));
  }
}
