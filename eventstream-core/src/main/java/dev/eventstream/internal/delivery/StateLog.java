package dev.eventstream.internal.delivery;

import dev.eventstream.internal.CredentialMask;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;

/** One line a change of state, never one a failure. Thread-safe. */
final class StateLog {
  private static final String WELL = "";

  private final Logger log;
  private final AtomicReference<String> state = new AtomicReference<>(WELL);

  StateLog(Logger log) {
    this.log = log;
  }

  void failing(String newState, String reason) {
    if (!newState.equals(state.getAndSet(newState))) {
      log.warn("Writing is {}: {}", newState, CredentialMask.message(reason));
    }
  }

  void wellAgain() {
    if (!WELL.equals(state.get()) && !WELL.equals(state.getAndSet(WELL))) {
      log.info("Writing works again");
    }
  }
}
