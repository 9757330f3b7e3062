package dev.eventstream.website;

import java.util.ArrayList;
import java.util.List;

/**
 * A command of a shell, as its words without quotes, and without assignments and redirections. The
 * parser knows what the documents use: quotes, comments, pipes, lists, continued lines, and
 * commands within {@code $(…)} and {@code <(…)}.
 */
record ShellCommand(List<String> words) {
  static List<ShellCommand> parse(String script) {
    Parser parser = new Parser(script);
    parser.parse();
    return parser.commands;
  }

  /** The commands that a transcript shows after its prompts. */
  static List<ShellCommand> parseTranscript(String transcript) {
    return transcript
        .lines()
        .filter(line -> line.startsWith("$ "))
        .flatMap(line -> parse(line.substring(2)).stream())
        .toList();
  }

  private static final class Parser {
    private final String script;
    private final List<ShellCommand> commands = new ArrayList<>();
    private List<String> words = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private boolean inWord;
    private boolean skipNext; // the file of a redirection
    private int at;

    Parser(String script) {
      this.script = script;
    }

    void parse() {
      while (at < script.length()) {
        char c = script.charAt(at);
        if (c == '\\' && at + 1 < script.length()) {
          if (script.charAt(at + 1) != '\n') {
            append(script.charAt(at + 1));
          }
          at += 2;
        } else if (c == '\'') {
          int end = script.indexOf('\'', at + 1);
          inWord = true;
          word.append(script, at + 1, end);
          at = end + 1;
        } else if (c == '"') {
          at = quoted(at + 1);
        } else if ((c == '$' || c == '<') && script.startsWith("(", at + 1)) {
          at = substitution(at + 1);
        } else if (c == '#' && !inWord) {
          int end = script.indexOf('\n', at);
          at = end < 0 ? script.length() : end;
        } else if (c == ' ' || c == '\t') {
          endWord();
          at++;
        } else if (c == '\n' || c == '|' || c == ';' || c == '&') {
          endCommand();
          at++;
        } else if (c == '>' || c == '<') {
          if (!word.toString().matches("\\d")) {
            endWord();
          }
          word.setLength(0); // the number of a stream
          inWord = false;
          at += script.startsWith(">", at + 1) || script.startsWith("&", at + 1) ? 2 : 1;
          skipNext = true;
        } else {
          append(c);
          at++;
        }
      }
      endCommand();
    }

    private int quoted(int from) {
      inWord = true;
      int i = from;
      while (script.charAt(i) != '"') {
        if (script.charAt(i) == '\\') {
          word.append(script.charAt(i + 1));
          i += 2;
        } else if (script.startsWith("$(", i)) {
          i = substitution(i + 1);
        } else {
          word.append(script.charAt(i));
          i++;
        }
      }
      return i + 1;
    }

    /** Parses the command within the parenthesis at {@code open}; a word stands for its output. */
    private int substitution(int open) {
      int depth = 1;
      int i = open + 1;
      while (depth > 0) {
        char c = script.charAt(i);
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        i++;
      }
      commands.addAll(ShellCommand.parse(script.substring(open + 1, i - 1)));
      inWord = true;
      word.append("OUTPUT");
      return i;
    }

    private void append(char c) {
      inWord = true;
      word.append(c);
    }

    private void endWord() {
      if (!inWord) {
        return;
      }
      String text = word.toString();
      word.setLength(0);
      inWord = false;
      if (skipNext) {
        skipNext = false;
      } else if (!words.isEmpty() || !text.matches("[A-Za-z_][A-Za-z0-9_]*=(?s:.*)")) {
        words.add(text);
      }
    }

    private void endCommand() {
      endWord();
      if (!words.isEmpty()) {
        commands.add(new ShellCommand(words));
        words = new ArrayList<>();
      }
      skipNext = false;
    }
  }
}
