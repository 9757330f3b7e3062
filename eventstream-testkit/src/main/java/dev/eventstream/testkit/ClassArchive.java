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
 * A class data archive of the JVM, from which an engine's classes need not be parsed and verified
 * again: it halves the time of a start. The first run of an engine writes one when it ends
 * gracefully, and later runs read it. The JVM ignores an archive that does not fit.
 *
 * @param file where it lies in the cache
 */
record ClassArchive(Path file) {

  private static final Logger LOG = LoggerFactory.getLogger(ClassArchive.class);

  /** The archive for these classes on this runtime, written already or not. */
  static ClassArchive of(Engine engine, JavaInstallation java, String classes, CacheDirectory cache)
      throws IOException {
    CRC32 key = new CRC32();
    key.update(classes.getBytes(StandardCharsets.UTF_8));
    key.update(java.home().toString().getBytes(StandardCharsets.UTF_8));
    key.update(Files.readAllBytes(java.release())); // an update of the JDK changes it
    return new ClassArchive(
        cache.entry(
            "%s-%s-jdk%d-%08x.jsa"
                .formatted(engine.product(), engine.version(), java.feature(), key.getValue())));
  }

  /**
   * The options that make the JVM read the archive, or else write one.
   *
   * @param fresh where to write one
   * @param mayWrite whether this run is one like most others
   */
  List<String> options(Path fresh, boolean mayWrite) {
    // What the JVM cannot archive, or why it ignores an archive, is no news of the engine.
    String quiet = "-Xlog:cds=off,cds+dynamic=off,class+path=off";
    if (Files.exists(file)) {
      return List.of("-XX:SharedArchiveFile=" + file, quiet);
    }
    return mayWrite ? List.of("-XX:ArchiveClassesAtExit=" + fresh, quiet) : List.of();
  }

  /** Takes an archive that a run has written, if it has. */
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
