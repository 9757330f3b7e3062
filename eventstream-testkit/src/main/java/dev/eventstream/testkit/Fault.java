package dev.eventstream.testkit;

import java.time.Duration;

/**
 * What a {@link FaultProxy} does to a request or to its answer.
 *
 * <p>Some faults meet the request, and the engine sees nothing of it. The others meet the answer:
 * by then the engine has executed the request.
 *
 * <p>A status of 200 with a body that is not JSON is {@code answer(200, "<html>")}.
 */
public final class Fault {

  /** No fault at all. */
  static final Fault NONE = new Fault(Kind.NONE);

  enum Kind {
    NONE,
    RESET_REQUEST,
    BLACK_HOLE,
    ANSWER,
    RESET_ANSWER,
    CUT_ANSWER,
    LOSE_ANSWER,
    REPLACE_ANSWER,
    GARBLE_ANSWER,
    DELAY_ANSWER,
    DRIP_ANSWER,
    CLOSE_AFTER_ANSWER
  }

  /** What is done. */
  final Kind kind;

  /** The status of an answer, or the bytes of a drip. */
  final int number;

  /** The body of an answer. */
  final String body;

  /** A delay, the interval of a drip, or how long a connection may be idle. */
  final Duration time;

  /** What the request line must hold. */
  private final String part;

  private Fault(Kind kind) {
    this(kind, 0, "", Duration.ZERO, "");
  }

  private Fault(Kind kind, int number, String body, Duration time, String part) {
    this.kind = kind;
    this.number = number;
    this.body = body;
    this.time = time;
    this.part = part;
  }

  /**
   * The connection is reset in the middle of the request, which the engine does not see: half of
   * the body is read, of a chunked one half of the first chunk.
   *
   * @return the fault
   */
  public static Fault resetRequest() {
    return new Fault(Kind.RESET_REQUEST);
  }

  /**
   * The request is read and never answered, and the engine does not see it. The connection stays
   * open until the client closes it.
   *
   * @return the fault
   */
  public static Fault blackHole() {
    return new Fault(Kind.BLACK_HOLE);
  }

  /**
   * The request is answered by the proxy, and the engine does not see it. The connection stays
   * usable.
   *
   * @param status the HTTP status, such as 429 or 503
   * @param body the body
   * @return the fault
   * @throws IllegalArgumentException if the status is not one of 200 to 599
   */
  public static Fault answer(int status, String body) {
    return new Fault(Kind.ANSWER, checkedStatus(status), body, Duration.ZERO, "");
  }

  /**
   * The engine executes the request, and the connection is reset in the middle of the answer: after
   * the head and half of the body, of a chunked one half of the first chunk, or, where there is no
   * body, after half of the head.
   *
   * @return the fault
   */
  public static Fault resetAnswer() {
    return new Fault(Kind.RESET_ANSWER);
  }

  /**
   * The engine executes the request, and the answer ends early: as {@link #resetAnswer()}, but the
   * connection is closed in good order. The answer's {@code Content-Length} says more than is sent.
   *
   * @return the fault
   */
  public static Fault cutAnswer() {
    return new Fault(Kind.CUT_ANSWER);
  }

  /**
   * The engine executes the request, and its answer never arrives. The connection stays open until
   * the client closes it.
   *
   * @return the fault
   */
  public static Fault loseAnswer() {
    return new Fault(Kind.LOSE_ANSWER);
  }

  /**
   * The engine executes the request, and the proxy answers in its place, as a gateway does that did
   * not wait long enough. The connection stays usable.
   *
   * @param status the HTTP status, such as 502 or 504
   * @param body the body
   * @return the fault
   * @throws IllegalArgumentException if the status is not one of 200 to 599
   */
  public static Fault replaceAnswer(int status, String body) {
    return new Fault(Kind.REPLACE_ANSWER, checkedStatus(status), body, Duration.ZERO, "");
  }

  /**
   * The engine executes the request, and what is sent as its answer is not HTTP. The connection is
   * closed after it.
   *
   * @return the fault
   */
  public static Fault garbleAnswer() {
    return new Fault(Kind.GARBLE_ANSWER);
  }

  /**
   * The engine executes the request at once, and its answer is held back for a while.
   *
   * @param delay how long
   * @return the fault
   * @throws IllegalArgumentException if the delay is negative
   */
  public static Fault delayAnswer(Duration delay) {
    return new Fault(Kind.DELAY_ANSWER, 0, "", checked(delay), "");
  }

  /**
   * The engine executes the request, and its answer arrives in small pieces.
   *
   * @param bytes the bytes of a piece, at most
   * @param interval the pause after each piece
   * @return the fault
   * @throws IllegalArgumentException if the bytes are not positive, or the interval is negative
   */
  public static Fault dripAnswer(int bytes, Duration interval) {
    if (bytes < 1) {
      throw new IllegalArgumentException("Not a positive number of bytes: " + bytes);
    }
    return new Fault(Kind.DRIP_ANSWER, bytes, "", checked(interval), "");
  }

  /**
   * The request is executed and answered, and then its connection is closed, without a word of it
   * in the answer.
   *
   * @return the fault
   */
  public static Fault closeAfterAnswer() {
    return closeAfterAnswer(Duration.ZERO);
  }

  /**
   * The request is executed and answered, and its connection is closed, without a word of it in the
   * answer, unless the next request comes in time.
   *
   * @param idle how long the next request may take to come
   * @return the fault
   * @throws IllegalArgumentException if the time is negative
   */
  public static Fault closeAfterAnswer(Duration idle) {
    return new Fault(Kind.CLOSE_AFTER_ANSWER, 0, "", checked(idle), "");
  }

  /**
   * This fault for some requests only.
   *
   * @param part what the request line, such as {@code POST /_bulk HTTP/1.1}, must hold
   * @return a fault that meets no other request
   */
  public Fault on(String part) {
    return new Fault(kind, number, body, time, part);
  }

  /** Whether the fault is for a request with such a first line. */
  boolean isFor(String requestLine) {
    return requestLine.contains(part);
  }

  private static int checkedStatus(int status) {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("Not the status of an answer: " + status);
    }
    return status;
  }

  private static Duration checked(Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException("Negative: " + time);
    }
    return time;
  }

  /**
   * What is done, for logs.
   *
   * @return the kind of fault
   */
  @Override
  public String toString() {
    return part.isEmpty() ? kind.name() : kind + " on " + part;
  }
}
