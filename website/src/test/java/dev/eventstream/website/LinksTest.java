package dev.eventstream.website;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinksTest {
  private static final Pattern REFERENCE = Pattern.compile("(?:href|src)=\"([^\"]*)\"");
  private static final Pattern ID = Pattern.compile("\\bid=\"([^\"]+)\"");

  @Test
  void everyLinkOfADocumentLeadsToAFileAndToAHeadingOfIt() {
    List<String> broken = new ArrayList<>();
    for (Document document : Documents.all()) {
      for (String link : document.links()) {
        Repository.resolve(document.path(), link)
            .filter(target -> !resolves(target))
            .ifPresent(target -> broken.add(document.path() + ": " + link));
      }
    }

    assertThat(broken).isEmpty();
  }

  private static boolean resolves(Repository.Target target) {
    if (!Files.exists(Documents.ROOT.resolve(target.path()))) {
      return false;
    }
    return target.anchor().isEmpty()
        || Documents.REPOSITORY
            .document(target.path())
            .or(() -> Documents.REPOSITORY.readmeOf(target.path()))
            .filter(document -> document.hasAnchor(target.anchor()))
            .isPresent();
  }

  @Test
  void theNavigationHasEveryDocument() {
    Navigation navigation = Navigation.of(Documents.document(Navigation.SOURCE.toString()));
    List<Path> pages =
        navigation.groups().stream()
            .flatMap(group -> group.entries().stream())
            .map(Navigation.Entry::path)
            .toList();

    assertThat(pages)
        .as("the links of docs/README.md")
        .doesNotHaveDuplicates()
        .containsAll(
            Documents.all().stream()
                .map(Document::path)
                .filter(path -> !path.equals(Navigation.SOURCE))
                .toList());
  }

  @Test
  void everyLinkOfTheSiteLeadsToAPageAndToAnElementOfIt(@TempDir Path site) throws Exception {
    Site.build(Documents.ROOT, site, false);

    Map<Path, String> pages = new HashMap<>();
    try (Stream<Path> files = Files.walk(site)) {
      for (Path page : files.filter(file -> file.toString().endsWith(".html")).toList()) {
        pages.put(page, Files.readString(page));
      }
    }
    assertThat(pages).containsKey(site.resolve("index.html")).hasSizeGreaterThan(30);
    Map<Path, Set<String>> ids = new HashMap<>();
    pages.forEach((page, html) -> ids.put(page, all(ID, html)));
    List<String> broken = new ArrayList<>();
    pages.forEach(
        (page, html) -> {
          for (String link : all(REFERENCE, html)) {
            if (!link.matches("[a-z]+:.*") && !resolves(page, link, ids)) {
              broken.add(site.relativize(page) + ": " + link);
            }
          }
        });
    assertThat(broken).isEmpty();
  }

  @Test
  void theSiteLoadsNothingFromElsewhere(@TempDir Path site) throws IOException {
    Site.build(Documents.ROOT, site, false);

    Pattern loaded =
        Pattern.compile("(?:<(?:link|script|img|iframe)[^>]*\\b(?:href|src)=\"https?:)");
    try (Stream<Path> files = Files.walk(site)) {
      for (Path page : files.filter(file -> file.toString().endsWith(".html")).toList()) {
        assertThat(Files.readString(page)).as(page.toString()).doesNotContainPattern(loaded);
      }
    }
    assertThat(Files.readString(site.resolve("site.css")))
        .doesNotContain("http", "@import", "url(");
    assertThat(Files.readString(site.resolve("site.js"))).doesNotContain("http", "fetch");
  }

  private static boolean resolves(Path page, String link, Map<Path, Set<String>> ids) {
    int hash = link.indexOf('#');
    String path = hash < 0 ? link : link.substring(0, hash);
    Path target = path.isEmpty() ? page : page.resolveSibling(path).normalize();
    if (hash < 0) {
      return Files.isRegularFile(target);
    }
    return ids.getOrDefault(target, Set.of()).contains(link.substring(hash + 1));
  }

  private static Set<String> all(Pattern pattern, String html) {
    Set<String> found = new HashSet<>();
    Matcher matcher = pattern.matcher(html);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }
}
