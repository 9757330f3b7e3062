package dev.eventstream.website;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The Markdown files of a repository, and what their links mean. */
final class Repository {
  private static final Set<String> NO_DOCUMENTS = Set.of("target", "node_modules", "src");

  private final Path root;
  private final Map<Path, Document> documents = new TreeMap<>();

  /**
   * What a relative link leads to.
   *
   * @param path relative to the root of the repository
   * @param anchor empty if the link has none
   */
  record Target(Path path, String anchor) {}

  private Repository(Path root) {
    this.root = root;
  }

  static Repository read(Path root) throws IOException {
    Repository repository = new Repository(root);
    for (Path path : repository.markdownFiles()) {
      repository.documents.put(path, Document.read(root, path));
    }
    return repository;
  }

  Path root() {
    return root;
  }

  /** The documents, in the order of their paths. */
  List<Document> documents() {
    return List.copyOf(documents.values());
  }

  Optional<Document> document(Path path) {
    return Optional.ofNullable(documents.get(path));
  }

  /** The document that a directory shows, as on a Git host. */
  Optional<Document> readmeOf(Path directory) {
    return document(directory.resolve("README.md").normalize());
  }

  /**
   * Resolves a link.
   *
   * @return empty if it leads elsewhere, because it has a scheme
   */
  static Optional<Target> resolve(Path from, String link) {
    if (link.matches("[a-z][a-z0-9+.-]*:.*")) {
      return Optional.empty();
    }
    int hash = link.indexOf('#');
    String path = hash < 0 ? link : link.substring(0, hash);
    Path parent = from.getParent();
    Path directory = parent == null ? Path.of("") : parent;
    return Optional.of(
        new Target(
            path.isEmpty() ? from : directory.resolve(path).normalize(),
            hash < 0 ? "" : link.substring(hash + 1)));
  }

  private List<Path> markdownFiles() throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            String name = directory.getFileName().toString();
            boolean skip =
                !directory.equals(root) && (name.startsWith(".") || NO_DOCUMENTS.contains(name));
            return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".md")) {
              files.add(root.relativize(file));
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }
}
