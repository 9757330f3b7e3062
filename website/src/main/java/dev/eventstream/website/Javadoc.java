package dev.eventstream.website;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** The Javadoc of all published libraries, in one. */
final class Javadoc {
  /** The libraries; they have to be on the class path. */
  static final List<String> MODULES =
      List.of(
          "eventstream-core",
          "eventstream-es",
          "eventstream-spool",
          "eventstream-tls",
          "eventstream-micrometer",
          "eventstream-opentelemetry",
          "eventstream-testkit");

  private static final Pattern EXPORT = Pattern.compile("(?m)^ *exports ([a-z.]+);");

  private Javadoc() {}

  /**
   * Writes it.
   *
   * @throws IllegalStateException if there is a warning or an error, which is printed
   */
  @SuppressWarnings("SystemOut") // that of a program
  static void write(Path root, Path out) throws IOException {
    Files.createDirectories(out);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-quiet",
                "-d",
                out.toString(),
                "-classpath",
                System.getProperty("java.class.path"),
                "-sourcepath",
                out.toString(), // not the class path: a jar can contain sources for other purposes
                "-encoding",
                "UTF-8",
                "-notimestamp",
                "-Xdoclint:all,-missing",
                "-Werror",
                "-windowtitle",
                "eventstream",
                "-doctitle",
                "eventstream",
                "--release",
                "17"));
    for (String module : MODULES) {
      for (Path source : sources(root.resolve(module).resolve("src/main/java"))) {
        arguments.add(source.toString());
      }
    }
    int status =
        ToolProvider.findFirst("javadoc")
            .orElseThrow(() -> new IllegalStateException("this JVM has no javadoc: use a JDK"))
            .run(System.err, System.err, arguments.toArray(new String[0]));
    if (status != 0) {
      throw new IllegalStateException("javadoc has found faults, see above");
    }
  }

  /** The sources of the packages that a library exports; of all, if it does not say. */
  private static List<Path> sources(Path directory) throws IOException {
    Path moduleInfo = directory.resolve("module-info.java");
    List<Path> packages = new ArrayList<>();
    if (Files.exists(moduleInfo)) {
      EXPORT
          .matcher(Files.readString(moduleInfo))
          .results()
          .forEach(export -> packages.add(directory.resolve(export.group(1).replace('.', '/'))));
    } else {
      try (Stream<Path> all = Files.walk(directory)) {
        all.filter(Files::isDirectory).forEach(packages::add);
      }
    }
    List<Path> sources = new ArrayList<>();
    for (Path files : packages) {
      try (Stream<Path> list = Files.list(files)) {
        list.filter(file -> file.toString().endsWith(".java")).sorted().forEach(sources::add);
      }
    }
    return sources;
  }
}
