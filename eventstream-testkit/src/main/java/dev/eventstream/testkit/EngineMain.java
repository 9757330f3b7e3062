package dev.eventstream.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

/**
 * Runs an engine from the command line until a signal ends it.
 *
 * <pre>
 * engine SPEC [--port N] [--data DIR] [--heap SIZE]
 * </pre>
 *
 * <p>It prints one line when the engine is ready. SIGTERM and SIGINT stop the engine; the exit
 * status is then 0. It is 2 after wrong usage, and 1 after any other failure.
 */
public final class EngineMain {

  private static final int DEFAULT_PORT = 9200;
  private static final int USAGE_ERROR = 2;
  private static final Duration LONGEST_END = Duration.ofSeconds(20);

  private static final String USAGE =
      """
      Usage: engine SPEC [--port N] [--data DIR] [--heap SIZE]

        SPEC         %s
        --port N     HTTP port on 127.0.0.1; 0 selects a free one (default: %d)
        --data DIR   where data and log are kept (default: a temporary directory, deleted at the end)
        --heap SIZE  the largest heap, such as 512m or 1g (default: 256m)
      """
          .formatted(
              Engine.supported().stream().map(Engine::toString).collect(Collectors.joining(", ")),
              DEFAULT_PORT);

  private EngineMain() {}

  /**
   * Runs an engine.
   *
   * @param args the command line described in the class comment
   */
  public static void main(String[] args) {
    if (List.of(args).contains("--help")) {
      System.out.print(USAGE);
      return;
    }
    RealEngine.Builder builder;
    try {
      builder = parse(List.of(args));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.println();
      System.err.print(USAGE);
      System.exit(USAGE_ERROR);
      return;
    }
    run(builder);
  }

  /** Parses the arguments. */
  static RealEngine.Builder parse(List<String> args) {
    if (args.isEmpty() || args.get(0).startsWith("-")) {
      throw new IllegalArgumentException("The first argument must be the engine.");
    }
    Iterator<String> rest = args.iterator();
    // The engine runs for a long time, so optimised code pays off, unlike in tests.
    RealEngine.Builder builder =
        RealEngine.builder(rest.next()).port(DEFAULT_PORT).jvmOption("-XX:TieredStopAtLevel=4");
    while (rest.hasNext()) {
      String option = rest.next();
      switch (option) {
        case "--port" -> builder.port(number(option, value(option, rest)));
        case "--data" -> builder.dataDirectory(Path.of(value(option, rest)));
        case "--heap" -> heap(builder, value(option, rest));
        default ->
            throw new IllegalArgumentException(
                "Unknown option '" + option + "'. Use --port, --data or --heap.");
      }
    }
    return builder;
  }

  private static String value(String option, Iterator<String> rest) {
    if (!rest.hasNext()) {
      throw new IllegalArgumentException(option + " requires a value.");
    }
    return rest.next();
  }

  private static int number(String option, String value) {
    int number = -1;
    try {
      number = Integer.parseInt(value);
    } catch (NumberFormatException e) {
      // reported below, like a number out of range
    }
    if (number < 0 || number > 65_535) {
      throw new IllegalArgumentException(
          option + " is '" + value + "'; give a number from 0 to 65535.");
    }
    return number;
  }

  private static void heap(RealEngine.Builder builder, String value) {
    try {
      builder.heap(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "--heap is '" + value + "'; give a number with the unit m or g, such as 512m.", e);
    }
  }

  private static void run(RealEngine.Builder builder) {
    Thread main = Thread.currentThread();
    Thread signalled = new Thread(() -> endWith(main), "end-with-signal");
    Runtime.getRuntime().addShutdownHook(signalled);
    String failure = untilTheEnd(builder);
    if (failure.isEmpty()) {
      return; // by a signal; the hook waits for this thread
    }
    try {
      Runtime.getRuntime().removeShutdownHook(signalled);
    } catch (IllegalStateException e) {
      return; // a signal has just arrived
    }
    System.err.println(failure);
    System.exit(1);
  }

  /**
   * Runs an engine until it ends or the thread is interrupted. Prints one line when it is ready.
   *
   * @param args the command line described in the class comment
   * @return why the engine ended; empty: the thread was interrupted
   * @throws IllegalArgumentException if an argument is not valid; with the remedy
   */
  public static String untilTheEnd(List<String> args) {
    return untilTheEnd(parse(args));
  }

  private static String untilTheEnd(RealEngine.Builder builder) {
    try (RealEngine engine = builder.start()) {
      System.out.println(readyLine(engine));
      System.out.flush();
      process(engine).onExit().get();
      return "%s ended by itself. The end of its log, %s:%n%s"
          .formatted(engine.engine(), engine.log(), LogTail.of(engine.log(), 40));
    } catch (EngineStartException e) {
      return String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      return "";
    } catch (ExecutionException e) {
      throw new AssertionError("waiting for the end of a process cannot fail", e);
    }
  }

  static String readyLine(RealEngine engine) {
    return "%s %s is ready at %s (data: %s, log: %s)"
        .formatted(
            engine.engine().product(),
            engine.engine().version(),
            engine.url(),
            engine.dataDirectory(),
            engine.log());
  }

  private static ProcessHandle process(RealEngine engine) {
    return ProcessHandle.of(engine.pid())
        .orElseThrow(() -> new EngineStartException(engine.engine() + " ended immediately."));
  }

  /** Lets the main thread stop the engine and clean up, then ends this JVM with status 0. */
  private static void endWith(Thread main) {
    main.interrupt();
    try {
      main.join(LONGEST_END.toMillis());
    } catch (InterruptedException e) {
      // shutdown hooks are not interrupted; if one is, it ends
    }
    // After a signal, the JVM would otherwise exit with 128 plus the signal's number.
    Runtime.getRuntime().halt(0);
  }
}
