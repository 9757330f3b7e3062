package dev.eventstream.testkit;

import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Everything that a node is started with, except its ports.
 *
 * @param recipe the properties of the engine
 * @param files the engine's files
 * @param launcher the launcher's jar
 * @param java the runtime
 * @param archive the class data archive to read or write
 * @param heap the maximum heap in the syntax of -Xmx
 * @param jvmOptions the user's JVM options; they come last and therefore take precedence
 * @param settings the user's node settings; they take precedence over the recipe's
 * @param work a directory for the node's temporary files
 * @param data the node's data directory
 * @param log the file that the node's output is appended to
 */
record NodePlan(
    EngineRecipe recipe,
    EngineFiles files,
    Path launcher,
    JavaInstallation java,
    ClassArchive archive,
    String heap,
    List<String> jvmOptions,
    Map<String, String> settings,
    Path work,
    Path data,
    Path log) {

  private static final String LOGGING =
      """
      status = error
      appender.console.type = Console
      appender.console.name = console
      appender.console.layout.type = PatternLayout
      appender.console.layout.pattern = %d{ISO8601} %-5p [%c{1.}] %m%n
      rootLogger.level = info
      rootLogger.appenderRef.console.ref = console
      """;

  /** Returns the directory of data and log. */
  Path root() {
    return data.resolveSibling("");
  }

  /** Returns the only directory below which the node writes snapshots. */
  Path repositories() {
    return root().resolve("repositories");
  }

  /** Returns the file that exists once the node accepts requests. */
  Path ready() {
    return work.resolve("ready");
  }

  /** Returns the file to which the JVM writes an archive of its classes. */
  Path freshArchive() {
    return work.resolve("classes.jsa");
  }

  /** Returns whether a run now would write an archive at its end. */
  boolean writesArchive() {
    return mayWriteArchive() && !Files.exists(archive.file());
  }

  /**
   * Returns whether the JVM has typical options, so that an archive is useful for other runs, and
   * no other node of the cluster writes the same archive.
   */
  private boolean mayWriteArchive() {
    return jvmOptions.isEmpty() && recipe.isFirst();
  }

  private Path instructions() {
    return work.resolve("instructions.properties");
  }

  private Path config() {
    return work.resolve("config");
  }

  private Path logging() {
    return config().resolve("log4j2.properties");
  }

  private Path temporary() {
    return work.resolve("tmp");
  }

  /** Returns where Elasticsearch 9 looks for native libraries, in the working directory. */
  private Path libraries() {
    return work.resolve("lib");
  }

  /** Writes the files that the node reads at its start. */
  void write(int httpPort, int transportPort) throws IOException {
    Files.deleteIfExists(ready());
    for (Path directory : List.of(config(), temporary(), data)) {
      Files.createDirectories(directory);
    }
    Files.writeString(logging(), LOGGING);
    if (files.home().isPresent() && !Files.exists(libraries())) {
      Files.createSymbolicLink(libraries(), files.jars().get(0).resolveSibling(""));
    }
    Properties instructions = new Properties();
    instructions.setProperty(NodeLauncher.ROOT, recipe.rootPackage());
    instructions.setProperty(NodeLauncher.VERSION, recipe.engine().version());
    instructions.setProperty(NodeLauncher.PLUGINS, String.join(",", recipe.plugins()));
    instructions.setProperty(NodeLauncher.CONFIG, config().toString());
    instructions.setProperty(NodeLauncher.READY, ready().toString());
    allSettings(httpPort, transportPort)
        .forEach((name, value) -> instructions.setProperty(NodeLauncher.SETTING + name, value));
    try (Writer out = Files.newBufferedWriter(instructions(), StandardCharsets.UTF_8)) {
      instructions.store(out, null);
    }
  }

  private Map<String, String> allSettings(int httpPort, int transportPort) {
    Map<String, String> all = new LinkedHashMap<>(recipe.settings());
    all.putIfAbsent("node.name", recipe.engine().product() + "-" + httpPort);
    all.put("path.home", files.home().orElse(work).toString());
    all.put("path.logs", work.resolve("logs").toString());
    all.put("http.port", String.valueOf(httpPort));
    all.put(recipe.transportPort(), String.valueOf(transportPort));
    all.put("path.data", data.toString());
    all.put("path.repo", repositories().toString());
    all.putAll(settings);
    return all;
  }

  /** Returns the command that runs the node. */
  List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(java.executable().toString());
    command.add("-Xmx" + heap);
    if (jvmOptions.stream().noneMatch(option -> option.matches("-XX:\\+Use\\w+GC"))) {
      command.add("-XX:+UseSerialGC"); // the JVM accepts only one choice
    }
    command.add("-XX:TieredStopAtLevel=1"); // tests end before optimised code would pay off
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("-XX:-OmitStackTraceInFastThrow");
    if (java.feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED"); // avoids a warning
    }
    for (String property : properties()) {
      command.add("-D" + property);
    }
    command.addAll(archive.options(freshArchive(), mayWriteArchive()));
    command.addAll(jvmOptions);
    if (recipe.onModulePath()) {
      command.addAll(List.of("--module-path", files.path()));
      command.addAll(List.of("--add-modules", recipe.rootPackage() + ".server,jdk.net"));
      command.addAll(List.of("-cp", launcher.toString()));
    } else {
      command.addAll(List.of("-cp", launcher + File.pathSeparator + files.path()));
    }
    command.add(NodeLauncher.class.getName());
    command.add(instructions().toString());
    return command;
  }

  /** System properties as in the engines' own jvm.options. */
  private List<String> properties() {
    return List.of(
        "file.encoding=UTF-8",
        "java.awt.headless=true",
        "java.io.tmpdir=" + temporary(),
        "jna.nosys=true",
        "io.netty.noUnsafe=true",
        "io.netty.noKeySetOptimization=true",
        "io.netty.recycler.maxCapacityPerThread=0",
        "io.netty.allocator.numDirectArenas=0",
        "log4j.shutdownHookEnabled=false",
        "log4j2.disable.jmx=true",
        "log4j2.configurationFile=" + logging().toUri());
  }
}
