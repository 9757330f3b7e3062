package dev.eventstream.spool;

import dev.eventstream.spool.log.Segment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where each dead letter is: by its key, and counted for each segment. Holds nothing else of a
 * letter. Not thread-safe, except for {@link #size}.
 */
final class DeadLetterIndex {
  /** The oldest first: by last attempt, as compaction writes the oldest ones anew. */
  static final Comparator<Place> OLDEST_FIRST =
      Comparator.comparingLong(Place::lastAttempt)
          .thenComparingLong(place -> place.section.order)
          .thenComparingInt(Place::index)
          .thenComparingInt(Place::ordinal);

  /** A segment, and how much of it is still there. */
  static final class Section {
    private final Segment segment;
    private final long order;
    private int live;
    private int total;
    private long bytes; // of all letters, including those that are gone

    Section(Segment segment, long order) {
      this.segment = segment;
      this.order = order;
    }

    Segment segment() {
      return segment;
    }

    void addBytes(int more) {
      bytes += more;
    }

    private long liveBytes() {
      return total == 0 ? 0 : bytes * live / total;
    }
  }

  /**
   * Where a letter is.
   *
   * @param ordinal its number in its block, from 0
   * @param lastAttempt tells it from a later letter with the same key
   */
  record Place(String key, Section section, int index, int ordinal, long lastAttempt) {}

  private final List<Section> sections = new ArrayList<>(); // oldest first
  private final Map<String, Place> places = new HashMap<>();
  private volatile int size;
  private long nextOrder;

  Section addSection(Segment segment) {
    Section section = new Section(segment, nextOrder++);
    sections.add(section);
    return section;
  }

  void removeSection(Section section) {
    sections.remove(section);
  }

  List<Section> sections() {
    return sections;
  }

  /** How many letters there are. For any thread. */
  int size() {
    return size;
  }

  boolean contains(String key) {
    return places.containsKey(key);
  }

  @Nullable Place get(String key) {
    return places.get(key);
  }

  /** Adds a letter in place of an earlier one with its key. */
  void put(Place place) {
    remove(place.key);
    places.put(place.key, place);
    size = places.size();
    place.section.live++;
    place.section.total++;
  }

  void remove(String key) {
    Place place = places.remove(key);
    if (place != null) {
      size = places.size();
      place.section.live--;
    }
  }

  /** All places, unsorted: sorting 100,000 of them takes too long to do it under a lock. */
  List<Place> places() {
    return new ArrayList<>(places.values());
  }

  /** The places in one segment, unsorted. */
  List<Place> places(Section section) {
    List<Place> found = new ArrayList<>(section.live);
    for (Place place : places.values()) {
      if (place.section == section) {
        found.add(place);
      }
    }
    return found;
  }

  /** Whether at least half of all letters in the segments are gone. */
  boolean isHalfGone() {
    long live = 0;
    long total = 0;
    for (Section section : sections) {
      live += section.live;
      total += section.total;
    }
    return 2 * live <= total;
  }

  /** How many bytes the letters take without those that are gone. */
  long liveBytes() {
    return sections.stream().mapToLong(Section::liveBytes).sum();
  }
}
