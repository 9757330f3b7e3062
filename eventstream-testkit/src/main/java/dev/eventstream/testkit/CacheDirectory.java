package dev.eventstream.testkit;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Directory in which the testkit caches files. Entries are created under a temporary name and
 * renamed, so that processes can share the directory and a crash leaves no partial entries.
 */
final class CacheDirectory {

  /** System property that sets the directory. */
  static final String PROPERTY = "eventstream.testkit.cache";

  private final Path root;

  CacheDirectory(Path root) {
    this.root = root;
  }

  /**
   * Returns the user's cache: the directory of the system property, or the platform's cache
   * directory.
   */
  static CacheDirectory ofUser() {
    String property = System.getProperty(PROPERTY, "");
    return new CacheDirectory(property.isBlank() ? platformDefault() : Path.of(property));
  }

  private static Path platformDefault() {
    Path home = Path.of(System.getProperty("user.home"));
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String directory = "eventstream-testkit";
    if (system.startsWith("mac")) {
      return home.resolve("Library/Caches").resolve(directory);
    }
    String variable = system.startsWith("windows") ? "LOCALAPPDATA" : "XDG_CACHE_HOME";
    String base = System.getenv(variable);
    return (base == null || base.isBlank() ? home.resolve(".cache") : Path.of(base))
        .resolve(directory);
  }

  /** Returns the path of an entry, which may not exist. */
  Path entry(String name) {
    return root.resolve(name);
  }

  /**
   * Returns an entry, and creates it if it does not exist.
   *
   * @param maker writes a file or creates and fills a directory at the given path
   */
  Path entry(String name, Maker maker) throws IOException {
    Path entry = entry(name);
    if (!Files.exists(entry)) {
      replace(entry, maker);
    }
    return entry;
  }

  /**
   * Creates the entry again. A file replaces an earlier one; an existing directory of another
   * process is kept.
   */
  void replace(Path entry, Maker maker) throws IOException {
    Files.createDirectories(root);
    Path scratch = Files.createTempDirectory(root, ".new-");
    try {
      Path made = scratch.resolve(entry.getFileName());
      maker.make(made);
      rename(made, entry);
    } finally {
      deleteTree(scratch);
    }
  }

  private static void rename(Path made, Path entry) throws IOException {
    try {
      Files.move(made, entry, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw e;
    } catch (IOException e) {
      // Another process was faster; its entry has the same contents.
      if (!Files.exists(entry)) {
        throw e;
      }
    }
  }

  static void deleteTree(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(tree)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.deleteIfExists(path);
    }
  }

  /** Writes an entry. */
  @FunctionalInterface
  interface Maker {
    void make(Path path) throws IOException;
  }
}
