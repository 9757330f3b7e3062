package dev.eventstream.testkit;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * A plugin with ingest processors for Elasticsearch, whose distributions on Maven Central have
 * none. Elasticsearch 6 gets the original module, which is on Maven Central separately. For 7 and 8
 * a small plugin is compiled against the engine's own jars, so that these are not on the testkit's
 * class path.
 */
final class IngestPlugin {

  private static final String MODULE_OF_6 = "org.codelibs.elasticsearch.module:ingest-common:";

  private static final String SOURCE = "IngestProcessors.java";

  private final Engine engine;

  IngestPlugin(Engine engine) {
    this.engine = engine;
  }

  /**
   * Returns a home directory for the engine with the distribution's modules and this plugin, and
   * creates it if it is not in the cache yet.
   *
   * @param distribution the root of the unpacked distribution
   * @param path the jars of the engine as a class path
   */
  Path homeIn(CacheDirectory cache, Path distribution, String path) throws IOException {
    String source = source();
    CRC32 checksum = new CRC32();
    checksum.update(source.getBytes(StandardCharsets.UTF_8));
    String entry =
        "%s-%s-ingest-%08x".formatted(engine.product(), engine.version(), checksum.getValue());
    return cache.entry(
        entry,
        home -> {
          Path plugin = Files.createDirectories(home.resolve("plugins").resolve("ingest"));
          // relative, because the cache that contains both may be moved
          Files.createSymbolicLink(
              home.resolve("modules"),
              Path.of("..").resolve(distribution.getFileName() + "/modules"));
          if (isOriginal()) {
            for (Path jar : MavenArtifacts.ofUser().withDependencies(modules())) {
              Files.copy(jar, plugin.resolve(jar.getFileName()));
            }
          } else {
            Path classes = Files.createDirectories(home.resolve("classes"));
            compile(source, path, classes);
            ZipArchive.pack(filesBelow(classes), plugin.resolve("ingest-processors.jar"));
            CacheDirectory.deleteTree(classes);
          }
          describe(plugin);
        });
  }

  private boolean isOriginal() {
    return engine.major() == 6;
  }

  private List<String> modules() {
    return List.of(MODULE_OF_6 + engine.version());
  }

  private void describe(Path plugin) throws IOException {
    Properties descriptor = new Properties();
    descriptor.setProperty("name", "ingest");
    descriptor.setProperty("description", "Ingest processors for tests");
    descriptor.setProperty("version", engine.version());
    descriptor.setProperty("elasticsearch.version", engine.version());
    descriptor.setProperty("java.version", isOriginal() ? "1.8" : "17");
    descriptor.setProperty(
        "classname",
        isOriginal()
            ? "org.elasticsearch.ingest.common.IngestCommonPlugin"
            : "dev.eventstream.testkit.processors.IngestProcessors");
    Path file = plugin.resolve("plugin-descriptor.properties");
    try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      descriptor.store(out, null);
    }
  }

  private static String source() throws IOException {
    try (InputStream content = IngestPlugin.class.getResourceAsStream(SOURCE)) {
      if (content == null) {
        throw new IOException("The testkit's jar does not contain " + SOURCE);
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

  private void compile(String source, String path, Path classes) {
    @Nullable JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new EngineStartException(
          "The ingest processors of "
              + engine
              + " are compiled at their first start, and the Java runtime in "
              + System.getProperty("java.home")
              + " has no compiler: run the tests on a JDK.");
    }
    StringWriter messages = new StringWriter();
    JavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///" + SOURCE), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    List<String> options =
        List.of("-d", classes.toString(), "-cp", path, "--release", "17", "-proc:none", "-nowarn");
    if (!compiler.getTask(messages, null, null, options, null, List.of(file)).call()) {
      throw new EngineStartException(
          "The ingest processors do not compile against " + engine + ": " + messages);
    }
  }
}
