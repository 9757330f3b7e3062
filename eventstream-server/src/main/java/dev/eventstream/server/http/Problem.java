package dev.eventstream.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import org.eclipse.jetty.http.HttpStatus;

/**
 * An error in an answer: {@code application/problem+json} (RFC 9457). The type is {@code
 * about:blank}, so the title is the status phrase, and the detail names the fault and the remedy.
 */
public record Problem(int status, String detail) {
  public static final String CONTENT_TYPE = "application/problem+json";

  /** Writes the members of the problem into the current object. */
  public void writeMembers(JsonGenerator json) throws IOException {
    json.writeStringField("type", "about:blank");
    json.writeStringField("title", HttpStatus.getMessage(status));
    json.writeNumberField("status", status);
    json.writeStringField("detail", detail);
  }

  public Answer answer() {
    return answer(0);
  }

  /** The answer, with Retry-After unless it is 0. */
  public Answer answer(long retryAfterSeconds) {
    byte[] body =
        JsonBody.of(
            256,
            json -> {
              json.writeStartObject();
              writeMembers(json);
              json.writeEndObject();
            });
    return new Answer(status, CONTENT_TYPE, body, retryAfterSeconds);
  }
}
