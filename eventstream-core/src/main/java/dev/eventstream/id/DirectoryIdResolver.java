package dev.eventstream.id;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.IdResolver;
import dev.eventstream.internal.text.Utf8Map;
import dev.eventstream.internal.text.Utf8Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Event IDs from a directory with one JSON file per event type: {@code engagement.json} contains
 * {@code {"click": "c", "scroll": "s"}}. All IDs are held in memory; lookups never access a file.
 *
 * <p>The directory is polled rather than watched, so that FUSE and network file systems work too.
 * When a file has changed, the whole table is replaced atomically: a lookup sees the old table or
 * the new one. If a file cannot be read, its last valid IDs stay in use and the fault is logged and
 * reported by {@link #problems()}. If a file is deleted, its IDs are removed. The safe way to
 * change a file is to write a new one next to it and rename it.
 *
 * <p>Thread-safe. Owns one thread, which ends with {@link #close()}.
 */
public final class DirectoryIdResolver implements IdResolver {
  /** The default interval between two polls of the directory: 2 s. */
  public static final Duration DEFAULT_POLL_INTERVAL = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(DirectoryIdResolver.class);

  /**
   * On file systems with coarse time stamps, a file that was changed less than this time before it
   * was read may change again with the same time stamp, so it is read once more.
   */
  private static final long COARSE_CLOCK_MILLIS = 2_500;

  /**
   * Identifies a version of a file. {@code settled}: any later change alters one of these values.
   */
  private record Version(long size, long modified, @Nullable Object fileKey, boolean settled) {
    boolean shows(Version now) {
      return settled
          && size == now.size
          && modified == now.modified
          && java.util.Objects.equals(fileKey, now.fileKey);
    }
  }

  private final Path directory;
  private final Duration pollInterval;
  private final Thread poller;
  private final Object lock = new Object();

  @GuardedBy("lock") private final Map<String, Version> versions = new HashMap<>();

  @GuardedBy("lock") private final Map<String, Utf8Map<String>> tables = new TreeMap<>();

  @GuardedBy("lock") private final Map<Path, String> problems = new LinkedHashMap<>();

  @GuardedBy("lock") private boolean closed;

  @GuardedBy("lock") private long reloads;

  @GuardedBy("lock") private long failedReloads;

  private volatile Utf8Table<String> table = Utf8Table.of(Map.of());

  private DirectoryIdResolver(Path directory, Duration pollInterval) {
    this.directory = directory;
    this.pollInterval = pollInterval;
    this.poller = new Thread(this::poll, "eventstream-ids");
    this.poller.setDaemon(true);
  }

  /**
   * Loads a directory and polls it every {@link #DEFAULT_POLL_INTERVAL}.
   *
   * @param directory contains the tables
   * @throws IOException if the directory or a file in it cannot be read, with its name and the
   *     fault
   */
  public static DirectoryIdResolver open(Path directory) throws IOException {
    return open(directory, DEFAULT_POLL_INTERVAL);
  }

  /**
   * Loads a directory and polls it at the given interval.
   *
   * @param directory contains the tables
   * @param pollInterval at least 10 ms
   * @throws IOException if the directory or a file in it cannot be read, with its name and the
   *     fault
   */
  public static DirectoryIdResolver open(Path directory, Duration pollInterval) throws IOException {
    requireNonNull(directory, "directory");
    if (pollInterval.toMillis() < 10) {
      throw new IllegalArgumentException(
          "the poll interval is " + pollInterval + "; it must be at least 10 ms");
    }
    DirectoryIdResolver resolver = new DirectoryIdResolver(directory, pollInterval);
    resolver.reload();
    List<String> problems = resolver.problems();
    if (!problems.isEmpty()) {
      throw new IOException(String.join("; ", problems));
    }
    resolver.poller.start();
    return resolver;
  }

  @Override
  public @Nullable String resolve(String eventType, String eventValue) {
    return table.get(eventType, eventValue);
  }

  @Override
  public @Nullable String resolve(
      byte[] utf8, int typeStart, int typeEnd, int valueStart, int valueEnd) {
    return table.get(utf8, typeStart, typeEnd, valueStart, valueEnd);
  }

  /**
   * Returns the current faults of the directory and its files, one sentence for each; empty if
   * there are none.
   */
  public List<String> problems() {
    synchronized (lock) {
      return new ArrayList<>(problems.values());
    }
  }

  /** Returns how many times the tables were replaced, the initial load included. */
  public long reloads() {
    synchronized (lock) {
      return reloads;
    }
  }

  /**
   * Returns how many polls found a fault. The count grows with every poll until the fault is fixed,
   * see {@link #problems()}.
   */
  public long failedReloads() {
    synchronized (lock) {
      return failedReloads;
    }
  }

  /** Ends the polling thread; lookups continue to work. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    boolean interrupted = false;
    while (poller.isAlive()) {
      try {
        poller.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void poll() {
    while (awaitNextPoll()) {
      try {
        reload();
      } catch (RuntimeException e) {
        LOG.error("Polling for changed event IDs failed; please report this", e);
      }
    }
  }

  private boolean awaitNextPoll() {
    synchronized (lock) {
      long end = System.nanoTime() + pollInterval.toNanos();
      while (!closed) {
        long millis = (end - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
          return true;
        }
        try {
          lock.wait(millis);
        } catch (InterruptedException e) {
          return false;
        }
      }
      return false;
    }
  }

  private void reload() {
    synchronized (lock) {
      Map<String, Path> files;
      try {
        files = IdFiles.list(directory);
        problems.remove(directory);
      } catch (IOException e) {
        problem(directory, String.valueOf(e.getMessage()), "the previously loaded IDs stay in use");
        failedReloads++;
        return; // keep the IDs when a mount has disappeared
      }
      boolean changed = tables.keySet().retainAll(files.keySet());
      versions.keySet().retainAll(files.keySet());
      problems.keySet().retainAll(files.values());
      for (Map.Entry<String, Path> file : files.entrySet()) {
        changed |= reload(file.getKey(), file.getValue());
      }
      if (changed) {
        table = Utf8Table.of(tables);
        reloads++;
        LOG.info(
            "Loaded the event IDs of {} event types with {} values from {}",
            tables.size(),
            tables.values().stream().mapToLong(Utf8Map::size).sum(),
            directory);
      }
      if (!problems.isEmpty()) {
        failedReloads++;
      }
    }
  }

  @GuardedBy("this.lock") private boolean reload(String type, Path file) {
    try {
      Version now = version(file);
      Version loaded = versions.get(type);
      if (loaded != null && loaded.shows(now) && !problems.containsKey(file)) {
        return false;
      }
      Utf8Map<String> ids = IdFiles.readTable(file);
      versions.put(type, now);
      if (problems.remove(file) != null) {
        LOG.info("The ID file {} can be read again", file);
      }
      tables.put(type, ids);
      return true;
    } catch (IOException e) {
      problem(
          file,
          String.valueOf(e.getMessage()),
          tables.containsKey(type)
              ? "the IDs previously loaded from it stay in use"
              : "events of this type get no ID until it is corrected");
      return false;
    }
  }

  @GuardedBy("this.lock") private void problem(Path path, String what, String consequence) {
    boolean known = what.equals(problems.put(path, what));
    if (!known && poller.isAlive()) { // during open(), the exception reports it
      LOG.warn("{}; {}", what, consequence);
    }
  }

  private static Version version(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    long modified = attributes.lastModifiedTime().toMillis();
    boolean settled = Math.abs(System.currentTimeMillis() - modified) > COARSE_CLOCK_MILLIS;
    return new Version(attributes.size(), modified, attributes.fileKey(), settled);
  }
}
