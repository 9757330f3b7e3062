package dev.eventstream.es.template;

import java.io.IOException;

/**
 * The cluster has refused to read or to install an index template, so trying again has no effect.
 * The message contains the reason and the remedy.
 */
public final class TemplateRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  TemplateRefusedException(String message) {
    super(message);
  }
}
