package dev.eventstream.es.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatermarkTest {

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "85%, '', 1000, 150",
        "0.9, -1, 1000, 100",
        "95%, 20b, 1000, 20", // a headroom bounds what large disks have to keep free
        "95%, 1gb, 1000, 50",
        "500mb, '', 1000, 524288000",
        "1.5KB, '', 1000, 1536",
        "2tb, '', 1000, 2199023255552",
        "'', '', 1000, 0",
        "much, '', 1000, 0",
      })
  void aMarkIsAPartOfTheDiskOrAFreeSize(String mark, String headroom, long total, long free) {
    assertThat(Watermark.minFree(mark, headroom, total)).isEqualTo(free);
  }
}
