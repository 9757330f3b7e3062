package dev.eventstream.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.InvalidEventException;
import dev.eventstream.Outcome;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.testkit.EngineClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Numbers events of any types, records every answer, and finally compares the answers with what the
 * indices and the dead letters hold. Thread-safe.
 */
final class AnswerLedger {
  /** A number that no engine can read. */
  static final String UNREADABLE_NUMBER = "1" + "0".repeat(1_000);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern NUMBER = Pattern.compile("\"n\":(\\d+)");
  private static final int PAGE = 10_000;
  private static final int EXAMPLES = 20;

  /** Where an event belongs. */
  enum Place {
    INDEX,
    DEAD_LETTERS,
    NOWHERE
  }

  /** An event with its number. */
  record Numbered(int number, Event event) {}

  private static final class Entry {
    final String type;
    final Place place;
    volatile boolean mayBeDeleted;
    volatile Class<?> answer = Void.class;

    Entry(String type, Place place) {
      this.type = type;
      this.place = place;
    }
  }

  private final AtomicInteger next = new AtomicInteger();
  private final Map<Integer, Entry> entries = new ConcurrentHashMap<>();

  /** An event that its index takes. */
  Numbered good(String type) {
    return event(type, Place.INDEX, "\"amount\":1");
  }

  /** Several events that their index takes. */
  List<Numbered> good(String type, int count) {
    return Stream.generate(() -> good(type)).limit(count).toList();
  }

  /**
   * An event with members of its own.
   *
   * @param members JSON members, separated by commas
   */
  Numbered event(String type, Place place, String members) {
    int number = next.getAndIncrement();
    entries.put(number, new Entry(type, place));
    String json =
        "{\"eventType\":\"%s\",\"eventValue\":\"v\",\"n\":%d,%s}".formatted(type, number, members);
    try {
      return new Numbered(number, Event.parse(json));
    } catch (InvalidEventException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Publishes a batch; its outcomes are recorded before the future completes. */
  CompletableFuture<List<Outcome>> publish(EventStream stream, List<Numbered> events) {
    return stream
        .publishAll(events.stream().map(Numbered::event).toList())
        .thenApply(
            outcomes -> {
              for (int i = 0; i < events.size(); i++) {
                entry(events.get(i).number).answer = outcomes.get(i).getClass();
              }
              return outcomes;
            });
  }

  private Entry entry(int number) {
    Entry entry = entries.get(number);
    if (entry == null) {
      throw new IllegalStateException("there is no event " + number);
    }
    return entry;
  }

  /** Records that the index of a type was deleted: earlier documents may be missing. */
  void deleted(String type) {
    entries.values().stream()
        .filter(entry -> entry.type.equals(type))
        .forEach(entry -> entry.mayBeDeleted = true);
  }

  /** The number of events of a type with this outcome. */
  long answered(String type, Class<? extends Outcome> answer) {
    return entries.values().stream()
        .filter(entry -> entry.type.equals(type) && entry.answer == answer)
        .count();
  }

  long size() {
    return entries.size();
  }

  /** Fails unless every event is where its answer says, once, and nothing else is there. */
  void assertEachIsWhereItsAnswerSays(EngineClient engine, EventStream stream) throws IOException {
    Map<Integer, Integer> indexed = new HashMap<>();
    engine.refresh();
    List<String> types = entries.values().stream().map(entry -> entry.type).distinct().toList();
    List<String> faults = new ArrayList<>();
    for (String type : types) {
      for (int number : numbers(engine, type)) {
        indexed.merge(number, 1, Integer::sum);
        Entry entry = entries.get(number);
        if (entry == null || !entry.type.equals(type)) {
          faults.add(number + " is in the index " + type + ", where it does not belong");
        }
      }
    }
    Map<Integer, Integer> dead = new HashMap<>();
    Map<Integer, String> reasons = new HashMap<>();
    stream
        .deadLetters()
        .forEach(
            letter -> true,
            letter -> {
              dead.merge(number(letter), 1, Integer::sum);
              reasons.put(number(letter), letter.reason());
            });
    entries.forEach(
        (number, entry) -> {
          int in = indexed.getOrDefault(number, 0);
          int died = dead.getOrDefault(number, 0);
          if (!isRight(entry, in, died)) {
            faults.add(
                "%d of %s, which belongs to %s: answered %s, in the index %d, dead letters %d %s"
                    .formatted(
                        number,
                        entry.type,
                        entry.place,
                        entry.answer.getSimpleName(),
                        in,
                        died,
                        reasons.getOrDefault(number, "")));
          }
        });
    assertThat(faults.size())
        .as(() -> faults.size() + " faults, such as " + faults.stream().limit(EXAMPLES).toList())
        .isZero();
  }

  private static boolean isRight(Entry entry, int indexed, int dead) {
    boolean answerFits =
        entry.answer == Outcome.Spooled.class
            || entry.answer
                == switch (entry.place) {
                  case INDEX -> Outcome.Indexed.class;
                  case DEAD_LETTERS -> Outcome.DeadLettered.class;
                  case NOWHERE -> Outcome.Dropped.class;
                };
    int expectedIndexed = entry.place == Place.INDEX ? 1 : 0;
    int expectedDead = entry.place == Place.DEAD_LETTERS ? 1 : 0;
    boolean isThere =
        indexed == expectedIndexed || (entry.mayBeDeleted && indexed < expectedIndexed);
    return answerFits && isThere && dead == expectedDead;
  }

  /** Not with Jackson, which cannot read every document here. */
  private static int number(DeadLetter letter) {
    Matcher number = NUMBER.matcher(new String(letter.document().source(), UTF_8));
    return number.find() ? Integer.parseInt(number.group(1)) : -1;
  }

  /** The numbers of all documents of an index or alias; it must be refreshed. */
  private static List<Integer> numbers(EngineClient engine, String index) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    int last = -1;
    int found = PAGE;
    while (found == PAGE) {
      EngineClient.Response page =
          engine.request(
              "POST",
              "/" + index + "/_search?filter_path=hits.hits._source.n",
              ("{\"size\":%d,\"_source\":[\"n\"],\"search_after\":[%d],"
                      + "\"sort\":[{\"n\":{\"order\":\"asc\",\"unmapped_type\":\"long\"}}]}")
                  .formatted(PAGE, last));
      if (page.status() == 404) {
        return numbers;
      }
      JsonNode hits = JSON.readTree(page.orThrow().body()).path("hits").path("hits");
      hits.forEach(hit -> numbers.add(hit.path("_source").path("n").asInt()));
      found = hits.size();
      last = found == 0 ? last : numbers.get(numbers.size() - 1);
    }
    assertThat(engine.count(index)).as("documents in %s", index).isEqualTo(numbers.size());
    return numbers;
  }
}
