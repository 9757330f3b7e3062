package dev.eventstream.observe;

/** What became of a document that has left the spool. */
public enum SpoolExit {
  /** The cluster has written the document. */
  INDEXED,
  /** The index already contained the document. */
  DUPLICATE,
  /** The cluster discarded the document on purpose. */
  DROPPED,
  /** The document is among the dead letters. */
  DEAD_LETTERED
}
