package dev.eventstream.website;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Java of the documents compiles with the libraries, and with the imports that it shows. The
 * pages of examples and of Spring Boot are compared with tested sources by their own modules.
 */
class JavaBlocksTest {
  /** A file, not statements. A record may be declared among statements. */
  private static final Pattern TYPE =
      Pattern.compile("^\\s*(@|(public |final |abstract )*(class|interface|enum) )");

  private static final Pattern IMPORT = Pattern.compile("(?m)^import .*;$");

  private static final Pattern COMPARED = Pattern.compile("^(examples/|docs/spring-boot)");

  /** What a reader knows without a declaration. */
  private static final String KNOWN =
      """
      interface Tokens { String current(); }
      static dev.eventstream.EventStream stream;
      static dev.eventstream.es.ElasticsearchSink sink;
      static dev.eventstream.es.ElasticsearchSinkBuilder builder;
      static dev.eventstream.es.reindex.Reindex.Listener listener;
      static dev.eventstream.testkit.RealEngine engine;
      static io.micrometer.core.instrument.MeterRegistry registry;
      static io.opentelemetry.api.OpenTelemetry openTelemetry;
      static java.io.OutputStream out;
      static java.nio.file.Path chain;
      static java.nio.file.Path key;
      static java.util.List<java.net.URI> urls;
      static javax.net.ssl.SSLContext context;
      static String url;
      static Tokens tokens;
      """;

  private static final class Source extends SimpleJavaFileObject {
    private final Documents.Placed block;
    private final String code;

    Source(int number, Documents.Placed block) {
      super(URI.create("string:///snippet" + number + "/Snippet.java"), Kind.SOURCE);
      this.block = block;
      code = code("snippet" + number, block.text());
    }

    private static String code(String name, String text) {
      String imports =
          IMPORT
              .matcher(text)
              .results()
              .map(match -> match.group())
              .collect(Collectors.joining("\n"));
      String rest = IMPORT.matcher(text).replaceAll("").replace("{ … }", "{}");
      String head = "package " + name + ";\n" + imports + "\n";
      if (TYPE.matcher(rest).find()) {
        return head + rest.replaceAll("(?m)^public (?=(final )?(class|interface|record|enum))", "");
      }
      return head
          + "class Snippet {\n"
          + KNOWN
          + "void run() throws Exception {\n"
          + rest
          + "}\n}\n";
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return code;
    }

    @Override
    public String toString() {
      return block.toString();
    }
  }

  @Test
  void everyBlockCompiles(@TempDir Path classes) {
    List<Source> sources = new ArrayList<>();
    Documents.blocks("java")
        .filter(block -> !COMPARED.matcher(block.toString()).find())
        .forEach(block -> sources.add(new Source(sources.size(), block)));
    assertThat(sources).hasSizeGreaterThan(15);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();

    compiler
        .getTask(
            null,
            null,
            diagnostics,
            List.of(
                "-d",
                classes.toString(),
                "-classpath",
                System.getProperty("java.class.path"),
                "-proc:none",
                "-Xlint:deprecation"),
            null,
            sources)
        .call();

    assertThat(
            diagnostics.getDiagnostics().stream()
                .filter(diagnostic -> diagnostic.getKind() != Diagnostic.Kind.NOTE)
                .map(JavaBlocksTest::described))
        .isEmpty();
  }

  private static String described(Diagnostic<? extends JavaFileObject> diagnostic) {
    JavaFileObject source = diagnostic.getSource();
    if (!(source instanceof Source snippet)) {
      return diagnostic.toString();
    }
    String line = snippet.code.lines().skip(diagnostic.getLineNumber() - 1).findFirst().orElse("");
    return "%s: %s, in: %s".formatted(snippet, diagnostic.getMessage(null), line);
  }
}
