package dev.eventstream;

import static dev.eventstream.Reading.OK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Input of 10 MiB that is designed to be expensive. The time limit is generous, for slow machines
 * with a profiler; quadratic work exceeds it by far.
 */
@Tag("slow")
@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class EventReaderHostileInputTest {
  private static final int SIZE = 10 << 20;

  static Stream<Arguments> inputs() {
    String deepWhole =
        ",{\"a\":[0".repeat(31) + ",\"" + "z".repeat(20_000) + "\"" + "]}".repeat(31);
    return Stream.of(
        arguments("[", "{\"a\":[0,", ""),
        arguments("[", "{\"a\":[0,", "]"),
        arguments("[{x}]", ",{\"a\":[0", "]"),
        arguments("[}", ",{\"a\":[0", "]"),
        arguments("[}", ",{\"a\":[0".repeat(31) + "x", "]"),
        arguments("[{\"a\":[1", ",{\"a\":[0".repeat(31) + "x" + "]}".repeat(31), "]"),
        arguments("[", "{", "]"),
        arguments("", "[", "]"),
        arguments("[", "\"", "]"),
        arguments("[", ",", "]"),
        arguments("[", ",{", "]"),
        arguments("[", "]", "]"),
        arguments("[", "}", "]"),
        arguments("[", "1", "]"),
        arguments("[", "1,", "1]"),
        arguments("[", "{},", "1]"),
        arguments("[{\"a\":\"", "\\\\", "]"),
        arguments("[{\"a\":\"", "\\ud83d\\ude00", "]"),
        arguments("[", "{\"a\":1," + OK + ",", "]"),
        arguments("[", "{\"a\":1,", "]"),
        arguments("[", "{\"a\":[1x," + OK + ",", "]"),
        arguments("[", "{\"a\":[1," + OK + ",", "]"),
        arguments("[", "{\"a\":[1x," + OK + "," + OK + "],", "]"),
        arguments("[", OK + "},", "]"),
        arguments("[", OK, "]"),
        arguments("[{x", ",{}", "]"),
        arguments("[{x", ",{\"eventType\":[0,{\"eventType\":[0,{\"eventType\":[0]}]}]}", "]"),
        arguments("[{x", deepWhole, "]"),
        arguments("[}", deepWhole, "]"),
        arguments("[{\"a\":x", "," + OK + "," + OK + "]", "]"),
        arguments("[{\"a:\"", "," + OK + "," + OK + "]", "]"),
        arguments("[", "{\"eventType\":\"a,\"eventValue\":\"b\"},", "1]"),
        arguments("[", "{\"a\":1,\"a\":2},", "1]"),
        arguments("[", "{\"a\":1,\"a\":2,", "]"),
        arguments("", OK + "x", ""),
        arguments("", "{\"a\":tru\n", ""),
        arguments("", "{\"a\":\n", ""),
        arguments("", "{", ""),
        arguments("", "{\"a\":1 ", ""),
        arguments("", "{\"a\":1,\"a\":2", ""),
        arguments("", "}\n", ""),
        arguments("", "x\n", ""),
        arguments("", "{}", ""),
        arguments("x", "\n", ""),
        arguments("{\"eventType\":\"a\",\"eventValue\":\"b\",\"x\":[", "[],", "1]}"),
        arguments("{\"eventType\":\"a\",\"eventValue\":\"b\",\"x\":{", "\"\":{},", "1]}"));
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void readsHostileInputInLinearTime(String head, String unit, String tail) throws IOException {
    byte[] bytes = Reading.utf8(head + unit.repeat(SIZE / unit.length()) + tail);

    assertThat(count(EventReader.of(bytes))).isPositive();
    InputStream part = new ByteArrayInputStream(bytes, 0, SIZE / 8);
    assertThat(count(EventReader.of(part))).isPositive();
    count(EventReader.ofLines(bytes, 0, SIZE / 8));
  }

  private static int count(EventReader reader) throws IOException {
    long start = System.nanoTime();
    while (reader.next() != null) {
      if ((reader.count() & 0xFFF) == 0) {
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
      }
    }
    return reader.count();
  }
}
