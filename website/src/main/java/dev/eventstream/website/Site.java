package dev.eventstream.website;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.renderer.html.HtmlRenderer;

/**
 * Writes the Markdown files of the repository as HTML, with everything they link to. A page has the
 * place of its document, so a link leads to the same document in both. The pages need no server and
 * nothing from elsewhere.
 */
public final class Site {
  private static final Path API = Path.of("api");

  /** Is in every site, and tells it from other directories. */
  private static final String STYLE = "site.css";

  private static final Set<String> IMAGES = Set.of("svg", "png");

  private final Repository repository;
  private final Path out;
  private final boolean hasApi;
  private final Navigation navigation;

  // Files and directories that are no documents, to which a document links
  private final Set<Path> linked = new LinkedHashSet<>();
  private final StringBuilder index = new StringBuilder();

  private Site(Repository repository, Path out, boolean hasApi) {
    this.repository = repository;
    this.out = out;
    this.hasApi = hasApi;
    navigation =
        Navigation.of(
            repository
                .document(Navigation.SOURCE)
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            repository.root().resolve(Navigation.SOURCE) + " is missing")));
  }

  /**
   * Builds the site.
   *
   * @param args the root of the repository; the directory for the site, which is replaced; then
   *     {@code --no-javadoc} to leave out the Javadoc
   */
  @SuppressWarnings("SystemOut") // the result of a program
  public static void main(String[] args) throws IOException {
    Path root = Path.of(args[0]).toAbsolutePath().normalize();
    Path out = Path.of(args[1]).toAbsolutePath().normalize();
    boolean javadoc = !List.of(args).contains("--no-javadoc");
    try {
      clear(out);
    } catch (DirectoryNotEmptyException e) {
      System.err.println("./site: " + out + " has other files than a site; name another directory");
      System.exit(2);
    }
    if (javadoc) {
      Javadoc.write(root, out.resolve(API));
    }
    build(root, out, javadoc);
    System.out.println(out.resolve("index.html").toUri());
  }

  /**
   * Writes the pages.
   *
   * @param hasApi whether the pages link to the Javadoc in {@code api}
   */
  static void build(Path root, Path out, boolean hasApi) throws IOException {
    new Site(Repository.read(root), out, hasApi).write();
  }

  private void write() throws IOException {
    for (Document document : repository.documents()) {
      writeDocument(document);
    }
    Set<Path> written = new LinkedHashSet<>();
    Deque<Path> waiting = new ArrayDeque<>(linked);
    while (!waiting.isEmpty()) {
      Path path = waiting.remove();
      if (written.add(path)) {
        waiting.addAll(writeLinked(path));
      }
    }
    writeFile(Path.of(STYLE), resource(STYLE));
    writeFile(Path.of("site.js"), resource("site.js"));
    writeFile(Path.of("search.js"), "const pages = [\n" + index + "];\n");
  }

  private void writeDocument(Document document) throws IOException {
    Path page = page(document.path());
    document
        .node()
        .accept(
            new AbstractVisitor() {
              @Override
              public void visit(Link link) {
                link.setDestination(destination(document.path(), page, link.getDestination()));
                visitChildren(link);
              }

              @Override
              public void visit(Image image) {
                image.setDestination(destination(document.path(), page, image.getDestination()));
              }
            });
    IdentityHashMap<Node, String> anchors = document.anchors();
    HtmlRenderer renderer =
        HtmlRenderer.builder()
            .extensions(Document.EXTENSIONS)
            .attributeProviderFactory(
                context ->
                    (node, tag, attributes) -> {
                      String anchor = anchors.get(node);
                      if (anchor != null) {
                        attributes.put("id", anchor);
                      }
                    })
            .build();
    String body =
        renderer
            .render(document.node())
            .replace("<table>", "<div class=\"table\"><table>")
            .replace("</table>", "</table></div>");
    writePage(page, document.title(), body, contents(document));
    addToIndex(document, page);
  }

  /** The headings of the second level, as links. */
  private static String contents(Document document) {
    String entries =
        document.sections().stream()
            .filter(section -> section.level() == 2)
            .map(
                section ->
                    "<li><a href=\"#%s\">%s</a></li>"
                        .formatted(section.anchor(), escaped(section.title())))
            .collect(Collectors.joining("\n"));
    return entries.isEmpty()
        ? ""
        : "<nav class=\"contents\" aria-label=\"On this page\"><ul>\n" + entries + "\n</ul></nav>";
  }

  private void addToIndex(Document document, Path page) {
    for (Document.Section section : document.sections()) {
      StringBuilder text = new StringBuilder();
      for (Node node = section.heading().getNext();
          node != null && !(node instanceof org.commonmark.node.Heading);
          node = node.getNext()) {
        text.append(Document.text(node)).append(' ');
      }
      index
          .append('[')
          .append(quoted(url(page) + "#" + section.anchor()))
          .append(',')
          .append(quoted(document.title()))
          .append(',')
          .append(quoted(section.title()))
          .append(',')
          .append(quoted(text.toString()))
          .append("],\n");
    }
  }

  /** The URL in {@code page} for a link of its document. */
  private String destination(Path document, Path page, String link) {
    Optional<Repository.Target> resolved = Repository.resolve(document, link);
    if (resolved.isEmpty()) {
      return link;
    }
    Repository.Target target = resolved.get();
    String anchor = target.anchor().isEmpty() ? "" : "#" + target.anchor();
    if (target.path().equals(document)) {
      return anchor.isEmpty() ? url(page.getFileName()) : anchor;
    }
    if (isSource(target.path())) {
      linked.add(target.path());
    }
    return relative(page, page(target.path())) + anchor;
  }

  private boolean isSource(Path path) {
    return repository.document(path).isEmpty() && repository.readmeOf(path).isEmpty();
  }

  /**
   * The page of a document, of a directory, or of another file.
   *
   * @return relative to the root of the site
   */
  private Path page(Path path) {
    if (Files.isDirectory(repository.root().resolve(path))
        || path.getFileName().toString().equals("README.md")) {
      Path directory = path.toString().endsWith("README.md") ? path.getParent() : path;
      return directory == null ? Path.of("index.html") : directory.resolve("index.html");
    }
    if (isImage(path)) {
      return path;
    }
    String name = path.getFileName().toString().replaceFirst("\\.md$", "");
    return path.resolveSibling(name + ".html");
  }

  private static boolean isImage(Path path) {
    String name = path.getFileName().toString();
    return IMAGES.contains(name.substring(name.lastIndexOf('.') + 1));
  }

  /**
   * Writes a page that shows a file or the names in a directory.
   *
   * @return further files to be written
   */
  private List<Path> writeLinked(Path path) throws IOException {
    Path source = repository.root().resolve(path);
    Path page = page(path);
    if (Files.isDirectory(source)) {
      List<Path> children;
      try (Stream<Path> list = Files.list(source)) {
        children =
            list.filter(child -> !child.getFileName().toString().startsWith("."))
                .filter(child -> !child.endsWith("target"))
                .map(repository.root()::relativize)
                .sorted()
                .toList();
      }
      String body =
          children.stream()
              .map(
                  child ->
                      "<li><a href=\"%s\">%s</a></li>"
                          .formatted(relative(page, page(child)), escaped(name(child))))
              .collect(
                  Collectors.joining(
                      "\n", "<h1>" + escaped(path.toString()) + "</h1>\n<ul>\n", "\n</ul>"));
      writePage(page, path.toString(), body, "");
      return children.stream().filter(this::isSource).toList();
    }
    if (isImage(path)) {
      Path copy = out.resolve(page);
      Files.createDirectories(Objects.requireNonNull(copy.getParent()));
      Files.copy(source, copy);
      return List.of();
    }
    String body =
        "<h1>%s</h1>\n<pre><code>%s</code></pre>"
            .formatted(escaped(path.toString()), escaped(Files.readString(source)));
    writePage(page, path.toString(), body, "");
    return List.of();
  }

  private String name(Path child) {
    return child.getFileName() + (Files.isDirectory(repository.root().resolve(child)) ? "/" : "");
  }

  private void writePage(Path page, String title, String body, String contents) throws IOException {
    writeFile(
        page,
        resource("page.html")
            .replace("{{title}}", escaped(title))
            .replace("{{root}}", relative(page, Path.of("index.html")).replace("index.html", ""))
            .replace("{{navigation}}", navigation(page))
            .replace("{{contents}}", contents)
            .replace("{{body}}", body));
  }

  private String navigation(Path page) {
    StringBuilder html = new StringBuilder();
    for (Navigation.Group group : navigation.groups()) {
      html.append("<h2>").append(escaped(group.title())).append("</h2>\n<ul>\n");
      for (Navigation.Entry entry : group.entries()) {
        html.append(entry(page, page(entry.path()), entry.title()));
        if (isSource(entry.path())) {
          linked.add(entry.path());
        }
      }
      if (hasApi && group.title().equals("Reference")) {
        html.append(entry(page, API.resolve("index.html"), "Javadoc"));
      }
      html.append("</ul>\n");
    }
    return html.toString();
  }

  private static String entry(Path page, Path target, String title) {
    return "<li><a href=\"%s\"%s>%s</a></li>\n"
        .formatted(
            relative(page, target),
            page.equals(target) ? " aria-current=\"page\"" : "",
            escaped(title));
  }

  private static String relative(Path page, Path target) {
    Path parent = page.getParent();
    return url(parent == null ? target : parent.relativize(target));
  }

  private static String url(Path path) {
    return path.toString().replace('\\', '/');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  private static String quoted(String text) {
    return '"'
        + text.replace("\\", "\\\\")
            .replace("\"", "\\\"")
            .replace("\r", " ")
            .replace("\n", " ")
            .replace("<", "\\u003c")
        + '"';
  }

  private void writeFile(Path path, String content) throws IOException {
    Path file = out.resolve(path);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, content);
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = Objects.requireNonNull(Site.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  /**
   * Makes an empty directory for a site, in place of an earlier site.
   *
   * @throws DirectoryNotEmptyException if it has other files than a site; none is deleted
   */
  static void clear(Path directory) throws IOException {
    Path mark = directory.resolve(STYLE);
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
        if (all.size() > 1 && !Files.exists(mark)) {
          throw new DirectoryNotEmptyException(directory.toString());
        }
        for (Path file : all) {
          Files.delete(file);
        }
      }
    }
    Files.createDirectories(directory);
    Files.createFile(mark);
  }
}
