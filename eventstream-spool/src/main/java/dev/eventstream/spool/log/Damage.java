package dev.eventstream.spool.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rule for damage. A file that cannot be read, or not completely, is never deleted: it is
 * logged and listed when the damage is found, stays where it is as long as something in it is
 * readable and needed, and is then moved to the directory {@code damaged}. Thread-safe.
 */
public final class Damage {
  private static final Logger LOG = LoggerFactory.getLogger(Damage.class);

  private final Path directory;
  private final Clock clock;
  private final List<String> files = new CopyOnWriteArrayList<>();

  /**
   * Lists what was set aside earlier.
   *
   * @param directory where damaged files are kept; it exists
   * @param clock puts the time into the names of the files that are moved there
   */
  public Damage(Path directory, Clock clock) throws IOException {
    this.directory = directory;
    this.clock = clock;
    for (Path file : Directories.list(directory, "*")) {
      files.add(file.toString());
    }
  }

  /** Where damaged files are kept. */
  public Path directory() {
    return directory;
  }

  /** Lists the damaged files, wherever they are. Does not touch the disk. */
  public List<String> files() {
    return List.copyOf(files);
  }

  /** Notes that a part of a file cannot be read; called once for each file. */
  void found(Path file, String what, @Nullable IOException cause) {
    files.add(file.toString());
    LOG.error("{} of {} cannot be read; the rest is used and the file is kept", what, file, cause);
  }

  /** Moves a file to the damaged ones: nothing in it is needed any more. */
  public void setAside(SegmentStore store, Path file, @Nullable IOException cause)
      throws IOException {
    String name = file.getFileName() == null ? "" : file.getFileName().toString();
    String suffix = "-" + store.name() + "-" + name;
    Path target = directory.resolve(clock.millis() + suffix);
    while (Files.exists(target)) { // an atomic move would replace it
      target = directory.resolve(UUID.randomUUID() + suffix);
    }
    store.moveTo(target, file);
    String kept = target.toString();
    String listed = file.toString();
    if (files.contains(listed)) {
      files.replaceAll(each -> each.equals(listed) ? kept : each);
    } else {
      files.add(kept);
    }
    LOG.error("{} cannot be read completely and is kept as {}", file, target, cause);
  }

  /**
   * Takes over a damaged file of another directory on the same volume.
   *
   * @param owner the name of the other directory, which becomes part of the file's name
   */
  public void adopt(String owner, Path file) throws IOException {
    Path target = directory.resolve(owner + "-" + file.getFileName());
    Files.move(file, target);
    files.add(target.toString());
  }
}
