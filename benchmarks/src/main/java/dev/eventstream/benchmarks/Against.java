package dev.eventstream.benchmarks;

import static java.util.Objects.requireNonNull;

import dev.eventstream.benchmarks.Figures.Figure;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Compares two versions of the libraries. The benchmarks of this version run alternately with the
 * old and the new libraries, round after round, so that other load on the machine affects both.
 */
public final class Against {
  private static final String HELP =
      """
      Usage: ./bench --against REF [OPTIONS] [-- JMH-OPTIONS]

      Runs the JMH benchmarks of this version with the libraries of another version (a git ref) and with its
      own, alternately. Reports the figures that changed by more than the noise. The result is
      benchmarks/target/against.json. Of twenty unchanged figures, one may seem to have changed: repeat the run
      to confirm a change.

        --jmh REGEX            the benchmarks (default: {jmh})
        --rounds N             forks of each (default: {rounds}; fewer than 4 cannot show anything)
        --fail-on-regression   exit with 1 if a figure got worse
        -- JMH-OPTIONS         such as -p entries=6 -wi 5; the default is -wi 2 -w 1s -i 3 -r 1s
      """;

  /** JMH options of a round unless specified: short, because there are many rounds. */
  private static final Map<String, String> DEFAULTS =
      Map.of("-wi", "2", "-w", "1s", "-i", "3", "-r", "1s");

  /** The parameters of the default benchmarks. */
  private static final List<String> DEFAULT_PARAMS =
      List.of("-p", "entries=10000", "-p", "hit=true");

  private static final int DEFAULT_ROUNDS = 5;
  private static final String DEFAULT_BENCHMARKS = "HotPath|IdLookup\\.table";

  private final Path oldLibraries;
  private final Path target;
  private String benchmarks = DEFAULT_BENCHMARKS;
  private int rounds = DEFAULT_ROUNDS;
  private boolean failOnRegression;
  private List<String> more = List.of();

  private Against(Path oldLibraries, Path target) {
    this.oldLibraries = oldLibraries;
    this.target = target;
  }

  /**
   * Runs the comparison.
   *
   * @param args the name of the old version, the directory of its jars, the directory for the
   *     result, then {@code --jmh REGEX}, {@code --rounds N}, {@code --fail-on-regression}, and JMH
   *     options after {@code --}
   * @throws Exception if the benchmarks of this version fail
   */
  public static void main(String[] args) throws Exception {
    if (CommandLine.printHelp(
        args, HELP, Map.of("jmh", DEFAULT_BENCHMARKS, "rounds", "" + DEFAULT_ROUNDS))) {
      return;
    }
    Against against = new Against(Path.of(args[1]), Path.of(args[2]));
    against.parse(Arrays.asList(args).subList(3, args.length));
    if (!against.run(args[0])) {
      System.exit(1);
    }
  }

  private void parse(List<String> args) {
    for (int i = 0; i < args.size(); i++) {
      switch (args.get(i)) {
        case "--jmh" -> benchmarks = args.get(++i);
        case "--rounds" -> rounds = Integer.parseInt(args.get(++i));
        case "--fail-on-regression" -> failOnRegression = true;
        case "--" -> {
          more = args.subList(i + 1, args.size());
          return;
        }
        default -> throw new IllegalArgumentException("unknown option " + args.get(i));
      }
    }
  }

  @SuppressWarnings("SystemOut") // the result
  private boolean run(String oldVersion) throws IOException, InterruptedException {
    Map<String, Figure> before = new LinkedHashMap<>();
    Map<String, Figure> after = new LinkedHashMap<>();
    Set<String> unlinked = new LinkedHashSet<>();
    for (int round = 1; round <= rounds; round++) {
      System.out.printf("round %d of %d%n", round, rounds);
      boolean oldFirst = round % 2 == 1; // alternate, so that neither has an advantage
      if (oldFirst) {
        add(jmh(oldClassPath(), unlinked), before);
      }
      add(jmh(System.getProperty("java.class.path"), unlinked), after);
      if (!oldFirst) {
        add(jmh(oldClassPath(), unlinked), before);
      }
      if (round == 1) {
        unlinked.addAll(names(after));
        unlinked.removeAll(names(before));
        unlinked.forEach(name -> after.keySet().removeIf(key -> key.startsWith(name + " ")));
      }
    }
    List<Change> changes =
        after.keySet().stream()
            .filter(before::containsKey)
            .map(key -> new Change(requireNonNull(before.get(key)), requireNonNull(after.get(key))))
            .toList();
    write(oldVersion, changes);
    print(changes, unlinked);
    return !failOnRegression
        || changes.stream().noneMatch(change -> change.verdict() == Change.Verdict.WORSENED);
  }

  private static Set<String> names(Map<String, Figure> figures) {
    return figures.values().stream()
        .map(figure -> figure.name().replaceAll(" .*", ""))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /**
   * Returns our jar and the old libraries; libraries that the old version lacks, such as JMH, are
   * ours.
   */
  private String oldClassPath() throws IOException {
    List<String> ours =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1)).toList();
    List<String> paths = new ArrayList<>();
    ours.stream().filter(path -> isJarOf(path, "benchmarks")).forEach(paths::add);
    try (Stream<Path> jars = Files.list(oldLibraries)) {
      jars.map(Path::toString).sorted().forEach(paths::add);
    }
    ours.stream().filter(path -> !isJarOf(path, "")).forEach(paths::add);
    return String.join(File.pathSeparator, paths);
  }

  private static boolean isJarOf(String path, String module) {
    return Path.of(path).getFileName().toString().startsWith("eventstream-" + module);
  }

  /** Runs one fork of each benchmark. A benchmark that fails is missing from the result. */
  private List<Figure> jmh(String classPath, Set<String> leftOut)
      throws IOException, InterruptedException {
    Path result = target.resolve("against-round.json");
    Path log = target.resolve("against.log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx1g", "-cp", classPath, "org.openjdk.jmh.Main", benchmarks));
    command.addAll(List.of("-f", "1", "-prof", "gc", "-rf", "json", "-rff", result.toString()));
    for (String name : leftOut) {
      command.addAll(List.of("-e", Pattern.quote("." + name) + "$"));
    }
    DEFAULTS.forEach(
        (option, value) -> {
          if (!more.contains(option)) {
            command.addAll(List.of(option, value));
          }
        });
    if (benchmarks.equals(DEFAULT_BENCHMARKS) && !more.contains("-p")) {
      command.addAll(DEFAULT_PARAMS);
    }
    command.addAll(more);
    Files.deleteIfExists(result);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.to(log.toFile()))
            .start();
    process.getOutputStream().close();
    try {
      if (process.waitFor() != 0 || !Files.exists(result)) {
        throw new IOException("JMH failed; its output is in " + log);
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
    return Results.readByFork(result);
  }

  private static void add(List<Figure> round, Map<String, Figure> all) {
    for (Figure figure : round) {
      Figure known = all.putIfAbsent(figure.name() + " " + figure.params(), figure);
      if (known != null) {
        known.samples().addAll(figure.samples());
      }
    }
  }

  private void write(String oldVersion, List<Change> changes) throws IOException {
    Figures figures = Figures.of("against");
    figures.machine().put("old", oldVersion);
    for (Change change : changes) {
      figures.figures().add(versioned(change.before(), "old"));
      figures.figures().add(versioned(change.after(), "new"));
    }
    figures.write(target.resolve("against.json"));
  }

  private static Figure versioned(Figure figure, String version) {
    SortedMap<String, String> params = new TreeMap<>(figure.params());
    params.put("version", version);
    return new Figure(figure.name(), params, figure.unit(), figure.better(), figure.samples());
  }

  @SuppressWarnings("SystemOut")
  private static void print(List<Change> changes, Set<String> unlinked) {
    System.out.printf("%n%-90s %12s %12s %8s %7s%n", "", "old", "new", "change", "p");
    for (Change change : changes) {
      System.out.printf(
          Locale.ROOT,
          "%-90s %12s %12s %+7.1f%% %7.3f  %s%n",
          shown(change),
          Table.number(change.before().median()),
          Table.number(change.after().median()),
          100 * (change.ratio() - 1),
          change.pValue(),
          change.after().unit());
    }
    list("moved, better: ", changes, Change.Verdict.IMPROVED);
    list("moved, worse: ", changes, Change.Verdict.WORSENED);
    list("within the noise: ", changes, Change.Verdict.WITHIN_NOISE);
    if (!unlinked.isEmpty()) {
      System.out.println("incompatible with the old libraries: " + String.join(", ", unlinked));
    }
  }

  @SuppressWarnings("SystemOut")
  private static void list(String title, List<Change> changes, Change.Verdict verdict) {
    String names =
        changes.stream()
            .filter(change -> change.verdict() == verdict)
            .map(Against::shown)
            .collect(Collectors.joining("; "));
    System.out.println(title + (names.isEmpty() ? "nothing" : names));
  }

  private static String shown(Change change) {
    return change.after().name() + " " + change.after().params();
  }
}
