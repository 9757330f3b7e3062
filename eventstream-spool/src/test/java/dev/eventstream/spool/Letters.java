package dev.eventstream.spool;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.Document;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Dead letters for tests. */
final class Letters {
  private Letters() {}

  static DeadLetter letter(String id, String type, String reason, int size, long millis) {
    String source = "{\"eventType\":\"" + type + "\",\"text\":\"" + "x".repeat(size) + "\"}";
    return new DeadLetter(
        new Document("index", id, "event-" + id, source.getBytes(UTF_8)),
        reason,
        Instant.ofEpochMilli(millis),
        Instant.ofEpochMilli(millis));
  }

  static List<DeadLetter> letters(int from, int count, int size) {
    return IntStream.range(from, from + count)
        .mapToObj(i -> letter("id-" + i, "type-" + i % 3, "reason " + i, size, 1_000 + i))
        .toList();
  }

  static List<String> ids(DeadLetters letters) throws IOException {
    List<String> ids = new ArrayList<>();
    letters.forEach(letter -> true, letter -> ids.add(letter.document().id()));
    return ids;
  }
}
