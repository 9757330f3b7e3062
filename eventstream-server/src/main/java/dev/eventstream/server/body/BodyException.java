package dev.eventstream.server.body;

import java.io.IOException;

/**
 * Says why a body was not read to its end. The message names the fault and the remedy, and can be
 * shown to the client.
 */
public final class BodyException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What went wrong. */
  public enum Kind {
    /** The body, as sent or decoded, is larger than the limit. */
    TOO_LARGE,
    /** The body ended before its Content-Length, which Jetty does not detect over HTTP/2. */
    CUT_SHORT,
    /** The body is not in the content coding that its header names. */
    CORRUPT,
    /** Other requests hold all the memory that bodies may take. */
    NO_MEMORY,
    /** The body arrived more slowly than {@link Pace} allows, or its connection was silent. */
    TOO_SLOW
  }

  private final Kind kind;

  private BodyException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  static BodyException tooLarge(int maxBytes) {
    return new BodyException(
        Kind.TOO_LARGE,
        "the body is larger than " + maxBytes + " bytes; send the events in several requests");
  }

  static BodyException cutShort(long received, long announced) {
    return new BodyException(
        Kind.CUT_SHORT,
        "the body ends after "
            + received
            + " bytes, and Content-Length is "
            + announced
            + "; send the whole body");
  }

  static BodyException corrupt(String coding, String why) {
    return new BodyException(Kind.CORRUPT, "the body cannot be decoded as " + coding + ": " + why);
  }

  /** Also for memory that is needed after the body was read. */
  public static BodyException noMemory() {
    return new BodyException(
        Kind.NO_MEMORY, "too many requests are being read; send the events again");
  }

  static BodyException tooSlow() {
    return new BodyException(Kind.TOO_SLOW, "the body did not arrive in time");
  }
}
