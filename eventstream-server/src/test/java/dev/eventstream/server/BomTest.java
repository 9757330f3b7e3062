package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The BOM leaves the libraries of an application that imports it as they are. */
class BomTest {
  private static final Path ROOT = Path.of("..");

  @Test
  void managesAllPublishedModulesAndNothingElse() throws Exception {
    Element bom =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(ROOT.resolve("eventstream-bom/pom.xml").toFile())
            .getDocumentElement();

    assertThat(bom.getElementsByTagName("parent").getLength()).isZero(); // it would be inherited
    assertThat(managed(bom)).containsExactlyInAnyOrderElementsOf(published());
  }

  private static List<String> managed(Element bom) {
    List<String> managed = new ArrayList<>();
    NodeList dependencies = bom.getElementsByTagName("dependency");
    for (int i = 0; i < dependencies.getLength(); i++) {
      Element dependency = (Element) dependencies.item(i);
      assertThat(dependency.getElementsByTagName("scope").getLength()).isZero(); // no import
      managed.add(text(dependency, "groupId") + ":" + text(dependency, "artifactId"));
    }
    return managed;
  }

  private static String text(Element element, String name) {
    return element.getElementsByTagName(name).item(0).getTextContent();
  }

  private static List<String> published() throws Exception {
    try (Stream<Path> modules = Files.list(ROOT)) {
      return modules
          .filter(module -> Files.exists(module.resolve("pom.xml")))
          .map(module -> module.getFileName().toString())
          .filter(name -> name.startsWith("eventstream-") && !name.equals("eventstream-bom"))
          .map(name -> "dev.eventstream:" + name)
          .toList();
    }
  }
}
