package dev.eventstream.website;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The form of the documents, and the tests that they name. */
class FormTest {
  /** Each of them has a test, except the output of programs and the configuration of nginx. */
  private static final Set<String> LANGUAGES =
      Set.of("sh", "console", "java", "json", "yaml", "xml", "text", "nginx", "groovy", "");

  private static final int WIDTH = 130;
  private static final Pattern TEST = Pattern.compile("`([A-Z][A-Za-z0-9]+(?:Test|IT))`");

  @Test
  void noBlockEscapesTheTestsByItsLanguage() {
    List<String> others = new ArrayList<>();
    for (Document document : Documents.all()) {
      for (Document.Block block : document.blocks()) {
        if (!LANGUAGES.contains(block.language())) {
          others.add(new Documents.Placed(document, block) + ": " + block.language());
        }
      }
    }

    assertThat(others).isEmpty();
  }

  @Test
  void theReadmeFitsOnTwoScreens() throws IOException {
    assertThat(Files.readAllLines(Documents.ROOT.resolve("README.md"))).hasSizeLessThan(101);
  }

  @Test
  void theTextIsWrapped() throws IOException {
    List<String> longLines = new ArrayList<>();
    for (Document document : Documents.all()) {
      boolean code = false;
      int number = 0;
      for (String line : Files.readAllLines(Documents.ROOT.resolve(document.path()))) {
        number++;
        if (line.startsWith("```") || line.strip().startsWith("```")) {
          code = !code;
        }
        boolean text =
            !code
                && !line.startsWith("|")
                && !line.startsWith("    ")
                && !line.startsWith("![")
                && !line.matches("\\[\\d+\\]: .*|- \\[.*\\]\\(decisions/.*");
        if (text && line.length() > WIDTH && !isGenerated(document.path(), line)) {
          longLines.add(document.path() + ":" + number);
        }
      }
    }

    assertThat(longLines).isEmpty();
  }

  @Test
  void everyTestThatADocumentNamesExists() throws IOException {
    Set<String> tests = new HashSet<>();
    Files.walkFileTree(
        Documents.ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            String name = directory.getFileName().toString();
            return name.equals("target") || name.equals(".git")
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            tests.add(file.getFileName().toString().replaceFirst("\\.java$", ""));
            return FileVisitResult.CONTINUE;
          }
        });
    assertThat(tests).contains("FormTest");
    Set<String> unknown = new TreeSet<>();
    for (Document document : Documents.all()) {
      String text = Files.readString(Documents.ROOT.resolve(document.path()));
      TEST.matcher(text)
          .results()
          .map(match -> match.group(1))
          .filter(name -> !tests.contains(name))
          .forEach(name -> unknown.add(document.path() + ": " + name));
    }

    assertThat(unknown).isEmpty();
  }

  /** The last line of the table that deploy/swarm-test writes. */
  private static boolean isGenerated(Path document, String line) {
    return document.endsWith("operations.md") && line.startsWith("In total ");
  }
}
