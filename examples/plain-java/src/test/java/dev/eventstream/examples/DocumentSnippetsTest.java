package dev.eventstream.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The Java in the documents compiles, with the imports that it shows. Statements become the body of
 * a method. What they use and do not declare is one of a few variables that are obvious to a
 * reader.
 */
class DocumentSnippetsTest {
  private static final Path ROOT = Path.of("..", "..");
  private static final String BEGIN = "```java";

  private static final String KNOWN =
      """
        static dev.eventstream.EventStream stream;
        static dev.eventstream.es.ElasticsearchSink sink;
        static dev.eventstream.es.ElasticsearchSinkBuilder builder;
        static dev.eventstream.es.reindex.Reindex.Listener listener;
        static io.micrometer.core.instrument.MeterRegistry registry;
        static java.io.OutputStream out;
        static java.util.List<java.net.URI> urls;
        static java.nio.file.Path chain;
        static java.nio.file.Path key;
        static Tokens tokens;

        interface Tokens {
          String current();
        }

      """;

  private record Snippet(Path document, int line, String code) {
    @Override
    public String toString() {
      return document + ":" + line;
    }
  }

  @TempDir private Path classes;

  static List<Snippet> snippets() throws IOException {
    List<Path> documents =
        new ArrayList<>(List.of(Path.of("README.md"), Path.of("eventstream-testkit/README.md")));
    try (Stream<Path> pages = Files.list(ROOT.resolve("docs"))) {
      pages
          .filter(page -> page.toString().endsWith(".md"))
          .map(ROOT::relativize)
          .sorted()
          .forEach(documents::add);
    }
    return documents.stream().flatMap(DocumentSnippetsTest::snippetsOf).toList();
  }

  private static Stream<Snippet> snippetsOf(Path document) {
    List<String> lines;
    try {
      lines = Files.readAllLines(ROOT.resolve(document));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<Snippet> snippets = new ArrayList<>();
    for (int begin = 0; begin < lines.size(); begin++) {
      if (lines.get(begin).equals(BEGIN)) {
        int end = begin + lines.subList(begin, lines.size()).indexOf("```");
        String code = String.join("\n", lines.subList(begin + 1, end));
        snippets.add(new Snippet(document, begin + 1, code));
      }
    }
    return snippets.stream();
  }

  @ParameterizedTest
  @MethodSource("snippets")
  void theSnippetCompiles(Snippet snippet) {
    assertThat(compile(unit(snippet.code))).isEmpty();
  }

  /** The README says that a dead cluster does not look like a healthy one. */
  @Test
  void theFirstProgramSaysThatItsEventIsOnDiskWhenTheClusterIsDead(@TempDir Path data)
      throws Exception {
    Path ids = Files.createDirectory(data.resolve("ids"));
    String program =
        unit(snippetsOf(Path.of("README.md")).findFirst().orElseThrow().code)
            .replace("http://localhost:9200", "http://127.0.0.1:1")
            .replace("data/ids", ids.toString())
            .replace("data/spool", data.resolve("spool").toString());
    assertThat(compile(program)).isEmpty();
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream console = System.out;
    System.setOut(new PrintStream(printed, true, UTF_8));
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      Class<?> type = loader.loadClass("Snippet");
      Method run = type.getDeclaredMethod("run");
      run.setAccessible(true);
      run.invoke(null);
    } finally {
      System.setOut(console);
    }

    assertThat(printed.toString(UTF_8)).contains("safe on disk, indexed later: ");
  }

  private String compile(String code) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    List<String> options =
        List.of(
            "-classpath",
            System.getProperty("java.class.path"),
            "-d",
            classes.toString(),
            "-proc:none");
    compiler.getTask(null, null, diagnostics, options, null, List.of(new Source(code))).call();
    return diagnostics.getDiagnostics().stream()
        .map(fault -> fault.getMessage(null))
        .collect(Collectors.joining("\n"));
  }

  /** Makes a file of a snippet. */
  private static String unit(String code) {
    List<String> imports = code.lines().filter(line -> line.startsWith("import ")).toList();
    String rest =
        code.lines()
            .filter(line -> !line.startsWith("import "))
            .collect(Collectors.joining("\n"))
            .strip();
    String head = String.join("\n", imports) + "\n";
    if (rest.startsWith("class ") || rest.startsWith("@")) {
      return head + rest;
    }
    return head
        + "class Snippet {\n"
        + KNOWN
        + "  static void run() throws Exception {\n"
        + rest
        + "\n  }\n}\n";
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String code;

    Source(String code) {
      super(URI.create("string:///Snippet.java"), Kind.SOURCE);
      this.code = code;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return code;
    }
  }
}
