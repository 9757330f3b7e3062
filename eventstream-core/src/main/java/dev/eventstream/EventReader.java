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
 * Splits input into events and checks each: one object, an array of objects, or objects one a line
 * (NDJSON). Reads ahead no further than it must and builds no tree; an event's bytes come out as
 * they came in.
 *
 * <p>A broken event is its own {@link BrokenEvent}, and reading goes on behind it. Inside an array
 * that is found by matching brackets; where those do not match, by the next {@code ,} that is
 * followed by a whole event. An input that ends early keeps the events before its end.
 *
 * <p>Strict JSON (RFC 8259) in strict UTF-8; a byte order mark at the start is skipped. Not
 * thread-safe.
 */
public final class EventReader {
  /**
   * How deep objects and arrays may be nested, the event itself included: 64. A dot in a member's
   * name counts as a level, as an engine makes an object of what is before it.
   */
  public static final int MAX_DEPTH = 64;

  /** How large one event may be, in bytes: 1 MiB. */
  public static final int MAX_EVENT_BYTES = 1 << 20;

  private static final int CHUNK = 64 * 1024;

  /** How far behind the start of a broken event the next whole one is looked for. */
  private static final int RECOVERY_WINDOW = 2 * MAX_EVENT_BYTES;

  /** For each byte of input, how many may be looked at again to find whole events. */
  private static final long SEARCH_FACTOR = 8;

  /** A line has room for the "\r" of its end. */
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
  private long bufferOffset; // of buffer[0] in the input
  private int maxEvents = Integer.MAX_VALUE;
  private @Nullable IntFunction<String> documentIds;
  private int count;
  private boolean array;
  private State state = State.START;
  private boolean reuse; // whether all events are one object
  private @Nullable Event reused;
  private long searchBudget; // bytes that looking for whole events behind broken ones may look at

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
   * Reads bytes that are already there.
   *
   * @param json an object, an array, or objects one after another; not copied: events refer to it,
   *     so it must not be changed while any of them is in use
   * @return the reader
   */
  public static EventReader of(byte[] json) {
    return of(json, 0, json.length);
  }

  /**
   * Reads a part of an array.
   *
   * @param json as for {@link #of(byte[])}
   * @param start where the input starts
   * @param end where it ends, exclusive
   * @return the reader
   */
  public static EventReader of(byte[] json, int start, int end) {
    Objects.checkFromToIndex(start, end, json.length);
    return new EventReader(null, json, start, end, false);
  }

  /**
   * Reads bytes that are already there, strictly one event a line.
   *
   * @param ndjson lines that end with {@code \n} or {@code \r\n}; blank ones are skipped; not
   *     copied
   * @return the reader
   */
  public static EventReader ofLines(byte[] ndjson) {
    return ofLines(ndjson, 0, ndjson.length);
  }

  /**
   * Reads a part of an array, strictly one event a line.
   *
   * @param ndjson as for {@link #ofLines(byte[])}
   * @param start where the input starts
   * @param end where it ends, exclusive
   * @return the reader
   */
  public static EventReader ofLines(byte[] ndjson, int start, int end) {
    Objects.checkFromToIndex(start, end, ndjson.length);
    return new EventReader(null, ndjson, start, end, true);
  }

  /**
   * Reads a stream of any length, holding a few events' worth of it in memory.
   *
   * @param json as for {@link #of(byte[])}; closed by the caller
   * @return the reader
   */
  public static EventReader of(InputStream json) {
    return new EventReader(json, new byte[CHUNK], 0, 0, false);
  }

  /**
   * Reads a stream of any length, strictly one event a line.
   *
   * @param ndjson as for {@link #ofLines(byte[])}; closed by the caller
   * @return the reader
   */
  public static EventReader ofLines(InputStream ndjson) {
    return new EventReader(ndjson, new byte[CHUNK], 0, 0, true);
  }

  /**
   * Sets how many events, broken ones included, may come; unlimited unless set.
   *
   * @param limit at least 1
   * @return this reader
   */
  public EventReader maxEvents(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("maxEvents is " + limit + "; it must be at least 1");
    }
    this.maxEvents = limit;
    return this;
  }

  /**
   * Gives each event a document id, so that publishing the same input again changes nothing; see
   * {@link Event#withDocumentId}.
   *
   * @param byPosition the id of the event at a position, from 0, broken ones counted
   * @return this reader
   */
  public EventReader documentIds(IntFunction<String> byPosition) {
    this.documentIds = Objects.requireNonNull(byPosition, "byPosition");
    return this;
  }

  /**
   * Looks at the first bytes of input for what no reader could read: compressed data, UTF-16,
   * UTF-32. The reader does so itself; this is for input that is read otherwise.
   *
   * @param input holds the input
   * @param start where it starts
   * @param end where it ends, exclusive
   * @return what it is, and the remedy; null when its first bytes may be JSON
   */
  public static @Nullable BrokenEvent unreadable(byte[] input, int start, int end) {
    InvalidEventException fault = InputFormat.unreadable(input, start, end);
    return fault == null ? null : new BrokenEvent(0, fault.code(), fault.reason(), 0);
  }

  /**
   * Whether the input is an array; known once {@link #next()} was called.
   *
   * @return true when its first byte, blanks aside, is {@code [}
   */
  public boolean isArray() {
    return array;
  }

  /**
   * How many events, broken ones included, have been read.
   *
   * @return the count so far
   */
  public int count() {
    return count;
  }

  /** How many bytes of input are at hand: all of it, unless it is a stream. */
  int available() {
    return limit - position;
  }

  /** Whether the input is a stream, whose length is unknown. */
  boolean isStream() {
    return source != null;
  }

  /**
   * From now on, or no more, the next event takes the place of the one before: the same object is
   * returned each time. For those who look at an event and forget it.
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
   * @return the event, or why there is none at its position, or null at the end of the input
   * @throws TooManyEventsException when there are more than {@link #maxEvents}
   * @throws IOException what the stream throws
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
                    "expected \",\" or \"]\" behind the event but found " + EventScanner.shown(c),
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
                "expected nothing behind the array but found "
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
      state = State.END; // said once: nothing in it can be told apart
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
            skipByStructure(); // JSON so far
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

  /** Where the line ends that starts here, or -1 when it is larger than an event may be. */
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

  /**
   * Moves behind the broken element of an array that starts here and is JSON up to {@code fault}.
   */
  private void skipElement(int fault) throws IOException {
    if (searchBudget > 0) {
      int jsonLength = fault - position;
      boolean endOfInput = false;
      while (!endOfInput && limit - position < RECOVERY_WINDOW) {
        endOfInput = !fill(); // a whole event behind the broken one should be at hand
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

  /** Moves behind what starts here, trusting its brackets and quotes. */
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
    state = State.END; // said once, by the broken event: the rest cannot be told apart
  }

  /**
   * Behind a broken object that stands alone: at the next line when that starts another object, or
   * when the broken one closes its brackets within its line, as in NDJSON; otherwise where its
   * brackets close, as in a single object over several lines.
   *
   * @param malformed whether its brackets and quotes are not to be trusted
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
   * Behind text that is no object: at the next line that starts one. What looks like the rest of a
   * broken object over several lines is not skipped for longer than its line.
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
    return "expected nothing behind the event but found " + EventScanner.shown(c);
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

  /** Reads until so many bytes are at hand, or the input ends. */
  private void readAhead(int bytes) throws IOException {
    boolean more = true;
    while (more && limit - position < bytes) {
      more = fill();
    }
  }

  /**
   * Reads more of the object that starts here: until it may be whole, so that it is not scanned
   * anew for every few bytes that come.
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
   * Reads more input behind {@code limit}. Events refer to the old buffer, so that one is left as
   * it is and what is unread moves to a new one.
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

  /** The one event that a whole array holds. */
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
