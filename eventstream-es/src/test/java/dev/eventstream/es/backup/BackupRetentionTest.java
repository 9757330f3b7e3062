package dev.eventstream.es.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.es.backup.Backups.Backup;
import dev.eventstream.es.backup.Backups.Retention;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which backups are kept. */
class BackupRetentionTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");

  /**
   * One letter per day of backup, newest first: Good, Partial, Failed, in pRogress; the capital
   * letters are expected to be deleted.
   */
  @ParameterizedTest
  @CsvSource({
    "gggggg,   0, ,   no limit",
    "ggGGGG,   2, ,   a number",
    "gggGGG,   0, 3d, an age",
    "gggGGG,   2, 3d, a backup is kept by its age",
    "ggggGG,   4, 3d, a backup is kept by the number",
    "gpgPPGF,  2, ,   only good ones count",
    "ppgPFG,   1, ,   what is newer than the newest good one is kept",
    "gGG,      0, 1s, the newest good one is kept at any age",
    "pppgGP,   0, 1s, and what is newer than it",
    "fff,      1, ,   nothing good: nothing is deleted",
    "grG,      1, ,   one in progress is never deleted",
  })
  void deletesWhatNeitherNumberNorAgeKeeps(String days, int number, String age, String why) {
    Duration time =
        age == null
            ? null
            : age.equals("1s") ? Duration.ofSeconds(1) : Duration.ofDays(age.charAt(0) - '0');
    List<Backup> backups =
        IntStream.range(0, days.length()).mapToObj(day -> backup(days.charAt(day), day)).toList();

    List<Backup> expired = new Retention(number, time).expired(backups, NOW);

    assertThat(expired)
        .as(why)
        .isEqualTo(
            backups.stream()
                .filter(backup -> Character.isUpperCase(days.charAt(backups.indexOf(backup))))
                .toList());
  }

  @Test
  void theNameIsTheTimeInUtc() {
    assertThat(Backups.name(NOW.plusMillis(999))).isEqualTo("eventstream-2026.11.28-12.00.00");
  }

  private static Backup backup(char state, int day) {
    String name =
        switch (Character.toLowerCase(state)) {
          case 'g' -> "SUCCESS";
          case 'p' -> "PARTIAL";
          case 'f' -> "FAILED";
          default -> "IN_PROGRESS";
        };
    Instant time = NOW.minus(Duration.ofDays(day)).minusSeconds(60);
    return new Backup(Backups.name(time), time, name, List.of("i"), 1, Duration.ZERO, List.of());
  }
}
