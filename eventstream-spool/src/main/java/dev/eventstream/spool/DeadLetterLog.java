package dev.eventstream.spool;

import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spool.DeadLetterIndex.Place;
import dev.eventstream.spool.DeadLetterIndex.Section;
import dev.eventstream.spool.log.Block;
import dev.eventstream.spool.log.Damage;
import dev.eventstream.spool.log.NoRoomException;
import dev.eventstream.spool.log.Segment;
import dev.eventstream.spool.log.SegmentLog;
import dev.eventstream.spool.log.SegmentReader;
import dev.eventstream.spool.log.SegmentStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Dead letters on the segment log: a log of letters and of removals, and the index of what is
 * there. Not thread-safe.
 *
 * <p>After a failed write the segment is abandoned; what was appended to it and not committed is
 * not in the index.
 */
final class DeadLetterLog {
  private static final int SPARSE_SEGMENTS = 4; // fewer are not compacted for being sparse

  private final SegmentStore store;
  private final Damage damage;
  private final SegmentLog log;
  private final DeadLetterIndex index = new DeadLetterIndex();
  private @Nullable Section active;

  /** The last block that was read: letters are mostly read in the order of the log. */
  private record LastRead(Section section, int index, List<DeadLetter> letters) {}

  private @Nullable LastRead lastRead;

  DeadLetterLog(SegmentStore store, Damage damage) throws IOException {
    this.store = store;
    this.damage = damage;
    this.log = new SegmentLog(store, damage, new Listener());
    for (Path file : store.existing()) {
      load(file);
    }
  }

  DeadLetterIndex index() {
    return index;
  }

  /** Adds a segment that was written earlier: its letters and removals come after all others. */
  void load(Path file) throws IOException {
    Segment segment = store.open(file, damage);
    if (segment == null) {
      return;
    }
    Section section = index.addSection(segment);
    SegmentReader reader = segment.reader();
    int at = 0;
    while (at < reader.end()) {
      Block block = segment.read(at);
      if (block == null) {
        at++;
        continue;
      }
      if (block.kind() == Block.LETTERS) {
        section.addBytes(block.payload().length);
        List<DeadLetter> letters = DeadLetterFormat.decode(block.payload());
        for (int i = 0; i < letters.size(); i++) {
          index.put(place(letters.get(i), section, at, i));
        }
      } else if (block.kind() == Block.REMOVALS) {
        DeadLetterFormat.decodeKeys(block.payload()).forEach(index::remove);
      }
      at += block.parts();
    }
  }

  private static Place place(DeadLetter letter, Section section, int at, int ordinal) {
    return new Place(
        DeadLetterFormat.key(letter), section, at, ordinal, letter.lastAttempt().toEpochMilli());
  }

  /** Moves segments of another directory here. */
  void adopt(List<Path> orphaned) throws IOException {
    if (!orphaned.isEmpty()) {
      log.close(); // later removals must be in a segment behind the adopted ones
    }
    for (Path file : orphaned) {
      load(store.adopt(file));
    }
  }

  /** Reads a letter; null when it cannot be read, which is noted as damage. */
  @Nullable DeadLetter read(Place place) throws IOException {
    LastRead last = lastRead;
    if (last == null || last.section != place.section() || last.index != place.index()) {
      Segment segment = place.section().segment();
      Block block = segment.read(place.index());
      if (block == null) {
        segment.noteDamage("Record " + place.index(), null);
        return null;
      }
      last = new LastRead(place.section(), place.index(), DeadLetterFormat.decode(block.payload()));
      lastRead = last;
    }
    return last.letters.get(place.ordinal());
  }

  /**
   * Writes letters in as few blocks as possible, commits, and then notes where they are. Only the
   * first block is refused at the limits, and the others may exceed them: a part of the letters
   * that was refused later would be there after a restart.
   *
   * @param letters with different keys
   * @param beyondLimit whether the limits may be exceeded, because as much is freed soon
   * @throws NoRoomException if the limits are reached, or a letter is too large; none is written
   */
  void write(Collection<DeadLetter> letters, boolean beyondLimit) throws IOException {
    try {
      List<byte[]> encoded = encoded(letters);
      List<Place> written = new ArrayList<>();
      List<DeadLetter> block = new ArrayList<>();
      ByteArrayOutputStream payload = new ByteArrayOutputStream();
      int next = 0;
      for (DeadLetter letter : letters) {
        byte[] bytes = encoded.get(next++);
        if (payload.size() > 0 && payload.size() + bytes.length > Block.MAX_PAYLOAD) {
          append(block, payload, written, beyondLimit || !written.isEmpty());
        }
        payload.write(bytes);
        block.add(letter);
      }
      append(block, payload, written, beyondLimit || !written.isEmpty());
      log.commit();
      written.forEach(index::put);
    } catch (IOException e) {
      abandonAfter(e);
      throw e;
    }
  }

  private List<byte[]> encoded(Collection<DeadLetter> letters) throws IOException {
    List<byte[]> encoded = new ArrayList<>(letters.size());
    for (DeadLetter letter : letters) {
      byte[] bytes = DeadLetterFormat.encode(letter);
      if (bytes.length > log.capacity()) {
        throw new NoRoomException(
            "a document of " + bytes.length + " bytes is larger than what is kept", null);
      }
      encoded.add(bytes);
    }
    return encoded;
  }

  private void append(
      List<DeadLetter> letters,
      ByteArrayOutputStream payload,
      List<Place> written,
      boolean beyondLimit)
      throws IOException {
    long oldest =
        letters.stream().mapToLong(l -> l.lastAttempt().toEpochMilli()).min().orElseThrow();
    int at = append(Block.LETTERS, oldest, letters.size(), payload.toByteArray(), beyondLimit);
    Section section = active;
    if (section != null) {
      section.addBytes(payload.size());
      for (int i = 0; i < letters.size(); i++) {
        written.add(place(letters.get(i), section, at, i));
      }
    }
    letters.clear();
    payload.reset();
  }

  private int append(int kind, long time, int count, byte[] payload, boolean beyondLimit)
      throws IOException {
    log.makeRoom(payload.length, beyondLimit);
    return log.append(kind, time, count, payload, payload.length);
  }

  /** Removes letters, a block at a time, so that those before a failure stay removed. */
  void remove(List<String> keys, long time) throws IOException {
    int from = 0;
    while (from < keys.size()) {
      ByteArrayOutputStream payload = new ByteArrayOutputStream();
      int to = from;
      while (to < keys.size() && payload.size() < Block.MAX_PAYLOAD / 2) {
        DeadLetterFormat.encodeKey(keys.get(to++), payload);
      }
      try {
        append(Block.REMOVALS, time, 0, payload.toByteArray(), true);
        log.commit();
      } catch (IOException e) {
        abandonAfter(e);
        throw e;
      }
      keys.subList(from, to).forEach(index::remove);
      from = to;
    }
  }

  /** After a failure of the disk nothing more is written to the segment. */
  private void abandonAfter(IOException failure) throws IOException {
    if (!(failure instanceof NoRoomException)) {
      log.abandon();
    }
  }

  /** The segment whose remaining letters are worth being written anew; null when none is. */
  @Nullable Section compactable() {
    List<Section> sections = index.sections();
    boolean worthIt = index.isHalfGone() || isSparse();
    return sections.isEmpty() || sections.get(0) == active || !worthIt ? null : sections.get(0);
  }

  /** Every process begins a segment of its own, and may leave very little in it. */
  boolean isSparse() {
    long closed = index.sections().stream().filter(section -> section != active).count();
    return closed >= SPARSE_SEGMENTS && 2 * index.liveBytes() <= closed * log.capacity();
  }

  /**
   * Deletes a segment of which no letter is in the index. What cannot be read in it is kept, see
   * {@link Damage}.
   */
  void delete(Section section) throws IOException {
    index.removeSection(section);
    lastRead = null;
    Segment segment = section.segment();
    segment.closeReader();
    if (segment.isDamaged()) {
      damage.setAside(store, segment.file(), null);
    } else {
      store.delete(segment.file());
    }
  }

  void close() throws IOException {
    log.close();
    for (Section section : index.sections()) {
      section.segment().closeReader();
    }
  }

  private final class Listener implements SegmentLog.Listener {
    @Override
    public void opened(Segment segment) {
      active = index.addSection(segment);
    }

    @Override
    public void committed() {}

    @Override
    public void closed(Segment segment, int committed) {
      active = null;
    }

    @Override
    public boolean makeRoom() {
      return false; // compaction makes room, and is not possible amid a write
    }
  }
}
