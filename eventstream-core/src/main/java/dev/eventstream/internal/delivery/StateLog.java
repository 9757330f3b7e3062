package dev.eventstream.internal.delivery;

import dev.eventstream.internal.CredentialMask;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;

/** Logs one line per change of state, not one per failure. Thread-safe. */
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

  void recovered() {
    if (!WELL.equals(state.get()) && !WELL.equals(state.getAndSet(WELL))) {
      log.info("Writing works again");
    }
  }
}
