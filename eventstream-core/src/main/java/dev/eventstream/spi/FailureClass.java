package dev.eventstream.spi;

/** What a failed write means for the document, whatever the target. Decides what happens next. */
public enum FailureClass {
  /**
   * It cannot be written now: the target is busy or gone. It is tried again with backoff until the
   * delivery time-out. The class to choose when in doubt and the document is not the cause.
   */
  RETRY,
  /**
   * Its destination cannot be written now, though others may be: it is not allocated, or was just
   * deleted. Documents for this destination no longer share a request with others until it takes
   * documents again; with a spool they wait there.
   */
  UNAVAILABLE,
  /**
   * It failed for a reason that may be another document's in the same request: an error of an
   * unknown kind, one that several documents share, or no answer in time. The documents concerned
   * are halved until the one at fault is alone. A document that is alone is tried once more, and
   * then waits in the spool apart from the others.
   */
  UNCLEAR,
  /**
   * The batch is too large for the target. It is halved; one document alone can never be written.
   */
  TOO_LARGE,
  /** It can never be written as it is, for example because it contradicts the mapping. */
  NEVER,
  /**
   * The target turns the document away for a reason that is not the document's fault and that only
   * an operator can repair: credentials, a blocked index, an alias without a write index. Given to
   * single documents it concerns their destination, as {@link #UNAVAILABLE} does; given to a whole
   * request it concerns the target. Trying again at once is useless.
   */
  BLOCKED
}
