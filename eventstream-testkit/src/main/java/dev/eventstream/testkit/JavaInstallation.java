package dev.eventstream.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Java runtime on this machine.
 *
 * @param home its directory
 * @param feature its feature version, such as 21
 */
record JavaInstallation(Path home, int feature) {

  /** System property for a JDK that is preferred to all others. */
  static final String PROPERTY = "eventstream.testkit.jdk";

  private static final Pattern RELEASE = Pattern.compile("JAVA_VERSION=\"(?:1\\.)?(\\d+)");
  private static final Pattern VARIABLE = Pattern.compile("JAVA_HOME(_\\d+.*)?");

  /**
   * Finds a runtime of at least the given version: the one of the system property, else the current
   * one, else one from the environment ({@code JAVA_HOME_21}, ...), else one in the usual
   * directories. Among several of the same source it returns the oldest suitable one.
   *
   * @throws EngineUnavailableException if there is none
   */
  static JavaInstallation atLeast(int oldest, Engine engine) {
    return choose(
            oldest,
            List.of(
                named(System.getProperty(PROPERTY, "")),
                at(Path.of(System.getProperty("java.home"))).stream().toList(),
                environment(System.getenv()),
                usualDirectories(Path.of(System.getProperty("user.home")))))
        .orElseThrow(() -> unavailable(oldest, engine));
  }

  /** Returns the oldest suitable runtime of the first source that has one. */
  static Optional<JavaInstallation> choose(int oldest, List<List<JavaInstallation>> kinds) {
    return kinds.stream()
        .flatMap(
            kind ->
                kind.stream()
                    .filter(java -> java.feature >= oldest)
                    .min(Comparator.comparingInt(JavaInstallation::feature))
                    .stream())
        .findFirst();
  }

  private static EngineUnavailableException unavailable(int oldest, Engine engine) {
    return new EngineUnavailableException(
        "%s needs JDK %d or later, and this is JDK %d. Install one, and name its directory in the"
                .formatted(engine, oldest, Runtime.version().feature())
            + " system property %s or the environment variable JAVA_HOME_%d."
                .formatted(PROPERTY, oldest));
  }

  /** Returns the runtime configured by the user, if any. */
  static List<JavaInstallation> named(String home) {
    if (home.isBlank()) {
      return List.of();
    }
    Optional<JavaInstallation> java = at(Path.of(home));
    if (java.isEmpty()) {
      throw new EngineUnavailableException(
          "The system property " + PROPERTY + " is '" + home + "', where there is no JDK.");
    }
    return List.of(java.get());
  }

  static List<JavaInstallation> environment(Map<String, String> environment) {
    List<JavaInstallation> found = new ArrayList<>();
    new TreeMap<>(environment)
        .forEach(
            (name, value) -> {
              if (VARIABLE.matcher(name).matches() && !value.isBlank()) {
                at(Path.of(value)).ifPresent(found::add);
              }
            });
    return found;
  }

  private static List<JavaInstallation> usualDirectories(Path userHome) {
    return Stream.of(
            Path.of("/usr/lib/jvm"),
            Path.of("/usr/java"),
            Path.of("/opt/java"),
            Path.of("/Library/Java/JavaVirtualMachines"),
            Path.of("C:\\Program Files\\Java"),
            Path.of("C:\\Program Files\\Eclipse Adoptium"),
            userHome.resolve(".sdkman/candidates/java"),
            userHome.resolve(".jdks"),
            userHome.resolve("Library/Java/JavaVirtualMachines"))
        .flatMap(directory -> inside(directory).stream())
        .toList();
  }

  /** Returns the runtimes in the subdirectories of a directory, by name. */
  static List<JavaInstallation> inside(Path directory) {
    try (Stream<Path> children = Files.list(directory)) {
      return children
          .sorted()
          .flatMap(child -> Stream.of(child, child.resolve("Contents/Home")))
          .flatMap(home -> at(home).stream())
          .toList();
    } catch (IOException e) {
      return List.of(); // missing or not readable
    }
  }

  /** Returns the runtime in a directory, if there is one. */
  static Optional<JavaInstallation> at(Path home) {
    try {
      Matcher matcher = RELEASE.matcher(Files.readString(release(home)));
      boolean complete = matcher.find() && Files.isExecutable(executable(home));
      return complete
          ? Optional.of(new JavaInstallation(home, Integer.parseInt(matcher.group(1))))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Path release(Path home) {
    return home.resolve("release");
  }

  private static Path executable(Path home) {
    Path windows = home.resolve("bin/java.exe");
    return Files.exists(windows) ? windows : home.resolve("bin/java");
  }

  /** Returns the file that identifies the build. */
  Path release() {
    return release(home);
  }

  /** Returns the {@code java} command. */
  Path executable() {
    return executable(home);
  }
}
