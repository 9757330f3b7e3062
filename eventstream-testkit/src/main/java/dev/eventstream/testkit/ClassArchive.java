package dev.eventstream.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A class data archive of the JVM, which saves parsing and verifying an engine's classes and halves
 * its start time. The first run of an engine writes one when it ends gracefully, and later runs
 * read it. The JVM ignores an archive that does not match.
 *
 * @param file the path in the cache
 */
record ClassArchive(Path file) {

  private static final Logger LOG = LoggerFactory.getLogger(ClassArchive.class);

  /** Returns the archive for these classes on this runtime, which may not exist yet. */
  static ClassArchive of(Engine engine, JavaInstallation java, String classes, CacheDirectory cache)
      throws IOException {
    CRC32 key = new CRC32();
    key.update(classes.getBytes(StandardCharsets.UTF_8));
    key.update(java.home().toString().getBytes(StandardCharsets.UTF_8));
    key.update(Files.readAllBytes(java.release())); // changes with an update of the JDK
    return new ClassArchive(
        cache.entry(
            "%s-%s-jdk%d-%08x.jsa"
                .formatted(engine.product(), engine.version(), java.feature(), key.getValue())));
  }

  /**
   * Returns the JVM options that read the archive, or write one if there is none.
   *
   * @param fresh where to write it
   * @param mayWrite whether the run is typical, so that its archive is useful for others
   */
  List<String> options(Path fresh, boolean mayWrite) {
    // The JVM's messages about archiving do not concern the engine.
    String quiet = "-Xlog:cds=off,cds+dynamic=off,class+path=off";
    if (Files.exists(file)) {
      return List.of("-XX:SharedArchiveFile=" + file, quiet);
    }
    return mayWrite ? List.of("-XX:ArchiveClassesAtExit=" + fresh, quiet) : List.of();
  }

  /** Moves an archive written by a run into the cache, if there is one. */
  void adopt(Path fresh) {
    if (!Files.exists(fresh)) {
      return;
    }
    try {
      CacheDirectory cache = new CacheDirectory(file.resolveSibling(""));
      cache.replace(file, copy -> Files.copy(fresh, copy));
      Files.delete(fresh);
    } catch (IOException e) {
      LOG.warn("Cannot keep {}: the next start will take longer", file, e);
    }
  }
}
