package dev.eventstream.spi;

/**
 * What a failed write means for a document, independent of the target. Determines how the stream
 * continues.
 */
public enum FailureClass {
  /**
   * The document cannot be written now, because the target is busy or unreachable. It is retried
   * with backoff until the delivery time-out. Use this class in case of doubt, unless the document
   * may be the cause.
   */
  RETRY,
  /**
   * The document's destination cannot be written now, but others may be: it is not allocated, or
   * was just deleted. Documents for this destination no longer share requests with others until it
   * accepts documents again; with a spool they wait there.
   */
  UNAVAILABLE,
  /**
   * The write failed for a reason that another document of the same request may have caused: an
   * error of an unknown kind, an error that several documents share, or no answer in time. The
   * request is halved until the document at fault is alone. A document that is alone is retried
   * once and then waits in the spool, apart from the others.
   */
  UNCLEAR,
  /**
   * The batch is too large for the target. It is halved; a single document can never be written.
   */
  TOO_LARGE,
  /**
   * The document can never be written as it is, for example because it conflicts with the mapping.
   */
  NEVER,
  /**
   * The target rejects the document for a reason that is not in the document and that only an
   * operator can fix: credentials, a blocked index, an alias without a write index. As the result
   * of single documents it applies to their destination, like {@link #UNAVAILABLE}; as the result
   * of a whole request it applies to the target. An immediate retry is useless.
   */
  BLOCKED
}
