package dev.eventstream.website;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Heading;
import org.commonmark.node.Link;

/**
 * The order of the pages: the links of {@code docs/README.md}, below its headings. A Git host shows
 * the same list as the page of the directory.
 */
record Navigation(List<Group> groups) {
  static final Path SOURCE = Path.of("docs", "README.md");

  /** The pages below a heading. */
  record Group(String title, List<Entry> entries) {}

  /**
   * A page.
   *
   * @param path of its document
   */
  record Entry(String title, Path path) {}

  static Navigation of(Document source) {
    List<Group> groups = new ArrayList<>();
    source
        .node()
        .accept(
            new AbstractVisitor() {
              @Override
              public void visit(Heading heading) {
                if (heading.getLevel() == 2) {
                  groups.add(new Group(Document.text(heading), new ArrayList<>()));
                }
              }

              @Override
              public void visit(Link link) {
                if (!groups.isEmpty()) {
                  Repository.resolve(source.path(), link.getDestination())
                      .ifPresent(
                          target ->
                              groups
                                  .get(groups.size() - 1)
                                  .entries()
                                  .add(new Entry(Document.text(link), target.path())));
                }
              }
            });
    return new Navigation(groups);
  }
}
