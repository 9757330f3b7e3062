package dev.eventstream.spool;

import static java.util.Objects.requireNonNull;

import dev.eventstream.IdResolver;
import dev.eventstream.id.IdFiles;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.mapdb.DBException;
import org.mapdb.Serializer;
import org.mapdb.SortedTableMap;
import org.mapdb.volume.MappedFileVol;
import org.mapdb.volume.Volume;

/**
 * Event IDs on disk, for tables of millions of entries that should not be on the heap: a sorted
 * table in one MapDB file, which is mapped into memory.
 *
 * <p>{@link #build} creates the file from the JSON files that {@link
 * dev.eventstream.id.DirectoryIdResolver} reads. A file never changes; a new one replaces it.
 * Thread-safe.
 */
public final class MapDbIdResolver implements IdResolver {
  /** The first key of every file, which sorts before all others; its value is the format. */
  private static final String FORMAT_KEY = "";

  private static final String FORMAT = "eventstream-ids 1";

  /** An event type cannot contain it, so that a key stands for one (type, value) only. */
  private static final char SEPARATOR = '\0';

  private static final int IDS_BETWEEN_REPORTS = 4_096;

  private final Volume volume;
  private final SortedTableMap<String, String> ids;

  private MapDbIdResolver(Volume volume, SortedTableMap<String, String> ids) {
    this.volume = volume;
    this.ids = ids;
  }

  /**
   * Builds a file from a directory of JSON tables, and replaces an existing file. Readers of the
   * old file keep it until they close. Holds one table at a time in memory.
   *
   * @param directory contains the tables, {@code <eventType>.json}
   * @param file the file to build; it is replaced atomically, or not at all
   * @return how many IDs the file contains
   * @throws IOException when a table cannot be read or the file cannot be written; names the file
   */
  public static long build(Path directory, Path file) throws IOException {
    return build(directory, file, count -> {});
  }

  /**
   * As {@link #build(Path, Path)}, and tells the progress. Stops if the thread is interrupted.
   *
   * @param progress is called on this thread with the number of IDs so far, every few thousand
   * @throws InterruptedIOException if the thread is interrupted; an existing file is as before
   */
  public static long build(Path directory, Path file, LongConsumer progress) throws IOException {
    Path target = file.toAbsolutePath();
    Path parent = requireNonNull(target.getParent(), "a file has a directory");
    // not Files.createTempFile: only the owner could read such a file
    Path temporary = parent.resolve(target.getFileName() + "." + UUID.randomUUID() + ".new");
    Files.createFile(temporary);
    try {
      long count = write(IdFiles.list(directory), temporary, progress);
      sync(temporary, StandardOpenOption.WRITE);
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      sync(parent, StandardOpenOption.READ); // so that the new name survives a power cut
      return count;
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static long write(SortedMap<String, Path> tables, Path file, LongConsumer progress)
      throws IOException {
    Lz4Library.deleteUnpacked();
    Volume volume = MappedFileVol.FACTORY.makeVolume(file.toString(), false);
    try {
      SortedTableMap.Sink<String, String> sink =
          SortedTableMap.create(volume, Serializer.STRING, Serializer.STRING).createFromSink();
      sink.put(FORMAT_KEY, FORMAT);
      long count = 0;
      for (Map.Entry<String, Path> table : tables.entrySet()) {
        for (Map.Entry<String, String> id :
            new TreeMap<>(IdFiles.read(table.getValue())).entrySet()) {
          sink.put(key(table.getKey(), id.getKey()), id.getValue());
          count++;
          if (count % IDS_BETWEEN_REPORTS == 0) {
            progress.accept(count);
            if (Thread.currentThread().isInterrupted()) {
              throw new InterruptedIOException("interrupted while building " + file);
            }
          }
        }
      }
      sink.create();
      volume.sync();
      return count;
    } finally {
      volume.close();
    }
  }

  private static void sync(Path path, StandardOpenOption option) throws IOException {
    try (FileChannel channel = FileChannel.open(path, option)) {
      channel.force(true);
    }
  }

  /**
   * Opens a file.
   *
   * @param file a file that {@link #build} has created
   * @return a resolver that reads the file
   * @throws IOException when the file cannot be read or has another format; names the file
   */
  public static MapDbIdResolver open(Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IOException("the ID file " + file + " cannot be read");
    }
    Lz4Library.deleteUnpacked();
    Volume volume;
    try {
      volume = MappedFileVol.FACTORY.makeVolume(file.toString(), true);
    } catch (DBException e) {
      throw new IOException("the ID file " + file + " cannot be opened: " + e.getMessage(), e);
    }
    try {
      SortedTableMap<String, String> ids =
          SortedTableMap.open(volume, Serializer.STRING, Serializer.STRING);
      if (FORMAT.equals(ids.get(FORMAT_KEY))) {
        return new MapDbIdResolver(volume, ids);
      }
    } catch (RuntimeException e) {
      volume.close();
      throw notOurs(file, e);
    }
    volume.close();
    throw notOurs(file, null);
  }

  private static IOException notOurs(Path file, @Nullable RuntimeException cause) {
    return new IOException(
        "the ID file " + file + " is not of format \"" + FORMAT + "\"; build it anew", cause);
  }

  @Override
  public @Nullable String resolve(String eventType, String eventValue) {
    return ids.get(key(eventType, eventValue));
  }

  /** Unmaps the file. No lookup may be in progress or follow. */
  @Override
  public void close() {
    volume.close();
  }

  private static String key(String eventType, String eventValue) {
    return eventType + SEPARATOR + eventValue;
  }
}
