package dev.eventstream.spool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process's directory below the root of a spool, and who uses it. Its contents are not read: see
 * {@link SpoolInspection}.
 *
 * @param directory the directory
 * @param owned whether a process uses it
 * @param adminUrl the admin API of that process; null: none is known
 */
public record SpoolReplica(Path directory, boolean owned, @Nullable String adminUrl) {

  /**
   * Finds all directories below the root of a spool. Does not change anything.
   *
   * @param root the directory that {@link MapDbSpool#open} was given
   * @return one for each process that uses the root or did, sorted by name
   * @throws IOException when the directory cannot be read
   */
  public static List<SpoolReplica> of(Path root) throws IOException {
    List<SpoolReplica> all = new ArrayList<>();
    for (Path directory : SpoolDirectory.replicas(root)) {
      all.add(at(directory));
    }
    return all;
  }

  static SpoolReplica at(Path directory) throws IOException {
    boolean owned = SpoolDirectory.isOwned(directory);
    return new SpoolReplica(directory, owned, owned ? ServerNote.adminUrl(directory) : null);
  }
}
