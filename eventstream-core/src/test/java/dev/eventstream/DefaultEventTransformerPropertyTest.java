package dev.eventstream;

import static dev.eventstream.Jackson.Member.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.Jackson.Member;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatchBuilder;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.jspecify.annotations.Nullable;

/** Any event is preserved as the same JSON, with an ID and a time added. */
final class DefaultEventTransformerPropertyTest {
  private static final Instant NOW = Instant.parse("2026-01-31T08:15:30.007Z");
  private static final String[] IDS = {"", "c", "\u00e9 \"x\"\\\n", "\ud83d\ude00", "\u2028\u007f"};
  private static final String[] OWN_IDS = {
    "\"own\"", "\"\\u006fwn\"", "\"\"", "17", "null", "{\"a\":[1.50,\n{}]}", "[ ]", "\"\u00e9\""
  };
  private static final String[] OWN_TIMES = {
    "\"2026-01-30T00:00:00Z\"",
    "\"2020-02-29\"",
    "\"yesterday\"",
    "17",
    "null",
    "{\"at\":\n1}",
    "\"\""
  };
  private static final String[] CLIENT_TIMES = {"", "clientTimestamp", "client\\u0054imestamp_"};
  private static final String[] NAMES_OF_ID = {"eventId", "event\\u0049d"};
  private static final String[] NAMES_OF_TIME = {"@timestamp", "\\u0040timestamp"};

  /** An event with or without its own ID and time, and the resolver's result for it. */
  record Sample(String json, @Nullable String id, @Nullable String time) {}

  @Provide
  Arbitrary<Sample> samples() {
    return Arbitraries.randomValue(DefaultEventTransformerPropertyTest::sample);
  }

  private static Sample sample(Random random) {
    RandomJson json = new RandomJson(random);
    List<String> members = new ArrayList<>();
    members.add(
        json.blanks()
            + "\"eventType\":"
            + pick(random, "\"click\"", "\"cl\\u0069ck\"", "\"a-1_b\""));
    members.add(json.member("eventValue"));
    if (random.nextBoolean()) {
      members.add("\"" + pick(random, NAMES_OF_ID) + "\":" + json.blanks() + pick(random, OWN_IDS));
    }
    String time = random.nextBoolean() ? pick(random, OWN_TIMES) : null;
    if (time != null) {
      members.add("\"" + pick(random, NAMES_OF_TIME) + "\":" + time + json.blanks());
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      members.add("\"" + CLIENT_TIMES[i] + "\":" + json.value(0));
    }
    return new Sample(
        new String(json.event(members.toArray(String[]::new)), UTF_8),
        random.nextInt(3) == 0 ? null : pick(random, IDS),
        time);
  }

  private static String pick(Random random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private @Nullable String known;
  private final List<String> lookedUp = new ArrayList<>();
  private final DefaultEventTransformer transformer =
      DefaultEventTransformer.builder()
          .clock(Clock.fixed(NOW, ZoneOffset.UTC))
          .idResolver(
              (type, value) -> {
                lookedUp.add(type);
                lookedUp.add(value);
                return known;
              })
          .build();

  @Property(tries = 10_000, shrinking = ShrinkingMode.OFF)
  void addsMissingMembersReplacesItsOwnAndKeepsTheRest(@ForAll("samples") Sample sample)
      throws Exception {
    Event event = Event.parse(sample.json);
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    known = sample.id;
    lookedUp.clear();
    transformer.transform(event, documents);
    Document document = documents.build().get(0);

    assertThat(Jackson.members(document.source())).isEqualTo(expected(sample));
    assertThat(new String(document.source(), UTF_8)).doesNotContain("\n", "\r");
    assertThat(lookedUp).containsExactly(event.eventType(), event.eventValue());
    assertThat(document.destination()).isEqualTo(event.eventType());
    assertThat(document.id()).hasSize(36);
  }

  private static List<Member> expected(Sample sample) throws Exception {
    List<Member> expected = new ArrayList<>();
    boolean hasId = false;
    boolean hasTime = false;
    boolean replaced = false;
    List<Member> members = Jackson.members(sample.json.getBytes(UTF_8));
    for (Member member : members) {
      if (member.name().equals("eventId")) {
        hasId = true;
        expected.add(sample.id == null ? member : text("eventId", sample.id));
      } else if (member.name().equals("@timestamp")) {
        hasTime = true;
        boolean isDate = member.value().get(0).startsWith("VALUE_STRING 20");
        replaced = !isDate;
        expected.add(isDate ? member : text("@timestamp", NOW.toString()));
      } else {
        expected.add(member);
      }
    }
    if (!hasId && sample.id != null) {
      expected.add(text("eventId", sample.id));
    }
    if (replaced) {
      String name = "clientTimestamp";
      while (Jackson.hasMember(members, name)) {
        name += "_";
      }
      expected.add(text(name, "json:" + sample.time));
    }
    if (!hasTime) {
      expected.add(text("@timestamp", NOW.toString()));
    }
    return expected;
  }
}
