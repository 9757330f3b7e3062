package dev.eventstream.internal.delivery;

/** Moves documents that wait elsewhere to the cluster. Thread-safe. */
interface Replay {
  /** Without a spool there is nothing to move. */
  Replay NONE =
      new Replay() {
        @Override
        public void wake() {}

        @Override
        public void lookAgain() {}

        @Override
        public void expireAll() {}

        @Override
        public double documentsPerSecond() {
          return 0;
        }

        @Override
        public void stop() {}
      };

  /** There may be something to do. */
  void wake();

  /** A destination takes documents again: looks for its documents now. */
  void lookAgain();

  /** Waits for no answer any longer. */
  void expireAll();

  /** Documents a second that left the spool lately. */
  double documentsPerSecond();

  /** Takes nothing more from the spool. */
  void stop();
}
