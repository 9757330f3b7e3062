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
 * Finds the events of one line that several writers may have shared.
 *
 * <p>A writer appends whole lines, but a long one in pieces, and one that is killed leaves its last
 * piece: so an event may be followed by others, and torn pieces may stand before, between and
 * behind them. A whole event behind a torn piece is taken, unless what follows it shows that it is
 * a member of the torn one.
 */
final class LineEvents {
  /** How many bytes of a line may be looked at again, at least, to find events in it. */
  private static final long LEAST_SEARCH = 8 << 20;

  private static final long SEARCH_FACTOR = 32;

  private final byte[] line;
  private final int end;
  private long budget;

  /**
   * A part of a line.
   *
   * @param start where it starts in the line
   * @param end where it ends, exclusive
   * @param read the event, or why there is none
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
   * @param line the line; events refer to it
   * @return its parts in order; blanks between them are left out
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

  /** Where the next whole event starts, or the end. */
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

  /** Whether an event that ends here is none of another's members. */
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
