package dev.eventstream;

/** When an event is answered as accepted. */
public enum Acknowledgement {
  /**
   * When the cluster has acknowledged the document; when it cannot within the delivery time-out,
   * after the spool's fsync.
   */
  INDEXED,
  /** After the spool's fsync; the document is indexed later. */
  SPOOLED
}
