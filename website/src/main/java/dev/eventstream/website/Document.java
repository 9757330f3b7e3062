package dev.eventstream.website;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;

/**
 * A Markdown file.
 *
 * @param path relative to the root of the repository
 */
record Document(
    Path path, Node node, List<Section> sections, List<Block> blocks, List<String> links) {
  static final List<TablesExtension> EXTENSIONS = extensions();

  private static final Parser PARSER =
      Parser.builder().extensions(EXTENSIONS).includeSourceSpans(IncludeSourceSpans.BLOCKS).build();

  /**
   * A heading.
   *
   * @param anchor as Git hosts form it
   */
  record Section(Heading heading, int level, String anchor, String title) {}

  /**
   * A block of code.
   *
   * @param language the first word after the fence, or empty
   * @param line the line of its fence, or its first line if it is indented, from 1
   */
  record Block(String language, String text, int line) {}

  private static List<TablesExtension> extensions() {
    return List.of((TablesExtension) TablesExtension.create());
  }

  static Document read(Path root, Path path) throws IOException {
    return parse(path, Files.readString(root.resolve(path)));
  }

  static Document parse(Path path, String text) {
    Node node = PARSER.parse(text);
    Reader reader = new Reader();
    node.accept(reader);
    return new Document(path, node, reader.sections, reader.blocks, reader.links);
  }

  /** The first heading, or the name of the file. */
  String title() {
    return sections.isEmpty() ? path.toString() : sections.get(0).title();
  }

  boolean hasAnchor(String anchor) {
    return sections.stream().anyMatch(section -> section.anchor().equals(anchor));
  }

  /** The anchors of the headings, by their node. */
  IdentityHashMap<Node, String> anchors() {
    IdentityHashMap<Node, String> anchors = new IdentityHashMap<>();
    sections.forEach(section -> anchors.put(section.heading(), section.anchor()));
    return anchors;
  }

  /** The text within a node, without its formatting. */
  static String text(Node node) {
    StringBuilder text = new StringBuilder();
    node.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Text part) {
            text.append(part.getLiteral());
          }

          @Override
          public void visit(Code part) {
            text.append(part.getLiteral());
          }

          @Override
          public void visit(SoftLineBreak part) {
            text.append(' ');
          }

          @Override
          public void visit(HardLineBreak part) {
            text.append(' ');
          }
        });
    return text.toString();
  }

  /** What Git hosts make of a heading: lower case, without punctuation, hyphens for blanks. */
  private static String anchor(String title) {
    return title.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}_ -]", "").replace(' ', '-');
  }

  private static final class Reader extends AbstractVisitor {
    private final List<Section> sections = new ArrayList<>();
    private final List<Block> blocks = new ArrayList<>();
    private final List<String> links = new ArrayList<>();
    private final Map<String, Integer> uses = new HashMap<>(); // of an anchor

    @Override
    public void visit(Heading heading) {
      String title = text(heading);
      String anchor = anchor(title);
      int use = uses.merge(anchor, 1, Integer::sum) - 1;
      sections.add(
          new Section(heading, heading.getLevel(), use == 0 ? anchor : anchor + "-" + use, title));
      visitChildren(heading);
    }

    @Override
    public void visit(FencedCodeBlock block) {
      String info = block.getInfo();
      String language = info == null ? "" : info.strip().split("\\s", 2)[0];
      blocks.add(new Block(language, block.getLiteral(), line(block)));
    }

    @Override
    public void visit(IndentedCodeBlock block) {
      blocks.add(new Block("", block.getLiteral(), line(block)));
    }

    @Override
    public void visit(Link link) {
      links.add(link.getDestination());
      visitChildren(link);
    }

    @Override
    public void visit(Image image) {
      links.add(image.getDestination());
    }

    private static int line(Node block) {
      return block.getSourceSpans().get(0).getLineIndex() + 1;
    }
  }
}
