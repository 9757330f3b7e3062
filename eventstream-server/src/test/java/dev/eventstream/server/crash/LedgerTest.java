package dev.eventstream.server.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.server.crash.CrashCampaign.Answer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LedgerTest {
  private static final long UNWRITABLE = Ledger.UNWRITABLE_EVERY - 1L;

  private final Ledger ledger = new Ledger();

  LedgerTest() {
    for (long number : ledger.issue(Ledger.UNWRITABLE_EVERY)) {
      assertThat(Ledger.isWritable(number)).isEqualTo(number != UNWRITABLE);
    }
  }

  @Test
  void anAcceptedEventStoredOnceIsCorrect() {
    sent(Answer.ACCEPTED, 0, 1, UNWRITABLE);

    Ledger.Comparison found = ledger.compare(place(0, 1), place(UNWRITABLE));

    assertThat(found.sent()).isEqualTo(3);
    assertThat(found.accepted()).isEqualTo(3);
    assertThat(found.indexed()).isEqualTo(2);
    assertThat(found.deadLetters()).isEqualTo(1);
    assertThat(found.examples()).isEmpty();
    assertThat(ledger.acceptedWritable()).isEqualTo(2);
  }

  @Test
  void anAcceptedEventStoredNowhereIsLost() {
    sent(Answer.ACCEPTED, 0, 1, UNWRITABLE);

    Ledger.Comparison found = ledger.compare(place(1), place());

    assertThat(found.lost()).isEqualTo(2);
    assertThat(found.examples()).containsExactly("lost 0", "lost " + UNWRITABLE);
  }

  @Test
  void anEventStoredTwiceIsDoubledForAnyAnswer() {
    sent(Answer.ACCEPTED, 0, UNWRITABLE);
    sent(Answer.UNKNOWN, 1);

    Ledger.Comparison found = ledger.compare(place(0, 1, 0, 1, 1), place(UNWRITABLE, UNWRITABLE));

    assertThat(found.doubled()).isEqualTo(3);
    assertThat(found.lost()).isZero();
    assertThat(found.examples()).containsExactly("doubled 0", "doubled 1", "doubled " + UNWRITABLE);
  }

  @Test
  void anEventInTheIndexAndTheDeadLettersIsDoubledAndMisplaced() {
    sent(Answer.ACCEPTED, 0, UNWRITABLE);

    Ledger.Comparison found = ledger.compare(place(0, UNWRITABLE), place(0, UNWRITABLE));

    assertThat(found.doubled()).isEqualTo(2);
    assertThat(found.misplaced()).isEqualTo(2);
  }

  @Test
  void anUnansweredEventMayBeStoredOnceOrNotAtAll() {
    sent(Answer.UNKNOWN, 0, 1, UNWRITABLE);

    Ledger.Comparison found = ledger.compare(place(1), place(UNWRITABLE));

    assertThat(found.unknown()).isEqualTo(3);
    assertThat(found.examples()).isEmpty();
  }

  @Test
  void aStoredEventThatWasNotSentIsInvented() {
    sent(Answer.NOT_SENT, 0);

    Ledger.Comparison found = ledger.compare(place(0, 1, 1_000, -1), place(UNWRITABLE));

    assertThat(found.sent()).isZero();
    assertThat(found.invented()).isEqualTo(5);
    assertThat(found.doubled()).isZero();
  }

  @Test
  void numbersAreUnique() {
    long[] more = ledger.issue(200_000);

    assertThat(more[0]).isEqualTo(Ledger.UNWRITABLE_EVERY);
    assertThat(more[199_999]).isEqualTo(Ledger.UNWRITABLE_EVERY + 199_999L);
    sent(Answer.ACCEPTED, more[199_999]);
    assertThat(ledger.accepted()).isEqualTo(1);
  }

  private void sent(Answer answer, long... numbers) {
    for (long number : numbers) {
      ledger.sending(number);
      ledger.answered(number, answer);
    }
  }

  private static Ledger.Place place(long... numbers) {
    return consumer -> Arrays.stream(numbers).forEach(consumer);
  }
}
