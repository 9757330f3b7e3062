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

/** The Java of the documents compiles with the libraries. */
class JavaBlocksTest {
  private static final Pattern TYPE =
      Pattern.compile("(?m)^(?:public |final |abstract )*(?:class|interface|record|enum) ");
  private static final Pattern IMPORT = Pattern.compile("(?m)^import .*;$");

  /** For blocks that show only statements: what is imported and declared around them. */
  private static final String IMPORTS =
      """
      import dev.eventstream.*;
      import dev.eventstream.es.*;
      import dev.eventstream.es.backup.*;
      import dev.eventstream.es.doctor.*;
      import dev.eventstream.es.indices.*;
      import dev.eventstream.es.reindex.*;
      import dev.eventstream.es.template.*;
      import dev.eventstream.id.*;
      import dev.eventstream.micrometer.*;
      import dev.eventstream.observe.*;
      import dev.eventstream.opentelemetry.*;
      import dev.eventstream.spi.*;
      import dev.eventstream.spool.*;
      import dev.eventstream.testkit.*;
      import io.micrometer.core.instrument.MeterRegistry;
      import io.opentelemetry.api.OpenTelemetry;
      import java.io.OutputStream;
      import java.net.URI;
      import java.nio.file.Path;
      import java.time.Duration;
      import java.time.Instant;
      import java.util.*;
      import org.junit.jupiter.api.Test;
      import org.junit.jupiter.api.extension.RegisterExtension;
      import org.junit.jupiter.params.ParameterizedClass;
      import org.junit.jupiter.params.provider.MethodSource;
      import static org.assertj.core.api.Assertions.*;
      """;

  private static final String DECLARATIONS =
      """
      interface Tokens { String current(); }
      ElasticsearchSink sink;
      ElasticsearchSinkBuilder builder;
      EventStream stream;
      MeterRegistry registry;
      OpenTelemetry openTelemetry;
      OutputStream out;
      Path chain;
      Path key;
      Reindex.Listener listener;
      RealEngine engine;
      String url;
      Tokens tokens;
      List<URI> urls;
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
      String head = "package " + name + ";\n" + (imports.isEmpty() ? IMPORTS : imports) + "\n";
      if (TYPE.matcher(rest).find()) {
        return head + rest.replaceAll("(?m)^public (?=(final )?(class|interface|record|enum))", "");
      }
      return head
          + "class Snippet {\n"
          + (imports.isEmpty() ? DECLARATIONS : "")
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
    Documents.blocks("java").forEach(block -> sources.add(new Source(sources.size(), block)));
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
