package dev.eventstream.spool;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.mapdb.CC;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The native library of lz4-java, which MapDB loads when it is initialized, for hash functions that
 * we do not use. Unless it is on {@code java.library.path}, lz4-java unpacks it to the directory
 * for temporary files and deletes it when the JVM exits; a killed process leaves it behind. So we
 * delete the file as soon as it is loaded: a library that is mapped does not need it any more.
 */
final class Lz4Library {
  private static final Logger LOG = LoggerFactory.getLogger(Lz4Library.class);
  private static final Path MAPS = Path.of("/proc/self/maps"); // Linux only

  private Lz4Library() {}

  /** Initializes MapDB and deletes the unpacked library of this process, if there is one. */
  static void deleteUnpacked() {
    LOG.trace("MapDB hashes with {}", CC.HASH_FACTORY);
    String unpacked = System.getProperty("java.io.tmpdir") + File.separator + "liblz4-java-";
    if (!Files.isReadable(MAPS)) {
      return;
    }
    try (Stream<String> maps = Files.lines(MAPS)) {
      for (String map : maps.filter(line -> line.contains(unpacked)).toList()) {
        Files.deleteIfExists(Path.of(map.substring(map.indexOf(unpacked))));
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("The unpacked library of lz4-java is deleted when the JVM exits", e);
    }
  }
}
