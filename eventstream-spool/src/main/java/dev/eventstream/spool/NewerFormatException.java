package dev.eventstream.spool;

import java.io.IOException;

/** A file was written by a later version of eventstream. It is left as it is. */
public final class NewerFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  NewerFormatException(int found, int known) {
    super(
        "format "
            + found
            + ", and this version of eventstream reads format "
            + known
            + " and older: use the version that wrote it, or a newer one");
  }
}
