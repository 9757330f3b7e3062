package dev.eventstream.server.importer;

import dev.eventstream.BrokenEvent;
import dev.eventstream.Event;
import dev.eventstream.EventReader;
import dev.eventstream.ReadEvent;
import dev.eventstream.spi.Rejection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the events in one line, which several processes may have written.
 *
 * <p>A process appends whole lines, but long ones in several writes, and a killed process leaves a
 * line incomplete. So a line can hold several events, with fragments before, between and after
 * them. A complete event after a fragment counts, unless the next character shows that it is a
 * member of the fragment.
 */
final class LineEvents {
  /** The minimal number of bytes that may be parsed again to find events in a line. */
  private static final long LEAST_SEARCH = 8 << 20;

  private static final long SEARCH_FACTOR = 32;

  private final byte[] line;
  private final int end;
  private long budget;

  /**
   * A part of a line.
   *
   * @param start its start in the line
   * @param end its end, exclusive
   * @param read the event, or a broken event with the fault
   */
  record Part(int start, int end, ReadEvent read) {}

  private LineEvents(byte[] line) {
    int last = line.length;
    while (last > 0 && isBlank(line[last - 1])) {
      last--;
    }
    this.line = line;
    this.end = last;
    this.budget = Math.max(LEAST_SEARCH, SEARCH_FACTOR * last);
  }

  /**
   * Splits a line.
   *
   * @param line the line; events refer to its bytes
   * @return its parts in order, without white space between them
   */
  static List<Part> split(byte[] line) {
    return new LineEvents(line).split();
  }

  private List<Part> split() {
    List<Part> parts = new ArrayList<>(1);
    int at = skipBlanks(0);
    while (at < end) {
      ReadEvent read = read(at);
      int next = read instanceof Event event ? at + event.size() : nextWhole(at + 1);
      parts.add(new Part(at, next, read));
      at = skipBlanks(next);
    }
    return parts;
  }

  private ReadEvent read(int at) {
    if (line[at] == '{') {
      try {
        ReadEvent read = EventReader.of(line, at, end).next();
        if (read != null) {
          return read;
        }
      } catch (IOException e) {
        throw new UncheckedIOException("reading from memory", e);
      }
    }
    return new BrokenEvent(0, Rejection.NOT_AN_OBJECT, "an event must be a JSON object", at);
  }

  /** The start of the next complete event; the end of the line if there is none. */
  private int nextWhole(int from) {
    for (int at = from; at < end && budget > 0; at++) {
      if (line[at] == '{' && startsObject(at)) {
        budget -= end - at;
        if (read(at) instanceof Event event && standsAlone(at + event.size())) {
          return at;
        }
      }
    }
    return end;
  }

  private boolean startsObject(int at) {
    int first = skipBlanks(at + 1);
    return first < end && line[first] == '"';
  }

  /** Whether an object that ends here is not a member of a fragment. */
  private boolean standsAlone(int at) {
    int next = skipBlanks(at);
    return next == end || ",]}".indexOf(line[next]) < 0;
  }

  private int skipBlanks(int from) {
    int at = from;
    while (at < end && isBlank(line[at])) {
      at++;
    }
    return at;
  }

  private static boolean isBlank(byte c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }
}
