package dev.eventstream.es;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineUnavailableException;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import org.opentest4j.TestAbortedException;

/** Any JSON of an event is stored unchanged, except for the added members. */
@Tag("slow")
class AnyEventIT {
  private static final String INDEX = "any-event";
  private static final String ADDED =
      ",\"eventId\":\"id-1\",\"@timestamp\":\"\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z\"\\}";

  private static RealEngine engine;
  private static EventStream stream;

  @AfterContainer
  static void end() {
    if (stream != null) {
      stream.close();
    }
    if (engine != null) {
      engine.close();
    }
  }

  @Property(tries = 100, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
  void anEventIsStoredAsItCamePlusTheAddedMembers(
      @ForAll @Size(min = 1, max = 4) List<@From("events") String> events) throws Exception {
    List<Outcome> outcomes = publish(EventReader.of(utf8("[" + String.join(",", events) + "]")));

    assertThat(outcomes).hasSameSizeAs(events);
    for (int i = 0; i < events.size(); i++) {
      assertStored(events.get(i), outcomes.get(i));
    }
  }

  @Property(tries = 40, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
  void brokenLinesAreRejectedInTheirPlacesAndTheOthersIndexed(
      @ForAll @Size(min = 1, max = 6) List<@From("lines") Line> lines) throws Exception {
    List<String> texts = lines.stream().map(line -> onOneLine(line.text)).toList();

    List<Outcome> outcomes = publish(EventReader.ofLines(utf8(String.join("\n", texts))));

    assertThat(outcomes).hasSameSizeAs(lines);
    for (int i = 0; i < texts.size(); i++) {
      if (lines.get(i).broken) {
        assertThat(outcomes.get(i)).as(texts.get(i)).isInstanceOf(Outcome.Rejected.class);
      } else {
        assertStored(texts.get(i), outcomes.get(i));
      }
    }
  }

  @Property(tries = 40, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
  void aBrokenElementOfAnArrayDoesNotTouchTheOthers(
      @ForAll @Size(max = 2) List<@From("events") String> before,
      @ForAll("brokenLines") Line broken,
      @ForAll @Size(max = 2) List<@From("events") String> behind)
      throws Exception {
    List<Line> elements = new ArrayList<>();
    before.forEach(event -> elements.add(new Line(event, false)));
    elements.add(broken);
    behind.forEach(event -> elements.add(new Line(event, false)));
    List<String> texts = elements.stream().map(Line::text).toList();

    List<Outcome> outcomes = publish(EventReader.of(utf8("[" + String.join(",", texts) + "]")));

    List<String> whole = elements.stream().filter(e -> !e.broken).map(Line::text).toList();
    List<Outcome> indexed = outcomes.stream().filter(o -> o instanceof Outcome.Indexed).toList();
    assertThat(indexed).as("%s in %s", outcomes, texts).hasSameSizeAs(whole);
    for (int i = 0; i < whole.size(); i++) {
      assertStored(whole.get(i), indexed.get(i));
    }
    // A broken event may count as several, for example if its first brace is missing.
    List<Boolean> runs = runs(elements.stream().map(Line::broken).toList());
    assertThat(runs(outcomes.stream().map(o -> o instanceof Outcome.Rejected).toList()))
        .as("%s in %s", outcomes, texts)
        .isEqualTo(runs);
  }

  private static List<Boolean> runs(List<Boolean> broken) {
    List<Boolean> runs = new ArrayList<>();
    for (boolean b : broken) {
      if (!b || runs.isEmpty() || !runs.get(runs.size() - 1)) {
        runs.add(b);
      }
    }
    return runs;
  }

  private static void assertStored(String event, Outcome outcome) {
    assertThat(outcome).as(event).isInstanceOf(Outcome.Indexed.class);
    Outcome.Indexed indexed = (Outcome.Indexed) outcome;
    String source =
        engine.client().source(indexed.destination(), indexed.documentId()).orElseThrow();
    String line = onOneLine(event);
    String ownMembers = line.substring(0, line.length() - 1);
    assertThat(source).startsWith(ownMembers);
    assertThat(source.substring(ownMembers.length())).matches(ADDED);
  }

  private static List<Outcome> publish(EventReader events) throws Exception {
    return stream().publishAll(events).get(60, TimeUnit.SECONDS);
  }

  private static EventStream stream() throws IOException {
    if (stream == null) {
      try {
        engine = RealEngine.start("opensearch:2.19.6");
      } catch (EngineUnavailableException e) {
        throw new TestAbortedException(e.getMessage(), e);
      }
      EngineClient client = engine.client();
      client
          .request(
              "PUT",
              "/" + INDEX,
              "{\"settings\":{\"number_of_shards\":1,\"number_of_replicas\":0},"
                  + "\"mappings\":{\"properties\":"
                  + "{\"any\":{\"type\":\"object\",\"enabled\":false}}}}")
          .orThrow();
      stream =
          EventStream.builder()
              .sink(engine.url().toString())
              .idResolver((eventType, eventValue) -> "id-1")
              .deliveryTimeout(Duration.ofSeconds(30))
              .build();
    }
    return stream;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }

  /** A line break is valid between tokens only. */
  private static String onOneLine(String json) {
    return json.replace('\n', ' ').replace('\r', ' ');
  }

  record Line(String text, boolean broken) {}

  @Provide
  Arbitrary<Line> lines() {
    return Arbitraries.frequencyOf(
        Tuple.of(2, events().map(event -> new Line(event, false))), Tuple.of(1, brokenLines()));
  }

  @Provide
  Arbitrary<Line> brokenLines() {
    return Combinators.combine(
            events(), Arbitraries.integers().between(0, 6), Arbitraries.doubles().between(0, 1))
        .as(AnyEventIT::broken);
  }

  private static Line broken(String event, int fault, double where) {
    String text =
        switch (fault) {
          case 0 -> event.substring(0, 1 + (int) (where * (event.length() - 2))); // cut off
          case 1 -> event.replaceFirst("\"", ""); // both quotes belong to the structure
          case 2 -> new StringBuilder(event).deleteCharAt(event.lastIndexOf('"')).toString();
          case 3 -> event.substring(0, event.length() - 1);
          case 4 -> event.substring(1);
          case 5 -> "{\"a\":}";
          default -> "garbage";
        };
    return new Line(text, true);
  }

  @Provide
  Arbitrary<String> events() {
    return Combinators.combine(json(), strings(), blanks())
        .as(
            (any, value, blank) ->
                "{"
                    + blank
                    + "\"eventType\":\""
                    + INDEX
                    + "\",\"any\""
                    + blank
                    + ":"
                    + any
                    + blank
                    + ",\"eventValue\":"
                    + value
                    + blank
                    + "}");
  }

  private static Arbitrary<String> json() {
    return Arbitraries.integers()
        .between(0, 9)
        .flatMap(
            depth ->
                Arbitraries.recursive(AnyEventIT::scalars, AnyEventIT::containers, depth, depth));
  }

  private static Arbitrary<String> scalars() {
    Arbitrary<String> chosen =
        Arbitraries.of(
            "null",
            "true",
            "false",
            "{}",
            "[]",
            "0",
            "-0",
            "-0.0",
            "1.00",
            "1e30",
            "1E+2",
            "5e-324",
            "1e400",
            "0.1000000000000000055511151231257827",
            "9223372036854775808");
    Arbitrary<String> numbers =
        Combinators.combine(Arbitraries.bigDecimals(), Arbitraries.of("", "e0", "E-7", "e+12"))
            .as((number, exponent) -> number.toPlainString() + exponent);
    return Arbitraries.oneOf(chosen, numbers, strings());
  }

  private static Arbitrary<String> containers(Arbitrary<String> inner) {
    Arbitrary<String> mostlyFlat =
        Arbitraries.frequencyOf(Tuple.of(9, scalars()), Tuple.of(1, inner));
    Arbitrary<List<String>> elements =
        Combinators.combine(inner, mostlyFlat.list().ofMaxSize(2))
            .as(
                (first, others) -> {
                  List<String> all = new ArrayList<>(others);
                  all.add(all.size() / 2, first);
                  return all;
                });
    Arbitrary<String> arrays =
        Combinators.combine(elements, blanks())
            .as((all, blank) -> "[" + blank + String.join(blank + "," + blank, all) + blank + "]");
    Arbitrary<String> objects =
        Combinators.combine(elements, strings().list().ofSize(3), blanks()).as(AnyEventIT::object);
    return Arbitraries.oneOf(arrays, objects);
  }

  private static String object(List<String> values, List<String> names, String blank) {
    List<String> members = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      // a number in front makes the names of an object differ
      String name = "\"" + i + names.get(i).substring(1);
      members.add(name + blank + ":" + blank + values.get(i));
    }
    return "{" + String.join(",", members) + "}";
  }

  private static Arbitrary<String> blanks() {
    return Arbitraries.of("", "", "", " ", "\t", "\n", "\r\n  ");
  }

  /** JSON strings with their quotes. */
  private static Arbitrary<String> strings() {
    Arbitrary<String> raw =
        Arbitraries.integers()
            .between(0x20, Character.MAX_CODE_POINT)
            .filter(c -> c != '"' && c != '\\' && (c < 0xD800 || c > 0xDFFF))
            .map(Character::toString);
    Arbitrary<String> ascii =
        Arbitraries.chars()
            .range(' ', '~')
            .filter(c -> c != '"' && c != '\\')
            .map(c -> Character.toString(c));
    Arbitrary<String> escapes =
        Arbitraries.of(
            "\\\"",
            "\\\\",
            "\\/",
            "\\b",
            "\\f",
            "\\n",
            "\\r",
            "\\t",
            "\\u0000",
            "\\u00e9",
            "\\u2028",
            "\\uD83D\\uDe00",
            "\\u005C",
            "\\u0022");
    return Arbitraries.oneOf(raw, ascii, escapes)
        .list()
        .ofMaxSize(12)
        .map(pieces -> "\"" + String.join("", pieces) + "\"");
  }
}
