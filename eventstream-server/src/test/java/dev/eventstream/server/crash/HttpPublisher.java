package dev.eventstream.server.crash;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Sends the events of a {@link CrashCampaign} as NDJSON to {@code POST /v1/events}. Thread-safe.
 */
public final class HttpPublisher implements CrashCampaign.Publisher {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Cannot match within a reason, because quotes are escaped there. */
  private static final Pattern OUTCOME = Pattern.compile("\\{\"outcome\":\"(\\w+)\"");

  private final Supplier<URI> url;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  /**
   * Creates a publisher.
   *
   * @param url returns the server's current root; it may change with a restart
   */
  public HttpPublisher(Supplier<URI> url) {
    this.url = url;
  }

  /**
   * Sends events in one request.
   *
   * @return one answer per event, in order
   * @throws InterruptedException if the thread is interrupted
   * @throws IllegalStateException if there is neither an answer nor a connection error
   */
  @Override
  public List<CrashCampaign.Answer> publish(List<CrashCampaign.Event> events)
      throws InterruptedException {
    String body =
        events.stream().map(CrashCampaign.Event::json).collect(Collectors.joining("\n", "", "\n"));
    HttpRequest request =
        HttpRequest.newBuilder(url.get().resolve("/v1/events"))
            .timeout(PATIENCE)
            .header("Content-Type", "application/x-ndjson")
            .POST(BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response;
    try {
      response = http.send(request, BodyHandlers.ofString());
    } catch (ConnectException e) {
      return Collections.nCopies(events.size(), CrashCampaign.Answer.NOT_SENT);
    } catch (HttpTimeoutException e) {
      throw new IllegalStateException("neither an answer nor a connection error", e);
    } catch (IOException e) {
      return Collections.nCopies(events.size(), CrashCampaign.Answer.UNKNOWN);
    }
    return answers(response, events.size());
  }

  private static List<CrashCampaign.Answer> answers(HttpResponse<String> response, int size) {
    List<CrashCampaign.Answer> answers = new ArrayList<>(size);
    Matcher outcomes = OUTCOME.matcher(response.body());
    while (outcomes.find()) {
      answers.add(answer(outcomes.group(1), response, outcomes.start()));
    }
    if (answers.isEmpty() && response.statusCode() == 503) {
      return Collections.nCopies(size, CrashCampaign.Answer.UNKNOWN); // no room for the request
    }
    if (answers.size() != size) {
      throw unexpected(response, 0);
    }
    return answers;
  }

  private static CrashCampaign.Answer answer(
      String outcome, HttpResponse<String> response, int at) {
    return switch (outcome) {
      case "indexed", "duplicate", "spooled", "dead_lettered" -> CrashCampaign.Answer.ACCEPTED;
      case "refused" -> CrashCampaign.Answer.UNKNOWN;
      default -> throw unexpected(response, at);
    };
  }

  private static IllegalStateException unexpected(HttpResponse<String> response, int at) {
    String body = response.body();
    return new IllegalStateException(
        "The server answered %d, and at %d: %s"
            .formatted(
                response.statusCode(),
                at,
                body.substring(at, Math.min(at + 1_000, body.length()))));
  }
}
