package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.Scanner;

/**
 * What a command reads and writes. Results go to {@link #out}, errors to {@link #err}. Not
 * thread-safe.
 */
public final class Console {
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private final Map<String, String> environment;
  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private boolean json;
  private boolean quiet;

  Console(Map<String, String> environment, InputStream in, PrintStream out, PrintStream err) {
    this.environment = Map.copyOf(environment);
    this.in = in;
    this.out = out;
    this.err = err;
  }

  /** The environment variables. */
  public Map<String, String> environment() {
    return environment;
  }

  InputStream in() {
    return in;
  }

  /** Where the result goes. */
  public PrintStream out() {
    return out;
  }

  /** Where errors and progress go. */
  public PrintStream err() {
    return err;
  }

  void setJson(boolean json) {
    this.json = json;
  }

  void setQuiet(boolean quiet) {
    this.quiet = quiet;
  }

  /** Whether the result is JSON. */
  boolean json() {
    return json;
  }

  /** Whether only the result and errors are printed. */
  boolean quiet() {
    return quiet;
  }

  /**
   * Prints a line for people, beside the result; nothing with {@code --quiet} or {@code --json}.
   */
  void info(String line) {
    if (!quiet && !json) {
      err.println(line);
    }
  }

  /** Prints an object as one line of JSON. */
  void printJson(Object value) {
    try {
      out.println(MAPPER.writeValueAsString(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a result that is no JSON", e);
    }
  }

  /** A text that is JSON already, as a member of an object. */
  static Object raw(String json) {
    return new RawValue(json);
  }

  /** Asks a person; false without a terminal. */
  boolean confirm(String question) {
    if (!isTerminal()) {
      return false;
    }
    err.print(question + " [y/N] ");
    err.flush();
    return new Scanner(in, UTF_8).nextLine().strip().equalsIgnoreCase("y");
  }

  /** Whether a person sees what is printed: both streams are those of a terminal. */
  @SuppressWarnings({"SystemConsoleNull", "SystemOut"}) // null until Java 21
  boolean isTerminal() {
    java.io.Console terminal = System.console();
    if (terminal == null || out != System.out) {
      return false;
    }
    try { // from Java 22 on there is a console without a terminal, too
      return (boolean) java.io.Console.class.getMethod("isTerminal").invoke(terminal);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
