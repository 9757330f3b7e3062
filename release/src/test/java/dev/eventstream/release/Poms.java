package dev.eventstream.release;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** Reads the POMs of this source tree, and those that are published. */
final class Poms {
  /** The root of the source tree. */
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private Poms() {}

  static Element read(Path pom) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(pom.toFile())
        .getDocumentElement();
  }

  static String version() throws Exception {
    return text(read(ROOT.resolve("pom.xml")), "version");
  }

  /** The directories of the modules that are published, relative to the root. */
  static List<String> published() throws Exception {
    Element modules = child(read(ROOT.resolve("pom.xml")), "modules");
    List<String> published = new ArrayList<>();
    for (Element module : children(modules)) {
      String directory = module.getTextContent();
      Element pom = read(ROOT.resolve(directory).resolve("pom.xml"));
      if (!text(pom, "properties", "maven.deploy.skip").equals("true")) {
        published.add(directory);
      }
    }
    return published;
  }

  /**
   * The text of the element on this path below the parent, without white space; empty if it is
   * missing.
   */
  static String text(Element parent, String... path) {
    Element element = parent;
    for (String name : path) {
      element = child(element, name);
      if (element == null) {
        return "";
      }
    }
    return element.getTextContent().strip();
  }

  static Element child(Element parent, String name) {
    return children(parent).stream()
        .filter(element -> element.getTagName().equals(name))
        .findFirst()
        .orElse(null);
  }

  static List<Element> children(Element parent) {
    NodeList nodes = parent.getChildNodes();
    return IntStream.range(0, nodes.getLength())
        .mapToObj(nodes::item)
        .filter(node -> node.getNodeType() == Node.ELEMENT_NODE)
        .map(Element.class::cast)
        .toList();
  }
}
