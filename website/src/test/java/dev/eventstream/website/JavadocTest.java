package dev.eventstream.website;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavadocTest {
  @Test
  void isThatOfAllLibrariesOfTheBom() throws Exception {
    String bom = Files.readString(Documents.ROOT.resolve("eventstream-bom/pom.xml"));

    assertThat(
            Pattern.compile("<artifactId>(eventstream-[a-z-]+)</artifactId>")
                .matcher(bom.substring(bom.indexOf("<dependencies>")))
                .results()
                .map((MatchResult match) -> match.group(1))
                .filter(module -> !module.equals("eventstream-server")) // an application
                .filter(module -> !module.contains("spring-boot"))) // see docs/spring-boot.md
        .as("Javadoc.MODULES and the dependencies of website/pom.xml")
        .containsExactlyInAnyOrderElementsOf(Javadoc.MODULES);
  }

  @Test
  @Tag("slow")
  void hasNoFaultsAndOnlyExportedPackages(@TempDir Path out) throws Exception {
    Javadoc.write(Documents.ROOT, out);

    assertThat(out.resolve("index.html")).exists();
    assertThat(out.resolve("dev/eventstream/EventStream.html")).exists();
    assertThat(out.resolve("dev/eventstream/testkit/RealEngine.html")).exists();
    assertThat(out.resolve("dev/eventstream/internal")).doesNotExist();
    assertThat(out.resolve("dev/eventstream/es/bulk")).doesNotExist();
  }
}
