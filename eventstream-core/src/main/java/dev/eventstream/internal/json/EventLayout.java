package dev.eventstream.internal.json;

/**
 * Where the parts of an event lie in the bytes that hold it. Written by {@link EventScanner} only,
 * and by that no more once it was {@linkplain EventScanner#takeLayout taken} from it.
 */
public final class EventLayout {
  /** The event itself, from its opening brace to behind its closing one. */
  public int start;

  public int end;

  /** Content of {@code eventType} without its quotes; start is -1 where there is no such member. */
  public int typeStart;

  public int typeEnd;

  /**
   * Content of {@code eventValue} without its quotes; start is -1 where there is no such member.
   */
  public int valueStart;

  public int valueEnd;

  /** Whether type or value holds a JSON escape. */
  public boolean escaped;

  /** Whole value of the event's own {@code eventId}; start is -1 where there is no such member. */
  public int idStart;

  public int idEnd;

  /** Whole value of its own {@code @timestamp}; start is -1 where there is no such member. */
  public int timestampStart;

  public int timestampEnd;

  /** Whether a line break stands between two tokens. */
  public boolean lineBreaks;

  /** Whether the name of a member of the event itself begins with an underscore. */
  public boolean underscores;

  /** How many members there are, at all depths. */
  public int members;

  /** How many elements arrays have, at all depths. */
  public int elements;

  /** How many dots there are in names, at all depths. */
  public int dots;

  EventLayout() {}

  void clear(int newStart) {
    start = newStart;
    end = newStart;
    typeStart = -1;
    valueStart = -1;
    escaped = false;
    idStart = -1;
    timestampStart = -1;
    lineBreaks = false;
    underscores = false;
    members = 0;
    elements = 0;
    dots = 0;
  }
}
