package dev.eventstream.server.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.es.doctor.ClusterDoctor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of findings in docs/operations.md against the codes of the doctor. */
class DoctorDocumentTest {
  private static final String BEGIN = "## Finding out what is wrong";
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([a-z-]+)` \\| [^|]+ \\| [^|]+ \\|$");

  @Test
  void everyCodeIsInTheTableAndNoOtherIs() throws Exception {
    String document = Files.readString(Path.of("..", "docs", "operations.md"));
    int begin = document.indexOf(BEGIN);
    assertThat(begin).isPositive();
    String section = document.substring(begin, document.indexOf("\n## ", begin + 1));

    List<String> documented = ROW.matcher(section).results().map(row -> row.group(1)).toList();

    assertThat(documented)
        .containsExactlyElementsOf(
            Stream.concat(
                    Arrays.stream(LocalCheck.values()).map(LocalCheck::code),
                    ClusterDoctor.codes().stream())
                .toList());
  }
}
