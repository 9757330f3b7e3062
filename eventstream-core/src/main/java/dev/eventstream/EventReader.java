package dev.eventstream;

import dev.eventstream.internal.json.ArrayRecovery;
import dev.eventstream.internal.json.EventScanner;
import dev.eventstream.internal.json.MalformedJsonException;
import dev.eventstream.internal.json.StructureSkipper;
import dev.eventstream.spi.Rejection;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Splits input into events and validates each one. The input is one object, an array of objects, or
 * one object per line (NDJSON). The reader buffers no more than it needs and builds no tree; the
 * bytes of an event are returned unchanged.
 *
 * <p>A broken event becomes a {@link BrokenEvent}, and reading continues after it. Within an array,
 * its end is found by matching brackets; if they do not match, by the next {@code ,} that is
 * followed by a complete event. If the input ends early, the events before the end are kept.
 *
 * <p>Accepts strict JSON (RFC 8259) in strict UTF-8 and skips a byte order mark at the start. Not
 * thread-safe.
 */
public final class EventReader {
  /**
   * Maximum nesting depth of objects and arrays, the event itself included: 64. A dot in a member's
   * name counts as one level, because an engine expands the name to an object.
   */
  public static final int MAX_DEPTH = 64;

  /** Maximum size of one event in bytes: 1 MiB. */
  public static final int MAX_EVENT_BYTES = 1 << 20;

  private static final int CHUNK = 64 * 1024;

  /** How far after the start of a broken event the next complete event is searched, in bytes. */
  private static final int RECOVERY_WINDOW = 2 * MAX_EVENT_BYTES;

  /** How many bytes may be scanned again in search of complete events, per byte of input. */
  private static final long SEARCH_FACTOR = 8;

  /** Leaves room for the "\r" at the end of a line. */
  private static final int MAX_LINE = MAX_EVENT_BYTES + 1;

  private static final String TOO_LARGE_REASON =
      "the event is larger than " + MAX_EVENT_BYTES + " bytes";

  private enum State {
    START,
    ELEMENT,
    SEPARATOR,
    AFTER_ARRAY,
    SEQUENCE,
    LINE,
    END
  }

  private final EventScanner scanner = new EventScanner(MAX_DEPTH);
  private final ArrayRecovery recovery = new ArrayRecovery(scanner);
  private final @Nullable InputStream source;
  private final boolean lines;

  private byte[] buffer;
  private int position;
  private int limit;
  private long bufferOffset; // position of buffer[0] in the input
  private int maxEvents = Integer.MAX_VALUE;
  private @Nullable IntFunction<String> documentIds;
  private int count;
  private boolean array;
  private State state = State.START;
  private boolean reuse; // whether one Event object is reused for all events
  private @Nullable Event reused;
  private long searchBudget; // remaining bytes for finding complete events after broken ones

  private EventReader(
      @Nullable InputStream source, byte[] buffer, int start, int limit, boolean lines) {
    this.source = source;
    this.buffer = buffer;
    this.position = start;
    this.limit = limit;
    this.lines = lines;
    this.bufferOffset = -start;
    this.searchBudget = SEARCH_FACTOR * Math.max(MAX_EVENT_BYTES, limit - start);
  }

  /**
   * Reads bytes in memory.
   *
   * @param json an object, an array, or a sequence of objects; not copied: events refer to it, so
   *     it must not be modified while any of them is in use
   */
  public static EventReader of(byte[] json) {
    return of(json, 0, json.length);
  }

  /**
   * Reads a part of an array of bytes.
   *
   * @param json as for {@link #of(byte[])}
   * @param start start of the input
   * @param end end of the input, exclusive
   */
  public static EventReader of(byte[] json, int start, int end) {
    Objects.checkFromToIndex(start, end, json.length);
    return new EventReader(null, json, start, end, false);
  }

  /**
   * Reads bytes in memory, strictly one event per line.
   *
   * @param ndjson lines that end with {@code \n} or {@code \r\n}; blank lines are skipped; not
   *     copied
   */
  public static EventReader ofLines(byte[] ndjson) {
    return ofLines(ndjson, 0, ndjson.length);
  }

  /**
   * Reads a part of an array of bytes, strictly one event per line.
   *
   * @param ndjson as for {@link #ofLines(byte[])}
   * @param start start of the input
   * @param end end of the input, exclusive
   */
  public static EventReader ofLines(byte[] ndjson, int start, int end) {
    Objects.checkFromToIndex(start, end, ndjson.length);
    return new EventReader(null, ndjson, start, end, true);
  }

  /**
   * Reads a stream of any length. Buffers only a few events in memory.
   *
   * @param json as for {@link #of(byte[])}; closed by the caller
   */
  public static EventReader of(InputStream json) {
    return new EventReader(json, new byte[CHUNK], 0, 0, false);
  }

  /**
   * Reads a stream of any length, strictly one event per line.
   *
   * @param ndjson as for {@link #ofLines(byte[])}; closed by the caller
   */
  public static EventReader ofLines(InputStream ndjson) {
    return new EventReader(ndjson, new byte[CHUNK], 0, 0, true);
  }

  /**
   * Limits the number of events, broken ones included; unlimited by default.
   *
   * @param limit at least 1
   */
  public EventReader maxEvents(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("maxEvents is " + limit + "; it must be at least 1");
    }
    this.maxEvents = limit;
    return this;
  }

  /**
   * Assigns a document ID to each event, so that publishing the same input again creates no second
   * document; see {@link Event#withDocumentId}.
   *
   * @param byPosition returns the ID for a position, counted from 0 and including broken events
   */
  public EventReader documentIds(IntFunction<String> byPosition) {
    this.documentIds = Objects.requireNonNull(byPosition, "byPosition");
    return this;
  }

  /**
   * Checks the first bytes of an input for content that no reader can read: compressed data,
   * UTF-16, UTF-32. The reader does this itself; the method is for input that is read in another
   * way.
   *
   * @param input contains the input
   * @param start start of the input
   * @param end end of the input, exclusive
   * @return what was found and the remedy, or null if the input may be JSON
   */
  public static @Nullable BrokenEvent unreadable(byte[] input, int start, int end) {
    InvalidEventException fault = InputFormat.unreadable(input, start, end);
    return fault == null ? null : new BrokenEvent(0, fault.code(), fault.reason(), 0);
  }

  /**
   * Returns whether the input is an array, that is, whether its first non-blank byte is {@code [}.
   * Known after the first call of {@link #next()}.
   */
  public boolean isArray() {
    return array;
  }

  /** Returns the number of events read so far, broken ones included. */
  public int count() {
    return count;
  }

  /** Returns the number of bytes available: the whole input unless it is a stream. */
  int available() {
    return limit - position;
  }

  /** Returns whether the input is a stream, whose length is unknown. */
  boolean isStream() {
    return source != null;
  }

  /**
   * Sets whether each event replaces the previous one, that is, whether {@link #next()} returns the
   * same object each time. For callers that do not keep events.
   */
  void reuseEvents(boolean newReuse) {
    reuse = newReuse;
    reused = null;
  }

  private Event event() {
    if (documentIds != null) {
      return new Event(buffer, scanner.takeLayout(), null).withDocumentId(documentIds.apply(count));
    }
    if (!reuse) {
      return new Event(buffer, scanner.takeLayout(), null);
    }
    Event event = reused;
    if (event == null || event.bytes != buffer) {
      event = new Event(buffer, scanner.layout(), null);
      reused = event;
    }
    return event;
  }

  /**
   * Reads the next event.
   *
   * @return the event, or the fault at its position, or null at the end of the input
   * @throws TooManyEventsException if there are more than {@link #maxEvents}
   * @throws IOException if the stream throws it
   */
  public @Nullable ReadEvent next() throws IOException {
    ReadEvent event = advance();
    if (event != null && count++ == maxEvents) {
      throw new TooManyEventsException(maxEvents);
    }
    return event;
  }

  private @Nullable ReadEvent advance() throws IOException {
    while (true) {
      switch (state) {
        case START -> {
          BrokenEvent unreadable = start();
          if (unreadable != null) {
            return unreadable;
          }
        }
        case ELEMENT -> {
          if (!skipBlanks()) {
            return end("the array is not closed");
          }
          return element();
        }
        case SEPARATOR -> {
          if (!skipBlanks()) {
            return end("the array is not closed");
          }
          byte c = buffer[position];
          if (c == ',') {
            position++;
            state = State.ELEMENT;
          } else if (c == ']') {
            position++;
            state = State.AFTER_ARRAY;
          } else {
            BrokenEvent broken =
                broken(
                    Rejection.MALFORMED_JSON,
                    "expected \",\" or \"]\" after the event but found " + EventScanner.shown(c),
                    position);
            skipElement(position);
            return broken;
          }
        }
        case AFTER_ARRAY -> {
          state = State.END;
          if (skipBlanks()) {
            return broken(
                Rejection.MALFORMED_JSON,
                "expected nothing after the array but found "
                    + EventScanner.shown(buffer[position])
                    + ": send one array, or events one after another without brackets",
                position);
          }
        }
        case SEQUENCE -> {
          if (!skipBlanks()) {
            state = State.END;
          } else {
            return element();
          }
        }
        case LINE -> {
          if (!skipBlanks()) {
            state = State.END;
          } else {
            return line();
          }
        }
        case END -> {
          return null;
        }
      }
    }
  }

  private @Nullable BrokenEvent start() throws IOException {
    readAhead(4);
    InvalidEventException unreadable = InputFormat.unreadable(buffer, position, limit);
    if (unreadable != null) {
      state = State.END; // reported once: its parts cannot be distinguished
      return broken(unreadable.code(), unreadable.reason(), position);
    }
    if (limit - position >= 3
        && buffer[position] == (byte) 0xEF
        && buffer[position + 1] == (byte) 0xBB
        && buffer[position + 2] == (byte) 0xBF) {
      position += 3;
    }
    if (!skipBlanks()) {
      state = State.END;
      return null;
    }
    if (lines) {
      state = State.LINE;
      return null;
    }
    array = buffer[position] == '[';
    state = array ? State.ELEMENT : State.SEQUENCE;
    if (array) {
      position++;
      if (skipBlanks() && buffer[position] == ']') {
        position++;
        state = State.AFTER_ARRAY;
      }
    }
    return null;
  }

  private ReadEvent end(String reason) {
    state = State.END;
    return broken(Rejection.MALFORMED_JSON, reason, position);
  }

  private ReadEvent element() throws IOException {
    while (true) {
      if (buffer[position] != '{') {
        BrokenEvent broken = noEvent(position);
        if (array) {
          skipElement(position);
        } else {
          skipText();
        }
        return broken;
      }
      try {
        int bound = (int) Math.min(limit, (long) position + MAX_EVENT_BYTES + 1);
        int end = scanner.scan(buffer, position, bound);
        if (end - position > MAX_EVENT_BYTES) {
          BrokenEvent broken = tooLarge();
          position = end;
          state = array ? State.SEPARATOR : State.SEQUENCE;
          return broken;
        }
        Event event = event();
        position = end;
        state = array ? State.SEPARATOR : State.SEQUENCE;
        return event;
      } catch (MalformedJsonException e) {
        if (e.endOfInput()) {
          if (limit - position > MAX_EVENT_BYTES) {
            BrokenEvent broken = tooLarge();
            skipByStructure(); // valid JSON up to here
            return broken;
          }
          if (fillElement()) {
            continue;
          }
        }
        BrokenEvent broken = broken(e.code(), e.reason(), e.position());
        if (array) {
          skipElement(e.position());
        } else {
          skipObjectInSequence(e.code() == Rejection.MALFORMED_JSON);
        }
        return broken;
      }
    }
  }

  private ReadEvent line() throws IOException {
    int end = lineEnd();
    if (end < 0) {
      BrokenEvent broken = tooLarge();
      skipLine();
      return broken;
    }
    int start = position;
    position = Math.min(end + 1, limit);
    if (buffer[start] != '{') {
      return noEvent(start);
    }
    try {
      int objectEnd = scanner.scan(buffer, start, end);
      if (objectEnd - start > MAX_EVENT_BYTES) {
        return broken(Rejection.TOO_LARGE, TOO_LARGE_REASON, start);
      }
      for (int p = objectEnd; p < end; p++) {
        if (!isBlank(buffer[p])) {
          return broken(Rejection.MALFORMED_JSON, behindEvent(buffer[p]), p);
        }
      }
      return event();
    } catch (MalformedJsonException e) {
      return broken(e.code(), e.reason(), e.position());
    }
  }

  /** Returns the end of the line that starts here, or -1 if it is larger than an event may be. */
  private int lineEnd() throws IOException {
    int searched = 0;
    while (true) {
      for (int p = position + searched; p < limit; p++) {
        if (buffer[p] == '\n') {
          return p - position > MAX_LINE ? -1 : p;
        }
      }
      searched = limit - position;
      if (searched > MAX_LINE) {
        return -1;
      }
      if (!fill()) {
        return limit;
      }
    }
  }

  private void skipLine() throws IOException {
    do {
      while (position < limit) {
        if (buffer[position++] == '\n') {
          return;
        }
      }
    } while (fill());
  }

  /** Skips the broken array element that starts here and is valid JSON up to {@code fault}. */
  private void skipElement(int fault) throws IOException {
    if (searchBudget > 0) {
      int jsonLength = fault - position;
      boolean endOfInput = false;
      while (!endOfInput && limit - position < RECOVERY_WINDOW) {
        endOfInput = !fill(); // a complete event after the broken one must be available
      }
      int end = (int) Math.min(limit, (long) position + RECOVERY_WINDOW);
      int next =
          recovery.find(buffer, position, position + jsonLength, end, endOfInput, searchBudget);
      searchBudget = recovery.budget();
      if (next >= 0) {
        position = next;
        state = State.SEPARATOR;
        return;
      }
    }
    skipByStructure();
  }

  /** Skips what starts here according to its brackets and quotes. */
  private void skipByStructure() throws IOException {
    StructureSkipper structure = new StructureSkipper();
    state = array ? State.SEPARATOR : State.SEQUENCE;
    skip(structure);
  }

  private void skip(StructureSkipper structure) throws IOException {
    do {
      int end =
          array
              ? structure.skip(buffer, position, limit)
              : structure.skipWhole(buffer, position, limit);
      if (end >= 0) {
        position = end;
        return;
      }
      position = limit;
    } while (!structure.mismatched() && fill());
    state = State.END; // reported once, as the broken event: the rest cannot be split
  }

  /**
   * Skips a broken top-level object. Continues at the next line if that starts another object or if
   * the broken one closes its brackets within its line, as in NDJSON. Otherwise continues where its
   * brackets close, as for one object over several lines.
   *
   * @param malformed whether its brackets and quotes cannot be trusted
   */
  private void skipObjectInSequence(boolean malformed) throws IOException {
    if (!malformed) {
      skipByStructure();
      return;
    }
    state = State.SEQUENCE;
    int end = lineEnd();
    if (end < 0) {
      skipLine();
      return;
    }
    StructureSkipper structure = new StructureSkipper();
    boolean closed = structure.skipWhole(buffer, position, end) >= 0;
    position = end;
    boolean more = skipBlanks();
    if (more && !closed && buffer[position] != '{') {
      if (structure.mismatched()) {
        state = State.END;
      } else {
        skip(structure);
      }
    }
  }

  /**
   * Skips text that is not an object, up to the next line that starts one. Text that looks like the
   * rest of a broken object over several lines is skipped for one line only.
   */
  private void skipText() throws IOException {
    boolean rest = ",:]}".indexOf(buffer[position]) >= 0;
    do {
      skipLine();
    } while (skipBlanks() && buffer[position] != '{' && !rest);
    state = position < limit && buffer[position] == '{' ? State.SEQUENCE : State.END;
  }

  private BrokenEvent noEvent(int at) {
    InvalidEventException fault = InputFormat.noEvent(buffer[at]);
    return broken(fault.code(), fault.reason(), at);
  }

  private static String behindEvent(byte c) {
    return "expected nothing after the event but found " + EventScanner.shown(c);
  }

  private BrokenEvent tooLarge() {
    return broken(Rejection.TOO_LARGE, TOO_LARGE_REASON, position);
  }

  private BrokenEvent broken(Rejection code, String reason, int at) {
    return new BrokenEvent(count, code, reason, bufferOffset + at);
  }

  private boolean skipBlanks() throws IOException {
    do {
      while (position < limit) {
        if (!isBlank(buffer[position])) {
          return true;
        }
        position++;
      }
    } while (fill());
    return false;
  }

  private static boolean isBlank(byte c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  /** Reads until the given number of bytes is available or the input ends. */
  private void readAhead(int bytes) throws IOException {
    boolean more = true;
    while (more && limit - position < bytes) {
      more = fill();
    }
  }

  /**
   * Reads more of the object that starts here until it may be complete, so that it is not scanned
   * again for every few bytes that arrive.
   */
  private boolean fillElement() throws IOException {
    int scanned = limit - position;
    StructureSkipper structure = new StructureSkipper();
    int walked = 0;
    boolean whole = false;
    while (!whole && !structure.mismatched() && limit - position < 2 * scanned && fill()) {
      whole = structure.skipWhole(buffer, position + walked, limit) >= 0;
      walked = limit - position;
    }
    return limit - position > scanned;
  }

  /**
   * Reads more input after {@code limit}. Events refer to the old buffer, so it is left unchanged
   * and the unread part is copied to a new one.
   */
  private boolean fill() throws IOException {
    if (source == null) {
      return false;
    }
    if (limit == buffer.length) {
      int unread = limit - position;
      byte[] larger = new byte[Math.max(CHUNK, 2 * unread)];
      System.arraycopy(buffer, position, larger, 0, unread);
      bufferOffset += position;
      buffer = larger;
      position = 0;
      limit = unread;
    }
    int read = source.read(buffer, limit, buffer.length - limit);
    if (read < 0) {
      return false;
    }
    limit += read;
    searchBudget += SEARCH_FACTOR * read;
    return true;
  }

  /** Returns the only event of an array. */
  static Event single(byte[] json) throws InvalidEventException {
    EventScanner scanner = new EventScanner(MAX_DEPTH);
    int start = 0;
    while (start < json.length && isBlank(json[start])) {
      start++;
    }
    InvalidEventException unreadable = InputFormat.unreadable(json, 0, json.length);
    if (unreadable != null) {
      throw unreadable;
    }
    if (start == json.length) {
      throw new InvalidEventException(
          Rejection.NOT_AN_OBJECT, "there is no event: the input is empty");
    }
    if (json[start] != '{') {
      throw InputFormat.noEvent(json[start]);
    }
    try {
      int end = scanner.scan(json, start, json.length);
      for (int p = end; p < json.length; p++) {
        if (!isBlank(json[p])) {
          throw new InvalidEventException(Rejection.MALFORMED_JSON, behindEvent(json[p]));
        }
      }
      if (end - start > MAX_EVENT_BYTES) {
        throw new InvalidEventException(Rejection.TOO_LARGE, TOO_LARGE_REASON);
      }
      return new Event(json, scanner.takeLayout(), null);
    } catch (MalformedJsonException e) {
      throw new InvalidEventException(e.code(), e.reason());
    }
  }
}
