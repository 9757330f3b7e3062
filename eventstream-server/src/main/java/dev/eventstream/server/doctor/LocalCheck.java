package dev.eventstream.server.doctor;

import dev.eventstream.es.doctor.Check;

/** What is looked at beside the cluster. */
public enum LocalCheck implements Check {
  SETTINGS,
  CONTRADICTION,
  OPEN_FILES,
  CERTIFICATE,
  PORT,
  SPOOL,
  REPLICA,
  ORPHANED_SPOOL,
  DAMAGED_FILES,
  BACKLOG,
  DEAD_LETTERS,
  FREE_SPACE,
  FSYNC
}
