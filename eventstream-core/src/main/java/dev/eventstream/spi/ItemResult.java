package dev.eventstream.spi;

import static java.util.Objects.requireNonNull;

/** The result of one attempt to write one document. */
public sealed interface ItemResult {
  /** The kinds of result, for exhaustive switches on Java 17. */
  enum Kind {
    /** {@link ItemResult#WRITTEN}. */
    WRITTEN,
    /** {@link Sheltered}. */
    SHELTERED,
    /** {@link ItemResult#DUPLICATE}. */
    DUPLICATE,
    /** {@link ItemResult#DROPPED}. */
    DROPPED,
    /** {@link Failed}. */
    FAILED
  }

  /** The target has acknowledged the document. */
  ItemResult WRITTEN = new Written();

  /** The target already contained a document with this ID. */
  ItemResult DUPLICATE = new Duplicate();

  /** The target has accepted the document and discarded it on purpose. */
  ItemResult DROPPED = new Dropped();

  /** Returns the kind; each of the records below has its own. */
  Kind kind();

  /** The target has acknowledged the document; use {@link #WRITTEN}. */
  record Written() implements ItemResult {
    @Override
    public Kind kind() {
      return Kind.WRITTEN;
    }
  }

  /**
   * The target did not accept the document as it is, and has acknowledged it in another form that
   * contains all of it, for example as text. To the caller it is written.
   *
   * @param reason why the target did not accept the document as it is
   */
  record Sheltered(String reason) implements ItemResult {
    public Sheltered {
      requireNonNull(reason, "reason");
    }

    @Override
    public Kind kind() {
      return Kind.SHELTERED;
    }
  }

  /** The target already contained a document with this ID; use {@link #DUPLICATE}. */
  record Duplicate() implements ItemResult {
    @Override
    public Kind kind() {
      return Kind.DUPLICATE;
    }
  }

  /**
   * The target has accepted the document and discarded it on purpose, for example with the {@code
   * drop} processor of an ingest pipeline; use {@link #DROPPED}.
   */
  record Dropped() implements ItemResult {
    @Override
    public Kind kind() {
      return Kind.DROPPED;
    }
  }

  /**
   * The document was not written, or is not known to be.
   *
   * @param failureClass what the failure means for the document
   * @param reason the target's message, shortened; without secrets
   */
  record Failed(FailureClass failureClass, String reason) implements ItemResult {
    public Failed {
      requireNonNull(failureClass, "failureClass");
      requireNonNull(reason, "reason");
    }

    @Override
    public Kind kind() {
      return Kind.FAILED;
    }
  }
}
