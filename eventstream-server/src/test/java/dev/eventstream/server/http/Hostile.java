package dev.eventstream.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.server.http.RawClient.Reply;

/** What holds of every answer, whoever asked. */
final class Hostile {
  private Hostile() {}

  /** A problem with this status. */
  static void assertProblem(Reply reply, int status) {
    assertThat(reply.status()).as(reply.all()).isEqualTo(status);
    assertHarmless(reply);
    assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
  }

  /** No fault of ours, nothing of our inner workings, and an error is a problem. */
  static void assertHarmless(Reply reply) {
    assertThat(reply.status()).as(reply.all()).isNotEqualTo(500);
    assertThat(reply.headers()).doesNotContainKeys("server", "x-powered-by");
    assertThat(reply.all())
        .doesNotContainIgnoringCase("jetty")
        .doesNotContain("Exception", "\tat ", "java.", "dev.eventstream");
    if (reply.header("Content-Type").equals("application/problem+json")) {
      JsonNode json = reply.json();
      assertThat(json.get("type").asText()).isEqualTo("about:blank");
      assertThat(json.get("status").asInt()).isEqualTo(reply.status());
      assertThat(json.get("title").asText()).isNotBlank();
      assertThat(json.get("detail").asText()).isNotBlank();
    }
  }
}
