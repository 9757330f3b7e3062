package dev.eventstream.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of decisions. Columns with {@code *} do not matter. */
final class DecisionTest {
  private static final int[] ATTEMPTS = {0, 1, 5};

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          # result,     spool, replay, first, alone, whole, decision
          WRITTEN,      *,     *,      *,     *,     *,     INDEXED
          SHELTERED,    *,     *,      *,     *,     *,     INDEXED
          DROPPED,      *,     *,      *,     *,     *,     DROPPED
          DUPLICATE,    *,     *,      true,  *,     *,     DUPLICATE
          DUPLICATE,    *,     *,      false, *,     *,     INDEXED
          RETRY,        *,     *,      *,     *,     *,     RETRY
          UNAVAILABLE,  true,  *,      *,     *,     false, DIVERT
          UNAVAILABLE,  true,  *,      *,     *,     true,  RETRY
          UNAVAILABLE,  false, *,      *,     *,     *,     RETRY
          UNCLEAR,      *,     *,      *,     false, *,     ISOLATE
          UNCLEAR,      true,  true,   *,     true,  *,     DIVERT
          UNCLEAR,      true,  false,  true,  true,  *,     RETRY
          UNCLEAR,      true,  false,  false, true,  *,     DIVERT
          UNCLEAR,      false, *,      *,     true,  *,     RETRY
          BLOCKED,      *,     *,      *,     *,     *,     DIVERT
          TOO_LARGE,    *,     *,      *,     false, *,     HALVE
          TOO_LARGE,    *,     *,      *,     true,  *,     BURY
          NEVER,        *,     *,      *,     *,     *,     BURY
          """)
  void decidesAccordingToTheTable(
      String result,
      String spool,
      String replay,
      String first,
      String alone,
      String whole,
      Decision decision) {
    int rows = 0;
    for (int bits = 0; bits < 16; bits++) {
      boolean hasSpool = (bits & 1) != 0;
      boolean isReplay = (bits & 2) != 0;
      boolean isAlone = (bits & 4) != 0;
      boolean isWhole = (bits & 8) != 0;
      for (int earlier : ATTEMPTS) {
        if (matches(spool, hasSpool)
            && matches(replay, isReplay)
            && matches(first, earlier == 0)
            && matches(alone, isAlone)
            && matches(whole, isWhole)) {
          Decision.Attempt attempt =
              new Decision.Attempt(hasSpool, isReplay, earlier, isAlone, isWhole);
          assertThat(Decision.of(item(result), attempt)).as("%s", attempt).isEqualTo(decision);
          rows++;
        }
      }
    }
    assertThat(rows).isPositive();
  }

  private static boolean matches(String column, boolean value) {
    return column.equals("*") || Boolean.parseBoolean(column) == value;
  }

  private static ItemResult item(String result) {
    return switch (result) {
      case "WRITTEN" -> ItemResult.WRITTEN;
      case "SHELTERED" -> new ItemResult.Sheltered("reason");
      case "DROPPED" -> ItemResult.DROPPED;
      case "DUPLICATE" -> ItemResult.DUPLICATE;
      default -> new ItemResult.Failed(FailureClass.valueOf(result), "reason");
    };
  }
}
