package dev.eventstream.testkit;

import java.time.Duration;

/**
 * What a {@link FaultProxy} does to a request or to its answer.
 *
 * <p>Some faults affect the request, which then does not reach the engine. The others affect the
 * answer, after the engine has executed the request.
 *
 * <p>A status of 200 with a body that is not JSON is {@code answer(200, "<html>")}.
 */
public final class Fault {

  /** No fault. */
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

  /** The kind of fault. */
  final Kind kind;

  /** The status of an answer, or the number of bytes of a drip. */
  final int number;

  /** The body of an answer. */
  final String body;

  /** A delay, the interval of a drip, or the maximum idle time of a connection. */
  final Duration time;

  /** Text that the request line must contain. */
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
   * Resets the connection in the middle of the request, after reading half of the body or, if it is
   * chunked, half of the first chunk. The request does not reach the engine.
   */
  public static Fault resetRequest() {
    return new Fault(Kind.RESET_REQUEST);
  }

  /**
   * Reads the request and never answers. The request does not reach the engine. The connection
   * stays open until the client closes it.
   */
  public static Fault blackHole() {
    return new Fault(Kind.BLACK_HOLE);
  }

  /**
   * Answers the request instead of the engine, which the request does not reach. The connection
   * remains usable.
   *
   * @param status the HTTP status, such as 429 or 503
   * @param body the body
   * @throws IllegalArgumentException if the status is not between 200 and 599
   */
  public static Fault answer(int status, String body) {
    return new Fault(Kind.ANSWER, checkedStatus(status), body, Duration.ZERO, "");
  }

  /**
   * Lets the engine execute the request, and resets the connection in the middle of the answer:
   * after the head and half of the body or, if it is chunked, half of the first chunk; without a
   * body, after half of the head.
   */
  public static Fault resetAnswer() {
    return new Fault(Kind.RESET_ANSWER);
  }

  /**
   * Lets the engine execute the request, and ends the answer early: like {@link #resetAnswer()},
   * but the connection is closed normally. Less is sent than the answer's {@code Content-Length}
   * announces.
   */
  public static Fault cutAnswer() {
    return new Fault(Kind.CUT_ANSWER);
  }

  /**
   * Lets the engine execute the request, and drops the answer. The connection stays open until the
   * client closes it.
   */
  public static Fault loseAnswer() {
    return new Fault(Kind.LOSE_ANSWER);
  }

  /**
   * Lets the engine execute the request, and answers instead of it, like a gateway that did not
   * wait long enough. The connection remains usable.
   *
   * @param status the HTTP status, such as 502 or 504
   * @param body the body
   * @throws IllegalArgumentException if the status is not between 200 and 599
   */
  public static Fault replaceAnswer(int status, String body) {
    return new Fault(Kind.REPLACE_ANSWER, checkedStatus(status), body, Duration.ZERO, "");
  }

  /**
   * Lets the engine execute the request, sends an answer that is not HTTP, and closes the
   * connection.
   */
  public static Fault garbleAnswer() {
    return new Fault(Kind.GARBLE_ANSWER);
  }

  /**
   * Lets the engine execute the request immediately, and delays the answer.
   *
   * @throws IllegalArgumentException if the delay is negative
   */
  public static Fault delayAnswer(Duration delay) {
    return new Fault(Kind.DELAY_ANSWER, 0, "", checked(delay), "");
  }

  /**
   * Lets the engine execute the request, and sends the answer in small pieces.
   *
   * @param bytes the maximum number of bytes per piece
   * @param interval the pause after each piece
   * @throws IllegalArgumentException if the number of bytes is not positive, or the interval is
   *     negative
   */
  public static Fault dripAnswer(int bytes, Duration interval) {
    if (bytes < 1) {
      throw new IllegalArgumentException("Not a positive number of bytes: " + bytes);
    }
    return new Fault(Kind.DRIP_ANSWER, bytes, "", checked(interval), "");
  }

  /**
   * Answers the request normally, and then closes the connection without announcing it in the
   * answer.
   */
  public static Fault closeAfterAnswer() {
    return closeAfterAnswer(Duration.ZERO);
  }

  /**
   * Answers the request normally, and closes the connection, without announcing it in the answer,
   * unless the next request arrives in time.
   *
   * @param idle how long the next request may take to arrive
   * @throws IllegalArgumentException if the time is negative
   */
  public static Fault closeAfterAnswer(Duration idle) {
    return new Fault(Kind.CLOSE_AFTER_ANSWER, 0, "", checked(idle), "");
  }

  /**
   * Restricts this fault to some requests.
   *
   * @param part text that the request line, such as {@code POST /_bulk HTTP/1.1}, must contain
   */
  public Fault on(String part) {
    return new Fault(kind, number, body, time, part);
  }

  /** Returns whether the fault applies to a request with this first line. */
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

  /** Returns the kind of fault, for logs. */
  @Override
  public String toString() {
    return part.isEmpty() ? kind.name() : kind + " on " + part;
  }
}
