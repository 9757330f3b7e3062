package dev.eventstream.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.server.fixture.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemTest {
  @ParameterizedTest
  @CsvSource({
    "400, Bad Request",
    "405, Method Not Allowed",
    "413, Payload Too Large",
    "431, Request Header Fields Too Large",
    "503, Service Unavailable"
  })
  void hasTheMembersOfRfc9457(int status, String title) throws Exception {
    Answer answer = new Problem(status, "it did not work").answer();

    JsonNode json = RawClient.JSON.readTree(answer.body());
    assertThat(json.properties())
        .extracting(member -> member.getKey() + "=" + member.getValue().asText())
        .containsExactly(
            "type=about:blank", "title=" + title, "status=" + status, "detail=it did not work");
    assertThat(json.get("status").isInt()).isTrue();
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.contentType()).isEqualTo("application/problem+json");
    assertThat(answer.retryAfterSeconds()).isZero();
  }

  @Test
  void saysWhenToComeAgain() {
    assertThat(new Problem(503, "busy").answer(7).retryAfterSeconds()).isEqualTo(7);
  }

  @Test
  void quotesWhatClientsSent() throws Exception {
    String hostile = "\"}<script>\n\0\\ \uD800 é";

    JsonNode json = RawClient.JSON.readTree(new Problem(400, hostile).answer().body());

    assertThat(json.get("detail").asText()).startsWith("\"}<script>\n\0\\ ").endsWith(" é");
  }
}
