package dev.eventstream.spool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spool.log.Block;
import dev.eventstream.spool.log.Damage;
import dev.eventstream.spool.log.Progress;
import dev.eventstream.spool.log.Segment;
import dev.eventstream.spool.log.SegmentReader;
import dev.eventstream.spool.log.SegmentStore;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue of documents on the segment log: {@link #take} reads the oldest ones, {@link #remove}
 * notes that they have left, and {@link #tidy} deletes the segments of which all have left.
 * Documents are appended by {@link GroupCommit}. Thread-safe, except that one thread takes.
 */
final class DocumentQueue {
  private static final Logger LOG = LoggerFactory.getLogger(DocumentQueue.class);

  private final SegmentStore store;
  private final Damage damage;
  private final Runnable tidySoon;
  private final Backlog backlog = new Backlog();
  private final AtomicBoolean drained = new AtomicBoolean(); // a segment may be

  /** Held while files are read, changed or deleted, so that none is touched after closing. */
  private final Object files = new Object();

  @GuardedBy("files") private boolean closed;

  /** A block that was read and did not fit into the portion. */
  private record Kept(Segment segment, int index, Block block) {}

  @GuardedBy("files") private @Nullable Kept kept;

  /**
   * Creates an empty queue.
   *
   * @param tidySoon requests a call of {@link #tidy} on another thread
   */
  DocumentQueue(SegmentStore store, Damage damage, Runnable tidySoon) {
    this.store = store;
    this.damage = damage;
    this.tidySoon = tidySoon;
  }

  Backlog backlog() {
    return backlog;
  }

  // Taking and removing

  /**
   * Takes the oldest documents that are not taken yet, and deletes the segments that have drained
   * meanwhile.
   *
   * @param maxDocuments how many documents at most; one block may have more
   * @param maxBytes how many bytes of documents at most; one block may have more
   */
  Backlog.@Nullable Portion take(int maxDocuments, int maxBytes) {
    synchronized (files) {
      if (drained.getAndSet(false)) {
        deleteDrained();
      }
      while (!closed) {
        Backlog.Range range = backlog.next();
        if (range == null) {
          return null;
        }
        Backlog.Portion portion = read(range, maxDocuments, maxBytes);
        if (portion != null) {
          return portion;
        }
        deleteIfDrained(range.segment());
      }
      return null;
    }
  }

  @GuardedBy("files") private Backlog.@Nullable Portion read(Backlog.Range range, int maxDocuments, int maxBytes) {
    Segment segment = range.segment();
    List<Block> blocks = new ArrayList<>();
    int documents = 0;
    int bytes = 0;
    int at = range.from();
    while (at < range.limit() && isReadable(segment)) {
      Block block = read(segment, at);
      if (block == null || block.kind() != Block.DOCUMENTS) {
        at += block == null ? 1 : block.parts();
        continue;
      }
      boolean fits =
          documents + block.count() <= maxDocuments && bytes + block.payload().length <= maxBytes;
      if (!fits && documents > 0) {
        kept = new Kept(segment, at, block);
        break;
      }
      blocks.add(block);
      documents += block.count();
      bytes += block.payload().length;
      at += block.parts();
    }
    Backlog.Portion portion =
        blocks.isEmpty() ? null : portion(segment, range.from(), blocks, bytes);
    backlog.taken(segment, at, portion);
    return portion;
  }

  private static Backlog.Portion portion(Segment segment, int from, List<Block> blocks, int bytes) {
    byte[] records = blocks.get(0).payload();
    if (blocks.size() > 1) {
      records = new byte[bytes];
      int at = 0;
      for (Block block : blocks) {
        System.arraycopy(block.payload(), 0, records, at, block.payload().length);
        at += block.payload().length;
      }
    }
    long oldest = blocks.stream().mapToLong(Block::acceptedAt).min().orElseThrow();
    return new Backlog.Portion(segment, from, DocumentBatch.ofRecords(records), oldest);
  }

  @GuardedBy("files") private @Nullable Block read(Segment segment, int index) {
    Kept again = kept;
    if (again != null && again.segment == segment && again.index == index) {
      kept = null;
      return again.block;
    }
    try {
      return segment.read(index);
    } catch (IOException e) {
      segment.noteDamage("Record " + index, e);
      return null;
    }
  }

  @GuardedBy("files") private boolean isReadable(Segment segment) {
    try {
      segment.open();
      return true;
    } catch (IOException e) {
      backlog.unreadable(segment);
      LOG.error("{} cannot be opened; it is tried again", segment.file(), e);
      return false;
    }
  }

  /**
   * Removes a portion. Does not touch the disk, and does not wait for a thread that does.
   *
   * @param moved whether documents of it were written again at the end
   */
  void remove(Backlog.Portion portion, boolean moved) {
    if (backlog.remove(portion, moved)) {
      drained.set(true);
      tidySoon.run();
    }
  }

  /** Notes that a segment is not written any more. Does not touch the disk. */
  void ended(Segment segment, int committed) {
    backlog.ended(segment, committed);
    if (backlog.isDrained(segment)) {
      drained.set(true);
      tidySoon.run();
    }
  }

  // Files

  /** Adds a segment that an earlier process has written. */
  void add(Path file) throws IOException {
    synchronized (files) {
      Segment segment = store.open(file, damage);
      if (segment == null) {
        return;
      }
      try {
        SegmentReader reader = segment.reader();
        if (!segment.isDamaged()) {
          store.trim(file, reader.usedBytes());
        }
        backlog.add(
            segment,
            reader.end(),
            reader.drained(),
            reader.documents(),
            reader.bytes(),
            reader.oldest());
        if (reader.waitingDocuments() != reader.documents()) {
          writeProgress(List.of(segment)); // documents that arrived before are sent again
        }
        deleteIfDrained(segment);
      } finally {
        segment.closeReader();
      }
    }
  }

  /** Deletes drained segments, and notes from which segments documents have moved to the end. */
  void tidy() {
    synchronized (files) {
      drained.set(false);
      deleteDrained();
      if (!closed) {
        writeProgress(backlog.changed(true));
      }
    }
  }

  /** Notes the progress of all segments. */
  void noteProgress() {
    synchronized (files) {
      if (!closed) {
        writeProgress(backlog.changed(false));
      }
    }
  }

  /**
   * Deletes drained segments at once, for a write that needs the room.
   *
   * @return whether any was deleted
   */
  boolean deleteDrained() {
    synchronized (files) {
      boolean any = false;
      for (Segment segment : backlog.drained()) {
        any |= deleteIfDrained(segment);
      }
      return any;
    }
  }

  @GuardedBy("files") private boolean deleteIfDrained(Segment segment) {
    if (closed || !backlog.isDrained(segment)) {
      return false;
    }
    try {
      segment.closeReader();
      if (segment.isDamaged()) {
        damage.setAside(store, segment.file(), null);
      } else {
        store.delete(segment.file());
      }
    } catch (NoSuchFileException e) {
      LOG.warn("Another process has deleted {}", segment.file(), e);
    } catch (IOException e) {
      LOG.warn("{} is drained but cannot be deleted; it is tried again", segment.file(), e);
      return false;
    }
    backlog.forget(segment);
    return true;
  }

  @GuardedBy("files") // or else a file that is deleted meanwhile would be created again
  private void writeProgress(List<Segment> segments) {
    for (Segment segment : segments) {
      Progress progress = backlog.noteProgress(segment);
      try {
        if (progress != null) {
          progress.write(segment.file());
        }
      } catch (IOException e) {
        LOG.debug("After a restart {} is sent from its beginning", segment.file(), e);
      }
    }
  }

  /** Deletes drained segments, notes the progress of the others, and releases the files. */
  void close() throws IOException {
    synchronized (files) {
      if (closed) {
        return;
      }
      deleteDrained();
      noteProgress();
      closed = true;
      store.close();
      for (Segment segment : backlog.all()) {
        segment.closeReader();
      }
    }
  }
}
