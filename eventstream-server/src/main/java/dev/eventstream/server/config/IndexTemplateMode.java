package dev.eventstream.server.config;

/** What a server does with the index template when it starts. */
public enum IndexTemplateMode {
  /** Logs a warning if the cluster does not have it. */
  CHECK,
  /** Installs it. */
  APPLY,
  /** Nothing. */
  OFF
}
