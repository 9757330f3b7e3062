package dev.eventstream.spool;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory that this process alone works in, below one that several processes may share:
 *
 * <pre>
 *   root/
 *     replica-1a2b3c4d/     one for each process; whoever holds the lock owns it
 *       lock
 *       spool/              segments of documents that wait
 *       dead-letters/       segments of dead letters
 *       damaged/            what could not be read; never deleted
 * </pre>
 *
 * A process that starts takes over a directory whose owner is gone, or makes a new one. The lock is
 * the operating system's, so that it ends with its process, however that ends.
 */
final class SpoolDirectory implements Closeable {
  private static final String PREFIX = "replica-";
  private static final String LOCK = "lock";

  /**
   * What this process holds. The operating system forgets a lock as soon as the process closes any
   * channel to the file, so a file that we hold must not even be opened again.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lockChannel;

  private SpoolDirectory(Path path, FileChannel lockChannel) {
    this.path = path;
    this.lockChannel = lockChannel;
  }

  /** Takes over a directory whose owner is gone, or makes one. */
  static SpoolDirectory own(Path root) throws IOException {
    create(root);
    Path real = root.toRealPath();
    for (Path candidate : replicas(real)) {
      SpoolDirectory taken = tryOwn(candidate);
      if (taken != null) {
        return taken;
      }
    }
    while (true) {
      Path fresh = real.resolve(PREFIX + UUID.randomUUID().toString().substring(0, 8));
      try {
        Files.createDirectory(fresh);
      } catch (FileAlreadyExistsException e) {
        continue;
      }
      sync(real);
      SpoolDirectory made = tryOwn(fresh);
      if (made != null) {
        return made;
      }
    }
  }

  private static void create(Path root) throws IOException {
    List<Path> parents = new ArrayList<>(); // of what is made
    Path path = root.toAbsolutePath();
    while (path != null && !Files.exists(path)) {
      path = path.getParent();
      if (path != null) {
        parents.add(path);
      }
    }
    Files.createDirectories(root);
    for (Path parent : parents) {
      sync(parent);
    }
  }

  /** The directories beside this one whose owners are gone, owned now. */
  List<SpoolDirectory> orphans() throws IOException {
    List<SpoolDirectory> orphans = new ArrayList<>();
    Path root = path.getParent();
    for (Path candidate : root == null ? List.<Path>of() : replicas(root)) {
      SpoolDirectory orphan = tryOwn(candidate);
      if (orphan != null) {
        orphans.add(orphan);
      }
    }
    return orphans;
  }

  /** The directories of all processes, by name. */
  static List<Path> replicas(Path root) throws IOException {
    return list(root, PREFIX + "*").stream().filter(Files::isDirectory).toList();
  }

  private static @Nullable SpoolDirectory tryOwn(Path directory) throws IOException {
    if (!HELD.add(directory)) {
      return null;
    }
    boolean locked = false;
    FileChannel channel = null;
    try {
      Path lock = directory.resolve(LOCK);
      channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock held = channel.tryLock();
      // whoever held it before may have removed the directory since we opened the file
      locked = held != null && Files.exists(lock);
      return locked ? new SpoolDirectory(directory, channel) : null;
    } catch (NoSuchFileException | OverlappingFileLockException e) {
      return null;
    } finally {
      if (!locked) {
        if (channel != null) {
          channel.close();
        }
        HELD.remove(directory);
      }
    }
  }

  Path path() {
    return path;
  }

  Path subdirectory(String name) throws IOException {
    Path directory = path.resolve(name);
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(directory);
      sync(path);
    }
    return directory;
  }

  /** Removes the directory, of which nothing is left but the lock. */
  void remove() throws IOException {
    for (Path entry : list(path, "*")) {
      if (Files.isDirectory(entry)) {
        Files.delete(entry);
      }
    }
    // under another name first, where nobody looks for a lock that could be made anew meanwhile
    Path gone = path.resolveSibling("removed-" + path.getFileName());
    Files.move(path, gone, StandardCopyOption.ATOMIC_MOVE);
    Files.delete(gone.resolve(LOCK));
    Files.delete(gone);
    close();
  }

  /** Gives the directory to whoever comes next. */
  @Override
  public void close() throws IOException {
    lockChannel.close();
    HELD.remove(path);
  }

  /** The entries of a directory by name. */
  static List<Path> list(Path directory, String glob) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
      stream.forEach(entries::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Collections.sort(entries);
    return entries;
  }

  /** Makes the names in a directory survive a power cut. */
  static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
