package dev.eventstream.spool;

import dev.eventstream.spool.log.Damage;
import dev.eventstream.spool.log.Directories;
import dev.eventstream.spool.log.SegmentStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes over the files of processes that share the root directory and are gone. */
final class OrphanAdoption {
  private static final Logger LOG = LoggerFactory.getLogger(OrphanAdoption.class);

  private final SpoolDirectory directory;
  private final SegmentStore store;
  private final DocumentQueue queue;
  private final MapDbDeadLetters deadLetters;
  private final Damage damage;
  private final Runnable filled;

  /**
   * Creates the task.
   *
   * @param filled runs after each adopted directory
   */
  OrphanAdoption(
      SpoolDirectory directory,
      SegmentStore store,
      DocumentQueue queue,
      MapDbDeadLetters deadLetters,
      Damage damage,
      Runnable filled) {
    this.directory = directory;
    this.store = store;
    this.queue = queue;
    this.deadLetters = deadLetters;
    this.damage = damage;
    this.filled = filled;
  }

  /** Looks for such processes. One that cannot be taken over does not affect the others. */
  void run() throws IOException {
    for (SpoolDirectory orphan : directory.orphans()) {
      try (orphan) {
        adopt(orphan);
        filled.run();
      } catch (IOException | RuntimeException e) {
        LOG.warn("{} cannot be taken over; it is tried again", orphan.path(), e);
      }
    }
  }

  private void adopt(SpoolDirectory orphan) throws IOException {
    List<Path> documents = SegmentStore.orphaned(orphan.subdirectory("spool"));
    List<Path> letters = SegmentStore.orphaned(orphan.subdirectory("dead-letters"));
    for (Path file : documents) {
      queue.add(store.adopt(file));
    }
    deadLetters.adopt(letters);
    for (Path file : Directories.list(orphan.subdirectory("damaged"), "*")) {
      damage.adopt(String.valueOf(orphan.path().getFileName()), file);
    }
    orphan.remove();
    LOG.info("Took over {} segments of {}", documents.size(), orphan.path());
  }
}
