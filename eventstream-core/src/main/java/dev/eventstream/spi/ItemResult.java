package dev.eventstream.spi;

import static java.util.Objects.requireNonNull;

/** What one attempt did to one document. */
public sealed interface ItemResult {
  /** The kinds of result, for a {@code switch} that the compiler checks on Java 17. */
  enum Kind {
    /** {@link ItemResult#WRITTEN}. */
    WRITTEN,
    /** {@link ItemResult#DUPLICATE}. */
    DUPLICATE,
    /** {@link ItemResult#DROPPED}. */
    DROPPED,
    /** {@link Failed}. */
    FAILED
  }

  /** The target has acknowledged the document. */
  ItemResult WRITTEN = new Written();

  /** The target already held a document with this id. */
  ItemResult DUPLICATE = new Duplicate();

  /** The target has taken the document and discarded it on purpose. */
  ItemResult DROPPED = new Dropped();

  /** Its kind: one for each of the records below. */
  Kind kind();

  /** The target has acknowledged the document; use {@link #WRITTEN}. */
  record Written() implements ItemResult {
    @Override
    public Kind kind() {
      return Kind.WRITTEN;
    }
  }

  /** The target already held a document with this id; use {@link #DUPLICATE}. */
  record Duplicate() implements ItemResult {
    @Override
    public Kind kind() {
      return Kind.DUPLICATE;
    }
  }

  /**
   * The target has taken the document and discarded it on purpose, as an ingest pipeline with a
   * {@code drop} processor does; use {@link #DROPPED}.
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
   * @param failureClass what that means for the document
   * @param reason the target's own words, shortened; without secrets
   */
  record Failed(FailureClass failureClass, String reason) implements ItemResult {
    /**
     * Checks that both are there.
     *
     * @param failureClass what that means for the document
     * @param reason the target's own words
     */
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
