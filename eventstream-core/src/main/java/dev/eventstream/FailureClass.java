package dev.eventstream;

/** What a failed write means for the document, whatever the target. Decides what happens next. */
public enum FailureClass {
  /**
   * It cannot be written now: the target is busy, gone, or said something unknown. It is tried
   * again with backoff until the delivery time-out. The class to choose when in doubt.
   */
  RETRY,
  /**
   * The batch is too large for the target. It is halved; one document alone can never be written.
   */
  TOO_LARGE,
  /** It can never be written as it is, for example because it contradicts the mapping. */
  NEVER,
  /**
   * The target turns us away for a reason that is not the document's fault and that only an
   * operator can mend: credentials, a blocked index, a wrong URL. Trying again at once is useless.
   */
  BLOCKED
}
