package dev.eventstream.spool;

import dev.eventstream.spool.log.Directories;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory that only this process uses, below a root that several processes may share:
 *
 * <pre>
 *   root/
 *     replica-1a2b3c4d/     one for each process; the process that holds the lock owns it
 *       lock
 *       spool/              segments of waiting documents
 *       dead-letters/       segments of dead letters
 *       damaged/            files that could not be read; never deleted
 *       *.json              notes of the process, which are of no use to another directory
 * </pre>
 *
 * A process that starts takes a directory whose owner is gone, or creates one. The lock is a file
 * lock of the operating system, which releases it however the process ends.
 */
final class SpoolDirectory implements Closeable {
  private static final String PREFIX = "replica-";
  private static final String LOCK = "lock";
  private static final String NOTE = ".json";
  private static final String NEW_NOTE = NOTE + ".new"; // see DurableFile

  /**
   * The directories that this process holds. The operating system releases a lock as soon as the
   * process closes any channel to the file, so the file of a held lock must not be opened again.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lockChannel;

  private SpoolDirectory(Path path, FileChannel lockChannel) {
    this.path = path;
    this.lockChannel = lockChannel;
  }

  /** Takes a directory whose owner is gone, or creates one. */
  static SpoolDirectory own(Path root) throws IOException {
    create(root);
    Path real = root.toRealPath();
    SpoolDirectory taken = ownExisting(real);
    if (taken != null) {
      return taken;
    }
    while (true) {
      Path fresh = real.resolve(PREFIX + UUID.randomUUID().toString().substring(0, 8));
      try {
        Files.createDirectory(fresh);
      } catch (FileAlreadyExistsException e) {
        continue;
      }
      Directories.sync(real);
      SpoolDirectory made = tryOwn(fresh);
      if (made != null) {
        return made;
      }
    }
  }

  /** Takes a directory whose owner is gone; null if there is none. Creates nothing. */
  static @Nullable SpoolDirectory ownExisting(Path root) throws IOException {
    for (Path candidate : replicas(root.toRealPath())) {
      SpoolDirectory taken = tryOwn(candidate);
      if (taken != null) {
        return taken;
      }
    }
    return null;
  }

  private static void create(Path root) throws IOException {
    List<Path> parents = new ArrayList<>(); // of the directories that are created
    Path path = root.toAbsolutePath();
    while (path != null && !Files.exists(path)) {
      path = path.getParent();
      if (path != null) {
        parents.add(path);
      }
    }
    Files.createDirectories(root);
    for (Path parent : parents) {
      Directories.sync(parent);
    }
  }

  /** Takes all other directories whose owners are gone. */
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

  /** The directories of all processes, sorted by name. */
  static List<Path> replicas(Path root) throws IOException {
    return Directories.list(root, PREFIX + "*").stream().filter(Files::isDirectory).toList();
  }

  /**
   * Whether a process owns a directory. Changes no file, and can be used on a disk that is mounted
   * read-only. If no process owns it, it is locked for a moment.
   */
  static boolean isOwned(Path directory) throws IOException {
    Path real = directory.toRealPath();
    if (!HELD.add(real)) {
      return true;
    }
    try (FileChannel channel = FileChannel.open(real.resolve(LOCK), StandardOpenOption.READ);
        FileLock shared = channel.tryLock(0, Long.MAX_VALUE, true)) {
      return shared == null;
    } catch (NoSuchFileException e) {
      return false;
    } finally {
      HELD.remove(real);
    }
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
      // the previous owner may have removed the directory since the file was opened
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
      Directories.sync(path);
    }
    return directory;
  }

  /** Removes the directory, which holds nothing but the lock, notes and empty directories. */
  void remove() throws IOException {
    for (Path entry : Directories.list(path, "*")) {
      String name = String.valueOf(entry.getFileName());
      if (Files.isDirectory(entry) || name.endsWith(NOTE) || name.endsWith(NEW_NOTE)) {
        Files.delete(entry);
      }
    }
    // renamed first, so that no other process creates the lock anew meanwhile
    Path gone = path.resolveSibling("removed-" + path.getFileName());
    Files.move(path, gone, StandardCopyOption.ATOMIC_MOVE);
    Files.delete(gone.resolve(LOCK));
    Files.delete(gone);
    close();
  }

  /** Releases the directory for the next process. */
  @Override
  public void close() throws IOException {
    lockChannel.close();
    HELD.remove(path);
  }
}
