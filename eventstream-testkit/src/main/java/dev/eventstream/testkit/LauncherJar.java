package dev.eventstream.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * A jar with only the launcher's classes. The engine's JVM must see nothing else of the testkit,
 * and a class data archive supports only jars.
 */
final class LauncherJar {

  private static final String[] CLASSES = {
    "NodeLauncher", "ConcreteNode", "ConcreteNode$Content",
  };

  private LauncherJar() {}

  /** Returns the jar, and writes it if the cache contains none with the same content. */
  static Path in(CacheDirectory cache) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    CRC32 checksum = new CRC32();
    for (String name : CLASSES) {
      byte[] content = bytesOf(name + ".class");
      checksum.update(content);
      files.put(
          LauncherJar.class.getPackageName().replace('.', '/') + "/" + name + ".class", content);
    }
    String entry = "launcher-%08x.jar".formatted(checksum.getValue());
    return cache.entry(entry, jar -> ZipArchive.pack(files, jar));
  }

  private static byte[] bytesOf(String resource) throws IOException {
    try (InputStream content = LauncherJar.class.getResourceAsStream(resource)) {
      if (content == null) {
        throw new IOException("The testkit's jar does not contain " + resource);
      }
      return content.readAllBytes();
    }
  }
}
