package dev.eventstream.spool.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A block cannot be appended because of a limit or a failure; the message says what to do. */
public final class NoRoomException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param cause the failure; null when it is a limit
   */
  public NoRoomException(@Nullable String message, @Nullable IOException cause) {
    super(message, cause);
  }

  /** Whether creating a segment has failed, rather than reached a limit. */
  public boolean isFailure() {
    return getCause() != null;
  }
}
