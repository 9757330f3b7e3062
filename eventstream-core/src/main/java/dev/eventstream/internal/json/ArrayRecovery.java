package dev.eventstream.internal.json;

import dev.eventstream.spi.Rejection;

/**
 * Finds where an array goes on behind an element that is broken.
 *
 * <p>Where brackets and quotes match up to the element's end, that is where. But one that is
 * missing or too many makes them swallow valid neighbours. So a whole event that follows a {@code
 * ,} is believed against them where it could not stand in JSON otherwise: in what looks like a
 * string, directly in an object, behind a bracket that does not match. In an inner array it could,
 * as a part of the broken element, which was not sent as an event; there it is believed only when
 * the element has no end of its own.
 *
 * <p>Not thread-safe.
 */
public final class ArrayRecovery {
  private enum Find {
    /** No event, or one that something else follows. */
    NOTHING,
    /** Events, and then the end of an inner array. */
    INNER,
    /** Events, and then something that is not known to be one. */
    EVENTS,
    /** Events, and then the end of the array and of the input. */
    EVENTS_TO_THE_END
  }

  /** A scan that fails has its way out of the nesting to go; a byte of that costs some. */
  private static final int FAILED_SCAN_FACTOR = 8;

  private static final int MAX_FAILED_SCAN = 1_000;

  private final EventScanner scanner;
  private byte[] in = new byte[0];
  private int limit;
  private int foundUpTo; // nothing new to be found before
  private long left; // bytes that may still be looked at

  public ArrayRecovery(EventScanner scanner) {
    this.scanner = scanner;
  }

  /**
   * Looks for the end of an element.
   *
   * @param bytes the input
   * @param start where the broken element starts
   * @param fault where it is broken; up to there it is JSON
   * @param end how far to look, exclusive
   * @param endOfInput whether the input ends there
   * @param budget how many bytes may be looked at, those that are looked at again included
   * @return where the {@code ,} or {@code ]} is that ends the element, or -1 when there is none
   */
  public int find(byte[] bytes, int start, int fault, int end, boolean endOfInput, long budget) {
    in = bytes;
    limit = end;
    left = budget;
    int found = end(start);
    if (found < 0 && !(endOfInput && isCutOff(start))) {
      found = eventInInnerArray(start, fault);
    }
    return found;
  }

  /** Where the element ends by itself, or an event stands that cannot be a part of it. */
  private int end(int start) {
    StructureSkipper structure = new StructureSkipper();
    boolean mismatched = false;
    foundUpTo = start;
    for (int p = start; p < limit; p++) {
      byte c = in[p];
      if (!mismatched && structure.endsElement(c) && (c == ',' || skipBlanks(p + 1) == limit)) {
        left -= p - start;
        return p;
      }
      if (c == ',' && !structure.inArray() && isEvent(lookBehind(p))) {
        left -= p - start;
        return p;
      }
      mismatched |= step(structure, c);
    }
    left -= limit - start;
    return -1;
  }

  private int eventInInnerArray(int start, int fault) {
    StructureSkipper structure = new StructureSkipper();
    int beforeFault = -1;
    foundUpTo = start;
    for (int p = start; p < limit; p++) {
      if (in[p] == ',' && structure.inArray() && structure.depth() < scanner.maxDepth()) {
        Find find = lookBehind(p);
        if (p >= fault && isEvent(find)) {
          return p;
        }
        if (find == Find.EVENTS_TO_THE_END && beforeFault < 0) {
          beforeFault = p;
        }
      }
      step(structure, in[p]);
    }
    return beforeFault;
  }

  /** Steps on; true when that bracket does not match, and what comes is taken apart anew. */
  private static boolean step(StructureSkipper structure, byte c) {
    structure.step(c);
    boolean mismatched = structure.mismatched();
    if (mismatched) {
      structure.reset();
    }
    return mismatched;
  }

  private static boolean isEvent(Find find) {
    return find == Find.EVENTS || find == Find.EVENTS_TO_THE_END;
  }

  /** Whether the input ends somewhere within an element. */
  private boolean isCutOff(int start) {
    int p = limit - 1;
    while (p > start && isBlank(in[p])) {
      p--;
    }
    return p <= start || in[p] != ']';
  }

  /** What the last call has left of its budget. */
  public long budget() {
    return left;
  }

  /** What follows the "," at {@code comma}. */
  private Find lookBehind(int comma) {
    Find found = Find.NOTHING;
    if (comma < foundUpTo || left <= 0) {
      return found;
    }
    int p = skipBlanks(comma + 1);
    while (p < limit && in[p] == '{') {
      int start = p;
      try {
        p = skipBlanks(scanner.scan(in, start, limit));
        left -= p - start;
      } catch (MalformedJsonException e) {
        int scanned = e.scanned() - start;
        left -= scanned + Math.min(MAX_FAILED_SCAN, FAILED_SCAN_FACTOR * scanned);
        if (e.code() == Rejection.TOO_DEEP) {
          foundUpTo = e.position(); // what lies in between is not tried level by level
        }
        return found;
      }
      if (p < limit && in[p] != ',' && in[p] != ']') {
        return found;
      }
      foundUpTo = p;
      if (p < limit && in[p] == ']') {
        return endsArray(p) ? Find.EVENTS_TO_THE_END : Find.INNER;
      }
      found = Find.EVENTS;
      p = skipBlanks(p + 1);
    }
    return found;
  }

  /** Whether the "]" at {@code p} can be the last one: nothing follows that JSON has behind one. */
  private boolean endsArray(int p) {
    int next = skipBlanks(p + 1);
    return next >= limit || (in[next] != ',' && in[next] != ']' && in[next] != '}');
  }

  private int skipBlanks(int start) {
    int p = start;
    while (p < limit && isBlank(in[p])) {
      p++;
    }
    return p;
  }

  private static boolean isBlank(byte c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }
}
