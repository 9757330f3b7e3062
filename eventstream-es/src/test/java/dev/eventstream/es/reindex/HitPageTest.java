package dev.eventstream.es.reindex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.es.reindex.HitPage.Hit;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class HitPageTest {
  @Test
  void sourcesAreTheBytesOfTheAnswer() throws IOException {
    String first =
        "{ \"a\" : 1.0e400, \"é\":\"\\u0041\\/\", \"a\":-0.0 /* x */, \"n\":"
            + "9".repeat(2_000)
            + "}";
    String second = "{\"eventType\":\"click\",\n\"o\":{\"eventType\":\"inner\"}}";

    HitPage page = parse(hit("1", first) + "," + hit("2", second));

    assertThat(page.hits()).extracting(HitPageTest::source).containsExactly(first, second);
    assertThat(page.hits()).extracting(Hit::id).containsExactly("1", "2");
    assertThat(page.hits()).extracting(Hit::eventType).containsExactly(null, "click");
    assertThat(page.largest()).isEqualTo(first.getBytes(UTF_8).length);
    assertThat(page.scrollId()).isEqualTo("abc");
    assertThat(page.isWhole()).isTrue();
  }

  @Test
  void timesAreThoseOfTheEngineWithoutTheirFractions() throws IOException {
    HitPage page =
        parse(
            "{\"_id\":\"1\",\"_source\":{},\"fields\":{\"@timestamp\":[\"1500.9\",\"2000\"]}},"
                + "{\"_id\":\"2\",\"_source\":{},\"fields\":{\"@timestamp\":[\"-1500.1\"]}},"
                + "{\"_id\":\"3\",\"_routing\":\"r\",\"_source\":{}}");

    assertThat(page.hits()).extracting(Hit::millis).containsExactly(1500L, -1501L, null);
    assertThat(page.hits()).extracting(Hit::routing).containsExactly(null, null, "r");
  }

  @Test
  void anAnswerWithoutAllShardsIsNotWhole() throws IOException {
    assertThat(HitPage.parse(answer("\"total\":2,\"successful\":1", "")).isWhole()).isFalse();
    byte[] late = "{\"timed_out\":true,\"hits\":{\"hits\":[]}}".getBytes(UTF_8);
    assertThat(HitPage.parse(late).isWhole()).isFalse();
  }

  private static HitPage parse(String hits) throws IOException {
    return HitPage.parse(answer("\"total\":2,\"successful\":2,\"skipped\":1", hits));
  }

  private static byte[] answer(String shards, String hits) {
    return ("{\"_scroll_id\":\"abc\",\"timed_out\":false,\"_shards\":{"
            + shards
            + "},\"hits\":{\"total\":{\"value\":2},\"hits\":["
            + hits
            + "]}}")
        .getBytes(UTF_8);
  }

  private static String hit(String id, String source) {
    return "{\"_index\":\"x\",\"_id\":\"" + id + "\",\"_source\":" + source + ",\"sort\":[0]}";
  }

  private static String source(Hit hit) {
    return new String(hit.answer(), hit.start(), hit.length(), UTF_8);
  }
}
