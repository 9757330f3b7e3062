package dev.eventstream.internal.delivery;

/** Moves spooled documents to the cluster. Thread-safe. */
interface Replay {
  /** Does nothing, for streams without a spool. */
  Replay NONE =
      new Replay() {
        @Override
        public void wake() {}

        @Override
        public void clusterIsBack() {}

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

  /** Called when there may be something to do. */
  void wake();

  /** Called when the cluster accepts documents again, after it did not. */
  void clusterIsBack();

  /** Called when a destination accepts documents again; looks for its documents now. */
  void lookAgain();

  /** Stops waiting for answers. */
  void expireAll();

  /** Returns the recent rate of documents leaving the spool, per second. */
  double documentsPerSecond();

  /** Stops taking documents from the spool. */
  void stop();
}
