package dev.eventstream;

/** When an accepted event is acknowledged to its publisher. */
public enum Acknowledgement {
  /**
   * After the cluster has acknowledged the document. If it does not do so within the delivery
   * time-out, after the spool's fsync.
   */
  INDEXED,
  /** After the spool's fsync; the document is indexed later. */
  SPOOLED
}
