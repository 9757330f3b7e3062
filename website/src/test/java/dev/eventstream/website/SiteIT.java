package dev.eventstream.website;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The site in Chromium, from files. */
@Tag("slow")
class SiteIT {
  @TempDir static Path site;
  @TempDir static Path profile;

  @BeforeAll
  static void build() throws IOException {
    assumeThat(
            Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "chromium"))))
        .as("chromium is installed")
        .isTrue();
    Site.build(Documents.ROOT, site, false);
  }

  /**
   * Opens a page, runs a script in it, and returns what the page is then.
   *
   * @param width of the window in pixels
   */
  private static String opened(Path page, int width, String script) throws Exception {
    Path copy = page.resolveSibling("with-script.html");
    String html = Files.readString(site.resolve(page));
    Files.writeString(
        site.resolve(copy),
        html.replace("</body>", "<script>\"use strict\";" + script + "</script></body>"));
    Path out = profile.resolve("out.html");
    List<String> command =
        new ArrayList<>(
            List.of(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-dev-shm-usage",
                "--window-size=" + width + ",900",
                "--user-data-dir=" + profile.resolve("chromium"),
                "--dump-dom",
                site.resolve(copy).toUri().toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor()).isZero();
    return Files.readString(out);
  }

  @Test
  void theSearchFindsASectionFromAnyPage() throws Exception {
    String script =
        "search.value = 'sending again'; search.dispatchEvent(new Event('input'));"
            + "document.body.dataset.first = found.querySelector('a').href;";

    assertThat(opened(Path.of("index.html"), 1280, script))
        .contains("data-first=\"" + site.resolve("docs/http.html").toUri() + "#sending-again\"");
    assertThat(opened(Path.of("docs/decisions/0001-http-server.html"), 1280, script))
        .contains("docs/http.html#sending-again\"");
  }

  @Test
  void aPhoneShowsThePagesWithoutScrollingSideways() throws Exception {
    for (String page : List.of("index.html", "docs/operations.html", "docs/comparison.html")) {
      assertThat(
              opened(
                  Path.of(page),
                  500,
                  "document.body.dataset.wide = document.documentElement.scrollWidth > innerWidth;"
                      + "menu.click();"
                      + "document.body.dataset.pages ="
                      + " getComputedStyle(document.getElementById('pages')).display;"))
          .as(page)
          .contains("data-wide=\"false\"", "data-pages=\"block\"");
    }
  }
}
