package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TimestampsTest {
  private static boolean isValid(String json) {
    byte[] bytes = ("##" + json + "##").getBytes(UTF_8);
    return Timestamps.read(bytes, 2, bytes.length - 2) != Timestamps.NONE;
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-31, 2026-01-31T00:00:00Z",
    "2026-01-31T08, 2026-01-31T08:00:00Z",
    "2026-01-31T08:15, 2026-01-31T08:15:00Z",
    "2026-01-31T08:15:30, 2026-01-31T08:15:30Z",
    "2026-01-31T08:15:30.1239, 2026-01-31T08:15:30.123Z",
    "2026-01-31T23:15Z, 2026-01-31T23:15:00Z",
    "2026-01-31T23:15-01:00, 2026-02-01T00:15:00Z",
    "2026-02-01T08:15:30+14:00, 2026-01-31T18:15:30Z",
    "2026-02-01T01:15:30+02, 2026-01-31T23:15:30Z",
    "1969-12-31T23:59:59.999Z, 1969-12-31T23:59:59.999Z"
  })
  void readsDatesInUtcUnlessTheyHaveAnOffset(String date, Instant moment) {
    byte[] json = ("\"" + date + "\"").getBytes(UTF_8);

    assertThat(Timestamps.read(json, 0, json.length)).isEqualTo(moment.toEpochMilli());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-01-31",
        "2026-01-31T08",
        "2026-01-31T08:15",
        "2026-01-31T08:15:30",
        "2026-01-31T08:15:30.1",
        "2026-01-31T08:15:30.123",
        "2026-01-31T08:15:30.123456789",
        "2026-01-31T08:15:30Z",
        "2026-01-31T08:15:30.123Z",
        "2026-01-31T08:15:30.123456789Z",
        "2026-01-31T08:15:30+01:00",
        "2026-01-31T08:15:30-0530",
        "2026-01-31T08:15:30.123+14:00",
        "2026-01-31T08:15:30+02",
        "2026-01-31T08:15Z",
        "2024-02-29T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z"
      })
  void recognisesDatesThatEveryEngineUnderstands(String date) {
    assertThat(isValid("\"" + date + "\"")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"\"",
        "\" 2026-01-31T08:15:30Z\"",
        "\"2026-01-31T08:15:30Z \"",
        "\"2026-01-31 08:15:30\"",
        "\"2026-01-31t08:15:30z\"",
        "\"2026-01-31T08:15:30z\"",
        "\"2026-1-31\"",
        "\"2026-01\"",
        "\"2026\"",
        "\"20260131\"",
        "\"20260131T081530Z\"",
        "\"2026-W05-6\"",
        "\"2026-031\"",
        "\"2026-13-01\"",
        "\"2026-00-01\"",
        "\"2026-01-32\"",
        "\"2026-01-00\"",
        "\"2026-02-29\"",
        "\"2026-02-30T08:15:30Z\"",
        "\"2026-04-31\"",
        "\"2026-01-31T24:00:00Z\"",
        "\"2026-01-31T08:60:00Z\"",
        "\"2026-01-31T08:15:60Z\"",
        "\"2026-01-31T8:15:30Z\"",
        "\"2026-01-31T08:15:3Z\"",
        "\"2026-01-31T08:15:30.Z\"",
        "\"2026-01-31T08:15:30,123Z\"",
        "\"2026-01-31T08:15:30.1234567890Z\"",
        "\"2026-01-31T08:15.5Z\"",
        "\"2026-01-31T\"",
        "\"2026-01-31TZ\"",
        "\"2026-01-31Z\"",
        "\"2026-01-31T08:15:30ZZ\"",
        "\"2026-01-31T08:15:30Z+01:00\"",
        "\"2026-01-31T08:15:30+1:00\"",
        "\"2026-01-31T08:15:30+01:0\"",
        "\"2026-01-31T08:15:30+19:00\"",
        "\"2026-01-31T08:15:30+01:60\"",
        "\"2026-01-31T08:15:30 +01:00\"",
        "\"2026-01-31T08:15:30 Europe/Vienna\"",
        "\"2026-01-31T08:15:30UTC\"",
        "\"2026-01-31T08:15:30[UTC]\"",
        "\"-2026-01-31\"",
        "\"+2026-01-31\"",
        "\"12026-01-31\"",
        "\"2026-01-31T08\\u003a15:30Z\"",
        "\"2026\\u002d01-31\"",
        "\"\u0662\u0660\u0662\u0666-01-31\"",
        "\"\uff12026-01-31\"",
        "\"now\"",
        "\"1769847330000\"",
        "1769847330000",
        "1769847330.5",
        "null",
        "true",
        "{}",
        "[\"2026-01-31\"]",
        "\"Sat, 31 Jan 2026 08:15:30 GMT\"",
        "\"2026-01-31T08:15:30.123456789+01:00 and a long tail\""
      })
  void recognisesNothingElseAsADate(String json) {
    assertThat(isValid(json)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-01-31T08:15:30.123Z",
        "2026-01-31T08:15:30.000Z",
        "1970-01-01T00:00:00.000Z",
        "1969-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59.999Z"
      })
  void alwaysWritesThreeDigitsOfMilliseconds(String moment) {
    byte[] written = new Timestamps().lastMember(Instant.parse(moment).toEpochMilli());

    String json = new String(written, UTF_8);
    assertThat(json).isEqualTo(",\"@timestamp\":\"" + moment + "\"}");
    assertThat(json.substring(Timestamps.VALUE_START)).isEqualTo("\"" + moment + "\"}");
    assertThat(isValid("\"" + moment + "\"")).isTrue();
  }

  @Test
  void writesTheRequestedTimeWhileOtherThreadsWriteOthers() throws Exception {
    Timestamps timestamps = new Timestamps();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<Boolean>> right = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        long from = 1_000_000L * thread;
        right.add(
            threads.submit(
                () -> {
                  boolean all = true;
                  for (long millis = from; millis < from + 20_000; millis++) {
                    String json = new String(timestamps.lastMember(millis), UTF_8);
                    int start = Timestamps.VALUE_START + 1;
                    String text = json.substring(start, json.length() - 2);
                    all &= Instant.parse(text).toEpochMilli() == millis;
                  }
                  return all;
                }));
      }
      for (Future<Boolean> all : right) {
        assertThat(all.get()).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
