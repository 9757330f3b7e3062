package dev.eventstream.spool.log;

import java.io.IOException;

/** A later version of eventstream has written a file. The file is not changed. */
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
