package dev.eventstream.server.crash;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Records what is known about each event of a campaign, by its number. Numbers start at 0.
 * Thread-safe.
 */
final class Ledger {

  /** One event in this many cannot be written to any index. */
  static final int UNWRITABLE_EVERY = 50;

  private static final int EXAMPLES = 10;

  private static final byte NOT_SENT = 0;
  private static final byte UNKNOWN = 1;
  private static final byte ACCEPTED = 2;

  /** Guarded by this. */
  private byte[] states = new byte[1 << 16];

  /** Guarded by this. */
  private int issued;

  /** Guarded by this. */
  private long accepted;

  /** Guarded by this. */
  private long acceptedWritable;

  /**
   * The result of a comparison.
   *
   * @param sent events that may have been sent
   * @param accepted events that were accepted
   * @param unknown events that were refused or not answered
   * @param indexed documents in the index
   * @param deadLetters documents among the dead letters
   * @param lost accepted events that are in neither place
   * @param doubled events that are stored more than once
   * @param invented documents of events that were not sent
   * @param misplaced writable dead letters, and unwritable documents in the index
   * @param examples numbers of each kind of fault
   */
  record Comparison(
      long sent,
      long accepted,
      long unknown,
      long indexed,
      long deadLetters,
      long lost,
      long doubled,
      long invented,
      long misplaced,
      List<String> examples) {}

  /** A place with documents; supplies the number of each. */
  interface Place {
    void forEach(LongConsumer number);
  }

  /** Returns whether an index accepts the event with this number. */
  static boolean isWritable(long number) {
    return number % UNWRITABLE_EVERY != UNWRITABLE_EVERY - 1;
  }

  /** Issues numbers, which count as not sent. */
  synchronized long[] issue(int count) {
    if (issued + count > states.length) {
      states = Arrays.copyOf(states, Math.max(issued + count, 2 * states.length));
    }
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = issued++;
    }
    return numbers;
  }

  /** Records that an event is about to be sent and may be stored from now on. */
  synchronized void sending(long number) {
    states[(int) number] = UNKNOWN;
  }

  /** Records an answer. */
  synchronized void answered(long number, CrashCampaign.Answer answer) {
    switch (answer) {
      case NOT_SENT -> states[(int) number] = NOT_SENT;
      case UNKNOWN -> states[(int) number] = UNKNOWN;
      case ACCEPTED -> {
        states[(int) number] = ACCEPTED;
        accepted++;
        acceptedWritable += isWritable(number) ? 1 : 0;
      }
    }
  }

  synchronized long accepted() {
    return accepted;
  }

  /** Returns the minimum number of documents that the index must finally contain. */
  synchronized long acceptedWritable() {
    return acceptedWritable;
  }

  /** Compares the records with the actual documents. Called when no more events are sent. */
  synchronized Comparison compare(Place index, Place deadLetters) {
    byte[] seen = new byte[issued];
    List<String> examples = new ArrayList<>();
    Count indexed = new Count(seen, true, examples);
    index.forEach(indexed);
    Count dead = new Count(seen, false, examples);
    deadLetters.forEach(dead);
    long sent = 0;
    long lost = 0;
    long doubled = 0;
    for (int number = 0; number < issued; number++) {
      sent += states[number] == NOT_SENT ? 0 : 1;
      if (states[number] == ACCEPTED && seen[number] == 0) {
        note(lost++, "lost", number, examples);
      }
      if (seen[number] > 1) {
        note(doubled++, "doubled", number, examples);
      }
    }
    return new Comparison(
        sent,
        accepted,
        sent - accepted,
        indexed.documents,
        dead.documents,
        lost,
        doubled,
        indexed.invented + dead.invented,
        indexed.misplaced + dead.misplaced,
        examples);
  }

  private static void note(long earlier, String fault, long number, List<String> examples) {
    if (earlier < EXAMPLES) {
      examples.add(fault + " " + number);
    }
  }

  /** Counts the documents of one place. Guarded by the ledger's monitor. */
  private final class Count implements LongConsumer {
    private final byte[] seen;
    private final boolean index;
    private final List<String> examples;
    private long documents;
    private long invented;
    private long misplaced;

    Count(byte[] seen, boolean index, List<String> examples) {
      this.seen = seen;
      this.index = index;
      this.examples = examples;
    }

    @Override
    public void accept(long number) {
      documents++;
      if (number < 0 || number >= seen.length || states[(int) number] == NOT_SENT) {
        note(invented++, "invented", number, examples);
        return;
      }
      seen[(int) number] = (byte) Math.min(2, seen[(int) number] + 1);
      if (isWritable(number) != index) {
        note(misplaced++, "misplaced", number, examples);
      }
    }
  }
}
