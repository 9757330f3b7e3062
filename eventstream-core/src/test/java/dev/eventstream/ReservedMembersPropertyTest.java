package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.Jackson.Member;
import dev.eventstream.spi.DocumentBatchBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/** Reserved members of any event are renamed, and everything else is unchanged. */
final class ReservedMembersPropertyTest {
  private static final String[] NAMES = {
    "_id", "\\u005fid", "_routing", "_version", "_id.a", "id_", "id__", "routing_", "_ga", "_", ""
  };

  @Provide
  Arbitrary<byte[]> events() {
    return Arbitraries.randomValue(ReservedMembersPropertyTest::event);
  }

  private static byte[] event(Random random) {
    RandomJson json = new RandomJson(random);
    List<String> members = new ArrayList<>();
    Set<String> names = new HashSet<>();
    members.add("\"eventType\":\"click\"");
    members.add(json.member("eventValue"));
    members.add("\"@timestamp\":\"2026-01-30\"");
    for (int i = random.nextInt(5); i > 0; i--) {
      String name = NAMES[random.nextInt(NAMES.length)];
      if (names.add(name.replace("\\u005f", "_"))) {
        members.add(json.blanks() + "\"" + name + "\"" + json.blanks() + ":" + json.value(0));
      }
    }
    return json.event(members.toArray(String[]::new));
  }

  @Property(tries = 5_000, shrinking = ShrinkingMode.OFF)
  void renamesReservedMembersAndChangesNothingElse(@ForAll("events") byte[] json) throws Exception {
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    try (DefaultEventTransformer transformer =
        DefaultEventTransformer.builder().reservedMembers(ReservedMembers.RENAME).build()) {
      transformer.transform(Event.parse(json), documents);
    }
    List<Member> found = Jackson.members(documents.build().get(0).source()); // fails on a duplicate

    List<Member> given = Jackson.members(json);
    assertThat(found).hasSameSizeAs(given);
    for (int i = 0; i < given.size(); i++) {
      String name = given.get(i).name();
      assertThat(found.get(i).value()).isEqualTo(given.get(i).value());
      String first = name.split("\\.", -1)[0];
      if (ReservedNames.ALL.contains(first)) {
        String moved = first.substring(1) + "_" + name.substring(first.length());
        assertThat(found.get(i).name()).matches(Pattern.quote(moved) + "_*");
      } else {
        assertThat(found.get(i).name()).isEqualTo(name);
      }
    }
    assertThat(new String(documents.build().get(0).source(), UTF_8)).doesNotContain("\n", "\r");
  }
}
