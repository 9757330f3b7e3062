package dev.eventstream.release;

import static dev.eventstream.release.Poms.ROOT;
import static dev.eventstream.release.Poms.children;
import static dev.eventstream.release.Poms.read;
import static dev.eventstream.release.Poms.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * The POMs say what Maven Central requires, and the BOM leaves an importer's libraries as they are.
 */
class PublishedPomsTest {
  private static final Path BOM = ROOT.resolve("eventstream-bom/pom.xml");
  private static final Pattern VERSION = Pattern.compile("<version>(.*)</version>");

  @Test
  void theBomManagesAllPublishedModulesAndNothingElse() throws Exception {
    Element bom = read(BOM);
    List<String> published = new ArrayList<>();
    for (String module : published()) {
      Element pom = read(ROOT.resolve(module).resolve("pom.xml"));
      published.add("dev.eventstream:" + text(pom, "artifactId"));
    }
    published.remove("dev.eventstream:eventstream-bom");

    assertThat(bom.getElementsByTagName("parent").getLength()).isZero(); // it would be inherited
    assertThat(managed(bom)).containsExactlyInAnyOrderElementsOf(published);
  }

  @ParameterizedTest
  @MethodSource("published")
  void saysWhatMavenCentralRequires(String module) throws Exception {
    Element pom = read(ROOT.resolve(module).resolve("pom.xml"));
    Element parent = Poms.child(pom, "parent") == null ? pom : read(ROOT.resolve("pom.xml"));

    assertThat(text(pom, "name")).isNotEmpty();
    assertThat(text(pom, "description")).endsWith(".");
    assertThat(text(parent, "url")).isNotEmpty();
    assertThat(text(parent, "licenses", "license", "name")).isEqualTo("Apache-2.0");
    assertThat(text(parent, "licenses", "license", "url")).startsWith("https://");
    assertThat(text(parent, "developers", "developer", "name")).isNotEmpty();
    assertThat(text(parent, "scm", "connection")).startsWith("scm:git:");
    assertThat(text(parent, "scm", "url")).isNotEmpty();
  }

  @Test
  void theBomIsBuiltLikeTheOtherModules() throws Exception {
    Map<String, String> inBom = pluginVersions(read(BOM));
    Map<String, String> inParent = pluginVersions(read(ROOT.resolve("pom.xml")));
    inParent.keySet().retainAll(inBom.keySet());

    assertThat(inBom).isEqualTo(inParent);
    assertThat(text(read(BOM), "properties", "project.build.outputTimestamp"))
        .isEqualTo(
            text(read(ROOT.resolve("pom.xml")), "properties", "project.build.outputTimestamp"));
  }

  @Test
  void modulesImagesAndInstructionsHaveOneVersion() throws Exception {
    String version = Poms.version();

    for (String module : published()) {
      Element pom = read(ROOT.resolve(module).resolve("pom.xml"));
      assertThat(text(pom, "version") + text(pom, "parent", "version")).isEqualTo(version);
    }
    try (Stream<Path> images = Files.list(ROOT.resolve("deploy"))) {
      for (Path image : images.map(path -> path.resolve("Dockerfile")).toList()) {
        if (Files.exists(image)) {
          assertThat(Files.readString(image)).contains("ARG VERSION=" + version + "\n");
        }
      }
    }
    try (Stream<Path> documents = Files.list(ROOT.resolve("docs"))) {
      List<String> named = new ArrayList<>();
      for (Path document : documents.filter(path -> path.toString().endsWith(".md")).toList()) {
        Matcher versions = VERSION.matcher(Files.readString(document));
        while (versions.find()) {
          named.add(versions.group(1));
        }
      }
      assertThat(named).isNotEmpty().containsOnly(version);
    }
  }

  static List<String> published() throws Exception {
    return Poms.published();
  }

  private static List<String> managed(Element bom) {
    List<String> managed = new ArrayList<>();
    for (Element dependency :
        children(Poms.child(Poms.child(bom, "dependencyManagement"), "dependencies"))) {
      assertThat(dependency.getElementsByTagName("scope").getLength()).isZero(); // no import
      managed.add(text(dependency, "groupId") + ":" + text(dependency, "artifactId"));
    }
    return managed;
  }

  /** The version of each plugin, with properties replaced. */
  private static Map<String, String> pluginVersions(Element pom) {
    Map<String, String> versions = new TreeMap<>();
    NodeList plugins = pom.getElementsByTagName("plugin");
    for (int i = 0; i < plugins.getLength(); i++) {
      Element plugin = (Element) plugins.item(i);
      String version = text(plugin, "version");
      if (version.startsWith("${")) {
        version = text(pom, "properties", version.substring(2, version.length() - 1));
      }
      if (!version.isEmpty()) {
        versions.put(text(plugin, "artifactId"), version);
      }
    }
    return versions;
  }
}
