package dev.eventstream.website;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The documents of this repository, for tests. */
final class Documents {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  static final Repository REPOSITORY = read();

  private Documents() {}

  private static Repository read() {
    try {
      return Repository.read(ROOT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Document> all() {
    return REPOSITORY.documents();
  }

  static Document document(String path) {
    return REPOSITORY.document(Path.of(path)).orElseThrow();
  }

  /** The blocks of code in a language, with their place. */
  static Stream<Placed> blocks(String language) {
    return all().stream()
        .flatMap(document -> document.blocks().stream().map(block -> new Placed(document, block)))
        .filter(placed -> placed.block().language().equals(language));
  }

  /** A block of code of a document. */
  record Placed(Document document, Document.Block block) {
    String text() {
      return block.text();
    }

    /** Such as {@code docs/http.md:60}. */
    @Override
    public String toString() {
      return document.path() + ":" + block.line();
    }
  }
}
