package dev.eventstream.internal.json;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.internal.text.JsonStrings;
import dev.eventstream.internal.text.Words;
import dev.eventstream.spi.Rejection;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Validates one event object in a single pass over its bytes and records the positions of the
 * members that the pipeline uses. Accepts strict RFC 8259 JSON in strict UTF-8. Also rejects
 * duplicate members at any depth and lone surrogates, because engines reject both, and limits depth
 * and the length of names. A dot in a name counts as one level: an engine expands the name to an
 * object, and a name with thousands of dots exhausts its heap.
 *
 * <p>After {@link #scan} the layout describes the object until the next call. Not thread-safe; a
 * scanner can be reused for any number of events.
 */
public final class EventScanner {
  private static final byte[] EVENT_TYPE = "eventType".getBytes(US_ASCII);
  private static final byte[] EVENT_VALUE = "eventValue".getBytes(US_ASCII);
  private static final byte[] EVENT_ID = "eventId".getBytes(US_ASCII);
  private static final byte[] TIMESTAMP = "@timestamp".getBytes(US_ASCII);

  /**
   * Maximum length of a member name in bytes of UTF-8, because an engine keeps every name in its
   * mappings.
   */
  private static final int MAX_NAME_BYTES = 512;

  /** Whether a byte represents itself in a string. */
  private static final boolean[] PLAIN = new boolean[256];

  /** Whether a byte forms an escape together with a preceding backslash. */
  private static final boolean[] SHORT_ESCAPE = new boolean[256];

  static {
    Arrays.fill(PLAIN, ' ', 0x80, true);
    PLAIN['"'] = false;
    PLAIN['\\'] = false;
    for (byte b : "\"\\/bfnrt".getBytes(US_ASCII)) {
      SHORT_ESCAPE[b] = true;
    }
  }

  private final int maxDepth;
  private final MemberNames names = new MemberNames();

  private byte[] in = new byte[0];
  private int limit;
  private boolean escaped; // whether the last scanned string contains an escape
  private int dots; // in the last scanned name
  private EventLayout layout = new EventLayout();

  public EventScanner(int maxDepth) {
    this.maxDepth = maxDepth;
  }

  /**
   * Scans the object that starts at {@code start}.
   *
   * @param bytes the input
   * @param start position of the object's opening brace
   * @param end end of the input, exclusive
   * @return the end of the object, exclusive
   */
  public int scan(byte[] bytes, int start, int end) throws MalformedJsonException {
    in = bytes;
    limit = end;
    names.clear();
    layout.clear(start);
    int objectEnd = event(start);
    if (layout.typeStart < 0) {
      throw missing("eventType", start, objectEnd);
    }
    if (layout.valueStart < 0) {
      throw missing("eventValue", start, objectEnd);
    }
    layout.end = objectEnd;
    return objectEnd;
  }

  /** Returns the layout of the object that was scanned last. The next scan modifies it. */
  public EventLayout layout() {
    return layout;
  }

  /** Like {@link #layout()}, but the next scan writes to another one. */
  public EventLayout takeLayout() {
    EventLayout taken = layout;
    layout = new EventLayout();
    return taken;
  }

  int maxDepth() {
    return maxDepth;
  }

  private int event(int start) throws MalformedJsonException {
    int p = skipBlanks(start + 1);
    if (at(p) == '}') {
      return p + 1;
    }
    while (true) {
      int nameStart = openingQuote(p) + 1;
      int nameEnd = name(nameStart);
      String plainName = escaped ? JsonStrings.unescape(in, nameStart, nameEnd) : null;
      int valueDepth = 2 + addName(plainName, nameStart, nameEnd, 0, 1);
      int valueAt = skipBlanks(colon(nameEnd + 1));
      p = member(plainName, nameStart, nameEnd, valueAt, valueDepth);
      p = skipBlanks(p);
      byte c = at(p);
      if (c == '}') {
        checkNames(0, p);
        return p + 1;
      }
      p = skipBlanks(comma(c, p, "}"));
    }
  }

  /** Scans the value of a member at {@code p} and records it if the pipeline uses the member. */
  private int member(@Nullable String plainName, int nameStart, int nameEnd, int p, int valueDepth)
      throws MalformedJsonException {
    if (plainName == null) {
      // All four names begin with 'e' or '@': checking the first byte saves most members the
      // comparisons.
      byte first = nameStart < nameEnd ? in[nameStart] : 0;
      if (first != 'e' && first != '@') {
        layout.underscores |= first == '_';
        return value(p, valueDepth);
      }
    } else {
      layout.underscores |= plainName.startsWith("_");
    }
    if (isName(EVENT_TYPE, plainName, nameStart, nameEnd)) {
      int end = textMember("eventType", p);
      layout.typeStart = p + 1;
      layout.typeEnd = end - 1;
      layout.escaped |= escaped;
      return end;
    }
    if (isName(EVENT_VALUE, plainName, nameStart, nameEnd)) {
      int end = textMember("eventValue", p);
      layout.valueStart = p + 1;
      layout.valueEnd = end - 1;
      layout.escaped |= escaped;
      return end;
    }
    int end = value(p, valueDepth);
    if (isName(EVENT_ID, plainName, nameStart, nameEnd)) {
      layout.idStart = p;
      layout.idEnd = end;
    } else if (isName(TIMESTAMP, plainName, nameStart, nameEnd)) {
      layout.timestampStart = p;
      layout.timestampEnd = end;
    }
    return end;
  }

  private int textMember(String name, int p) throws MalformedJsonException {
    if (at(p) != '"') {
      int end = value(p, 2); // report broken JSON first, it is more useful
      throw new MalformedJsonException(
          Rejection.NOT_A_STRING, "\"" + name + "\" must be a string", p, end, false);
    }
    return string(p + 1) + 1;
  }

  private boolean isName(byte[] name, @Nullable String plainName, int start, int end) {
    if (plainName != null) {
      return plainName.equals(new String(name, US_ASCII));
    }
    return Words.equal(name, 0, name.length, in, start, end);
  }

  private int value(int p, int depth) throws MalformedJsonException {
    byte c = at(p);
    return switch (c) {
      case '"' -> string(p + 1) + 1;
      case '{' -> object(p, depth);
      case '[' -> array(p, depth);
      case 't' -> literal("true", p);
      case 'f' -> literal("false", p);
      case 'n' -> literal("null", p);
      default -> {
        if (c != '-' && !isDigit(c)) {
          throw unexpected(p, "a value");
        }
        yield number(p);
      }
    };
  }

  private int object(int start, int depth) throws MalformedJsonException {
    checkDepth(start, depth);
    int p = skipBlanks(start + 1);
    if (at(p) == '}') {
      return p + 1;
    }
    int firstName = names.count();
    long outer = names.open();
    while (true) {
      int nameStart = openingQuote(p) + 1;
      int nameEnd = name(nameStart);
      String plainName = escaped ? JsonStrings.unescape(in, nameStart, nameEnd) : null;
      int valueDepth = depth + 1 + addName(plainName, nameStart, nameEnd, firstName, depth);
      p = skipBlanks(value(skipBlanks(colon(nameEnd + 1)), valueDepth));
      byte c = at(p);
      if (c == '}') {
        checkNames(firstName, p);
        names.close(firstName, outer);
        return p + 1;
      }
      p = skipBlanks(comma(c, p, "}"));
    }
  }

  private int array(int start, int depth) throws MalformedJsonException {
    checkDepth(start, depth);
    int p = skipBlanks(start + 1);
    if (at(p) == ']') {
      return p + 1;
    }
    while (true) {
      layout.elements++;
      p = skipBlanks(value(p, depth + 1));
      byte c = at(p);
      if (c == ']') {
        return p + 1;
      }
      p = skipBlanks(comma(c, p, "]"));
    }
  }

  /**
   * Scans a string's content from after its opening quote; returns the position of its closing
   * quote.
   */
  private int string(int start) throws MalformedJsonException {
    byte[] bytes = in;
    int end = limit;
    int p = start;
    boolean sawEscape = false;
    while (true) {
      p = plainText(bytes, p, end);
      if (p == end) {
        throw endOfInput();
      }
      byte c = bytes[p];
      if (c == '"') {
        escaped = sawEscape;
        return p;
      }
      sawEscape |= c == '\\';
      p = special(c, p);
    }
  }

  /** Like {@link #string}, and counts the dots. */
  private int name(int start) throws MalformedJsonException {
    byte[] bytes = in;
    int end = limit;
    int p = start;
    boolean sawEscape = false;
    int sawDots = 0;
    while (true) {
      p = plainName(bytes, p, end);
      if (p == end) {
        throw endOfInput();
      }
      byte c = bytes[p];
      if (c == '"') {
        escaped = sawEscape;
        dots = sawDots;
        return p;
      }
      if (c == '.') {
        sawDots++;
        p++;
      } else if (PLAIN[c & 0xFF]) {
        p++;
      } else {
        sawEscape |= c == '\\';
        p = special(c, p);
      }
    }
  }

  /** Validates a byte that does not represent itself in a string; returns the position after it. */
  private int special(byte c, int p) throws MalformedJsonException {
    if (c == '\\') {
      return escape(p);
    }
    if (c < 0) {
      return multiByte(p);
    }
    throw fault(Rejection.MALFORMED_JSON, "a control character in a string must be escaped", p);
  }

  /**
   * Skips bytes that represent themselves in a string; returns the position of the first other
   * byte.
   */
  private static int plainText(byte[] bytes, int start, int end) {
    int p = start;
    while (p <= end - Long.BYTES) {
      long special = Words.special(Words.at(bytes, p));
      if (special != 0) {
        return p + Words.first(special);
      }
      p += Long.BYTES; // independent of the word's contents, so that the next load can start early
    }
    while (p < end && PLAIN[bytes[p] & 0xFF]) {
      p++;
    }
    return p;
  }

  /**
   * Like {@link #plainText}, but also stops at a dot and at any other character below the digits.
   */
  private static int plainName(byte[] bytes, int start, int end) {
    int p = start;
    while (p <= end - Long.BYTES) {
      long special = Words.specialInName(Words.at(bytes, p));
      if (special != 0) {
        return p + Words.first(special);
      }
      p += Long.BYTES;
    }
    while (p < end && bytes[p] >= '0' && bytes[p] != '\\') {
      p++;
    }
    return p;
  }

  private int escape(int p) throws MalformedJsonException {
    byte c = at(p + 1);
    if (SHORT_ESCAPE[c & 0xFF]) {
      return p + 2;
    }
    if (c != 'u') {
      throw fault(Rejection.MALFORMED_JSON, "unknown escape in a string", p);
    }
    int unit = fourHex(p + 2);
    if (Character.isLowSurrogate((char) unit)) {
      throw loneSurrogate(p);
    }
    if (!Character.isHighSurrogate((char) unit)) {
      return p + 6;
    }
    if (at(p + 6) != '\\' || at(p + 7) != 'u') {
      throw loneSurrogate(p);
    }
    if (!Character.isLowSurrogate((char) fourHex(p + 8))) {
      throw loneSurrogate(p);
    }
    return p + 12;
  }

  private int fourHex(int p) throws MalformedJsonException {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(at(p + i), 16);
      if (digit < 0) {
        throw fault(Rejection.MALFORMED_JSON, "\\u must be followed by four hex digits", p + i);
      }
      value = value << 4 | digit;
    }
    return value;
  }

  /** Validates one multi-byte UTF-8 sequence according to table 3-7 of Unicode 15. */
  private int multiByte(int p) throws MalformedJsonException {
    int lead = in[p] & 0xFF;
    if (lead >= 0xC2 && lead <= 0xDF) {
      continuation(p + 1, 0x80, 0xBF);
      return p + 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
      continuation(p + 1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
      continuation(p + 2, 0x80, 0xBF);
      return p + 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
      continuation(p + 1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
      continuation(p + 2, 0x80, 0xBF);
      continuation(p + 3, 0x80, 0xBF);
      return p + 4;
    }
    throw invalidUtf8(p);
  }

  private void continuation(int p, int low, int high) throws MalformedJsonException {
    int b = at(p) & 0xFF;
    if (b < low || b > high) {
      throw invalidUtf8(p);
    }
  }

  private int number(int start) throws MalformedJsonException {
    int p = start;
    if (at(p) == '-') {
      p++;
    }
    p = at(p) == '0' ? p + 1 : digits(p);
    if (at(p) == '.') {
      p = digits(p + 1);
    }
    byte c = at(p); // requires a byte after it: a number at the end of the buffer may continue
    if (c == 'e' || c == 'E') {
      p++;
      c = at(p);
      p = digits(c == '+' || c == '-' ? p + 1 : p);
    }
    return p;
  }

  private int digits(int start) throws MalformedJsonException {
    if (!isDigit(at(start))) {
      throw unexpected(start, "a digit");
    }
    int p = start + 1;
    while (p < limit && isDigit(in[p])) {
      p++;
    }
    return p;
  }

  private int literal(String word, int start) throws MalformedJsonException {
    for (int i = 1; i < word.length(); i++) {
      if (at(start + i) != word.charAt(i)) {
        throw unexpected(start, "a value");
      }
    }
    return start + word.length();
  }

  private int skipBlanks(int start) {
    int p = start;
    while (p < limit) {
      byte c = in[p];
      if (c > ' ') {
        break;
      }
      if (c == '\n' || c == '\r') {
        layout.lineBreaks = true;
      } else if (c != ' ' && c != '\t') {
        break;
      }
      p++;
    }
    return p;
  }

  private int openingQuote(int p) throws MalformedJsonException {
    if (at(p) != '"') {
      throw at(p) == '}'
          ? fault(Rejection.MALFORMED_JSON, "a comma before \"}\": remove it", p)
          : unexpected(p, "a member name in double quotes");
    }
    return p;
  }

  private int colon(int start) throws MalformedJsonException {
    int p = skipBlanks(start);
    if (at(p) != ':') {
      throw unexpected(p, "\":\"");
    }
    return p + 1;
  }

  private int comma(byte c, int p, String close) throws MalformedJsonException {
    if (c != ',') {
      throw unexpected(p, "\",\" or \"" + close + "\"");
    }
    return p + 1;
  }

  /**
   * Records the last scanned name.
   *
   * @param depth the depth of its object
   * @return the number of levels its dots add
   */
  private int addName(@Nullable String plainName, int start, int end, int firstName, int depth)
      throws MalformedJsonException {
    boolean added =
        plainName == null
            ? names.add(in, start, end, firstName)
            : names.add(in, plainName, firstName);
    if (!added) {
      throw duplicate(start);
    }
    layout.members++;
    boolean plain = plainName == null && dots == 0 && end - start <= MAX_NAME_BYTES;
    return plain ? 0 : checkName(plainName, start, end, depth);
  }

  private int checkName(@Nullable String plainName, int start, int end, int depth)
      throws MalformedJsonException {
    int length = plainName == null ? end - start : plainName.getBytes(UTF_8).length;
    if (length > MAX_NAME_BYTES) {
      throw fault(
          Rejection.NAME_TOO_LONG,
          "a member name has "
              + length
              + " bytes, but at most "
              + MAX_NAME_BYTES
              + " are allowed; shorten it",
          start);
    }
    int levels = plainName == null ? dots : (int) plainName.chars().filter(c -> c == '.').count();
    layout.dots += levels;
    checkDepth(start, depth + levels);
    return levels;
  }

  private void checkNames(int firstName, int p) throws MalformedJsonException {
    if (names.hasDuplicate(in, firstName)) {
      throw duplicate(p);
    }
  }

  private void checkDepth(int p, int depth) throws MalformedJsonException {
    if (depth > maxDepth) {
      throw fault(
          Rejection.TOO_DEEP,
          "nested deeper than " + maxDepth + " levels; a dot in a name counts as one",
          p);
    }
  }

  private byte at(int p) throws MalformedJsonException {
    if (p >= limit) {
      throw endOfInput();
    }
    return in[p];
  }

  private static boolean isDigit(byte c) {
    return c >= '0' && c <= '9';
  }

  private MalformedJsonException duplicate(int p) {
    return fault(Rejection.DUPLICATE_MEMBER, "an object has two members with the same name", p);
  }

  private MalformedJsonException loneSurrogate(int p) {
    return fault(
        Rejection.INVALID_UNICODE, "a string contains an unpaired surrogate (\\ud800-\\udfff)", p);
  }

  private MalformedJsonException invalidUtf8(int p) {
    return fault(Rejection.INVALID_UNICODE, "the bytes are not valid UTF-8", p);
  }

  private MalformedJsonException unexpected(int p, String expected) throws MalformedJsonException {
    return fault(
        Rejection.MALFORMED_JSON, "expected " + expected + " but found " + shown(at(p)), p);
  }

  /** Returns a byte for use in a message. */
  public static String shown(byte c) {
    return c > ' ' && c < 0x7F ? "\"" + (char) c + "\"" : String.format("byte 0x%02x", c & 0xFF);
  }

  private MalformedJsonException endOfInput() {
    return new MalformedJsonException(
        Rejection.MALFORMED_JSON, "the event ends before its closing \"}\"", limit, limit, true);
  }

  private static MalformedJsonException missing(String name, int start, int end) {
    return new MalformedJsonException(
        Rejection.MISSING_MEMBER, "the event has no \"" + name + "\"", start, end, false);
  }

  private static MalformedJsonException fault(Rejection code, String reason, int p) {
    return new MalformedJsonException(code, reason, p, p, false);
  }
}
