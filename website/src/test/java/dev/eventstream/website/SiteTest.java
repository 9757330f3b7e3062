package dev.eventstream.website;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteTest {
  @Test
  void aSiteReplacesAnEarlierOneAndNoOtherFiles(@TempDir Path directory) throws IOException {
    Path site = directory.resolve("site");
    Site.clear(site);
    Path page = Files.writeString(site.resolve("old.html"), "old");
    Site.clear(site);
    assertThat(page).doesNotExist();

    Path other = Files.createDirectories(directory.resolve("home/documents"));
    Path letter = Files.writeString(other.resolve("letter.txt"), "Dear");
    assertThatThrownBy(() -> Site.clear(directory.resolve("home")))
        .isInstanceOf(DirectoryNotEmptyException.class);
    assertThat(letter).hasContent("Dear");
  }
}
