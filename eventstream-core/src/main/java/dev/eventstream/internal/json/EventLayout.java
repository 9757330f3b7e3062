package dev.eventstream.internal.json;

/**
 * The positions of an event's parts in the bytes that contain it. Written only by {@link
 * EventScanner}, and no longer modified once it was {@linkplain EventScanner#takeLayout taken} from
 * it.
 */
public final class EventLayout {
  /** The event itself, from its opening brace to the position after its closing brace. */
  public int start;

  public int end;

  /**
   * The content of {@code eventType} without quotes; the start is -1 if there is no such member.
   */
  public int typeStart;

  public int typeEnd;

  /**
   * The content of {@code eventValue} without quotes; the start is -1 if there is no such member.
   */
  public int valueStart;

  public int valueEnd;

  /** Whether type or value contains a JSON escape. */
  public boolean escaped;

  /**
   * The complete value of the event's own {@code eventId}; the start is -1 if there is no such
   * member.
   */
  public int idStart;

  public int idEnd;

  /**
   * The complete value of the event's own {@code @timestamp}; the start is -1 if there is no such
   * member.
   */
  public int timestampStart;

  public int timestampEnd;

  /** Whether there is a line break between two tokens. */
  public boolean lineBreaks;

  /** Whether the name of a top-level member begins with an underscore. */
  public boolean underscores;

  /** The number of members at all depths. */
  public int members;

  /** The number of array elements at all depths. */
  public int elements;

  /** The number of dots in names at all depths. */
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
