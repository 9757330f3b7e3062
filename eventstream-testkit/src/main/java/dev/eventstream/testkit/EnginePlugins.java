package dev.eventstream.testkit;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Plugins that replace modules of Elasticsearch which its distributions on Maven Central do not
 * have: the answer to {@code GET /} for Elasticsearch 9, and ingest processors on demand.
 *
 * <p>Elasticsearch 6 gets the original module with the processors, which is on Maven Central
 * separately. The other plugins are compiled against the engine's own jars with the engine's own
 * JDK, so that the testkit's class path has none of these jars and its JDK may be older.
 */
final class EnginePlugins {

  private static final String MODULE_OF_6 = "org.codelibs.elasticsearch.module:ingest-common:";

  private static final String INGEST = "ingest";

  private final EngineRecipe recipe;
  private final Engine engine;

  EnginePlugins(EngineRecipe recipe) {
    this.recipe = recipe;
    this.engine = recipe.engine();
  }

  /** Returns the names of the plugins that the engine needs. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    if (engine.product() == Engine.Product.ELASTICSEARCH && engine.major() >= 9) {
      names.add("rest-root");
    }
    if (recipe.ingest()) {
      names.add(INGEST);
    }
    return names;
  }

  /**
   * Returns a home directory for the engine with the distribution's modules and the plugins, and
   * creates it if it is not in the cache yet.
   *
   * @param distribution the root of the unpacked distribution
   * @param path the jars of the engine as a class path
   */
  Path homeIn(CacheDirectory cache, Path distribution, String path) throws IOException {
    CRC32 checksum = new CRC32();
    for (String name : names()) {
      checksum.update(source(name).getBytes(StandardCharsets.UTF_8));
    }
    String entry =
        "%s-%s-%s-%08x"
            .formatted(
                engine.product(), engine.version(), String.join("-", names()), checksum.getValue());
    return cache.entry(
        entry,
        home -> {
          Files.createDirectories(home);
          // relative, because the cache that contains both may be moved
          Files.createSymbolicLink(
              home.resolve("modules"),
              Path.of("..").resolve(distribution.getFileName() + "/modules"));
          for (String name : names()) {
            Path plugin = Files.createDirectories(home.resolve("plugins").resolve(name));
            if (isOriginal()) {
              for (Path jar : MavenArtifacts.ofUser().withDependencies(modules())) {
                Files.copy(jar, plugin.resolve(jar.getFileName()));
              }
            } else {
              Path classes = Files.createDirectories(home.resolve("classes"));
              compile(name, path, classes);
              ZipArchive.pack(filesBelow(classes), plugin.resolve(name + ".jar"));
              CacheDirectory.deleteTree(classes);
            }
            describe(name, plugin);
          }
        });
  }

  private boolean isOriginal() {
    return engine.major() == 6;
  }

  private List<String> modules() {
    return List.of(MODULE_OF_6 + engine.version());
  }

  /** Returns the simple name of a plugin's class. */
  private static String className(String name) {
    return name.equals(INGEST) ? "IngestProcessors" : "RestRoot";
  }

  private void describe(String name, Path plugin) throws IOException {
    Properties descriptor = new Properties();
    descriptor.setProperty("name", name);
    descriptor.setProperty("description", "A plugin for tests");
    descriptor.setProperty("version", engine.version());
    descriptor.setProperty("elasticsearch.version", engine.version());
    descriptor.setProperty(
        "java.version", isOriginal() ? "1.8" : String.valueOf(recipe.oldestJdk()));
    descriptor.setProperty(
        "classname",
        isOriginal()
            ? "org.elasticsearch.ingest.common.IngestCommonPlugin"
            : "dev.eventstream.testkit.plugins." + className(name));
    Path file = plugin.resolve("plugin-descriptor.properties");
    try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      descriptor.store(out, null);
    }
  }

  private static String source(String name) throws IOException {
    String file = className(name) + ".java";
    try (InputStream content = EnginePlugins.class.getResourceAsStream(file)) {
      if (content == null) {
        throw new IOException("The testkit's jar does not contain " + file);
      }
      return new String(content.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Map<String, byte[]> filesBelow(Path directory) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path file : paths.filter(Files::isRegularFile).toList()) {
        files.put(
            directory.relativize(file).toString().replace(File.separatorChar, '/'),
            Files.readAllBytes(file));
      }
    }
    return files;
  }

  private void compile(String name, String path, Path classes) throws IOException {
    JavaInstallation java = JavaInstallation.atLeast(recipe.oldestJdk(), engine);
    Path source = classes.resolveSibling(className(name) + ".java");
    Files.writeString(source, source(name));
    Process compiler =
        new ProcessBuilder(
                java.executable().toString(),
                "-m",
                "jdk.compiler/com.sun.tools.javac.Main",
                "-d",
                classes.toString(),
                "-cp",
                path,
                "--release",
                String.valueOf(recipe.oldestJdk()),
                "-proc:none",
                "-nowarn",
                source.toString())
            .redirectErrorStream(true)
            .start();
    String messages = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (compiler.onExit().join().exitValue() != 0) {
      throw new EngineStartException(
          "The plugin '%s' does not compile against %s with %s, which must be a JDK: %s"
              .formatted(name, engine, java.home(), messages));
    }
    Files.delete(source);
  }
}
