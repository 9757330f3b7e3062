package dev.eventstream.internal.json;

import dev.eventstream.spi.Rejection;

/**
 * Finds where an array continues after a broken element.
 *
 * <p>If brackets and quotes match up to the element's end, the array continues there. A missing or
 * surplus bracket or quote, however, makes the element swallow valid neighbours. Therefore a
 * complete event after a {@code ,} is accepted as the next element wherever valid JSON could not
 * contain it: inside an apparent string, directly in an object, or after a bracket that does not
 * match. In an inner array it may be a part of the broken element, which was not sent as an event;
 * there it is accepted only if the element does not end by itself.
 *
 * <p>Not thread-safe.
 */
public final class ArrayRecovery {
  private enum Find {
    /** No event, or an event with something else after it. */
    NOTHING,
    /** Events, followed by the end of an inner array. */
    INNER,
    /** Events, followed by something that is not known to be one. */
    EVENTS,
    /** Events, followed by the end of the array and of the input. */
    EVENTS_TO_THE_END
  }

  /**
   * Cost of a byte in a failed scan, relative to a skipped byte: the scan has to unwind its
   * nesting.
   */
  private static final int FAILED_SCAN_FACTOR = 8;

  private static final int MAX_FAILED_SCAN = 1_000;

  private final EventScanner scanner;
  private byte[] in = new byte[0];
  private int limit;
  private int foundUpTo; // everything before it has been searched
  private long left; // remaining budget in bytes

  public ArrayRecovery(EventScanner scanner) {
    this.scanner = scanner;
  }

  /**
   * Finds the end of an element.
   *
   * @param bytes the input
   * @param start start of the broken element
   * @param fault position of the fault; the element is valid JSON up to there
   * @param end end of the search, exclusive
   * @param endOfInput whether the input ends at {@code end}
   * @param budget how many bytes may be scanned, repeated scans included
   * @return the position of the {@code ,} or {@code ]} that ends the element, or -1 if there is
   *     none
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

  /**
   * Returns where the element ends by itself, or where an event starts that cannot be part of it.
   */
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
      if (c == ',' && !structure.inArray() && isEvent(lookAhead(p))) {
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
        Find find = lookAhead(p);
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

  /**
   * Advances by one byte. Returns true if the byte is a bracket that does not match, so that the
   * rest must be analysed again.
   */
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

  /** Returns whether the input ends within an element. */
  private boolean isCutOff(int start) {
    int p = limit - 1;
    while (p > start && isBlank(in[p])) {
      p--;
    }
    return p <= start || in[p] != ']';
  }

  /** Returns what the last call has left of its budget. */
  public long budget() {
    return left;
  }

  /** Returns what follows the "," at {@code comma}. */
  private Find lookAhead(int comma) {
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
          foundUpTo = e.position(); // do not try what lies in between level by level
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

  /**
   * Returns whether the "]" at {@code p} can be the last one, that is, whether nothing follows that
   * can follow a "]" in JSON.
   */
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
