package dev.eventstream.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.server.admin.AdminClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Starts redrives and purges of running servers, and watches them until they end. */
final class LetterJobs {
  private static final Duration POLL = Duration.ofMillis(250);
  private static final List<String> RUNNING = List.of("running", "cancelling");

  private final Console console;
  private final AdminClient client;

  LetterJobs(Console console, AdminClient client) {
    this.console = console;
    this.client = client;
  }

  /**
   * Runs a job. An interrupt cancels it.
   *
   * @param action {@code redrive} or {@code purge}
   * @param detach returns when it has begun
   * @return the exit code
   */
  int run(String action, JsonNode request, boolean detach)
      throws IOException, InterruptedException {
    JsonNode job = client.post("/v1/dead-letters/" + action, request);
    String path = "/v1/jobs/" + job.path("id").asText();
    if (detach) {
      console.info("watch it with GET " + client.server() + path + ", cancel it with DELETE");
      print(job);
      return Cli.DONE;
    }
    try (Progress progress = new Progress(console, name(action), "letters")) {
      while (RUNNING.contains(job.path("state").asText())) {
        Thread.sleep(POLL.toMillis());
        job = client.get(path);
        progress.at(job.path("tried").asLong(), job.path("total").asLong(-1), detail(job));
      }
    } catch (InterruptedException e) {
      throw new InterruptedException("stopped; " + text(cancel(path)));
    }
    print(job);
    boolean all = job.path("kept").asLong() + job.path("failed").asLong() == 0;
    return job.path("state").asText().equals("done") && all ? Cli.DONE : Cli.FAILED;
  }

  private JsonNode cancel(String path) throws IOException, InterruptedException {
    JsonNode job = client.delete(path);
    while (RUNNING.contains(job.path("state").asText())) {
      Thread.sleep(POLL.toMillis());
      job = client.get(path);
    }
    return job;
  }

  private static String name(String action) {
    return action.equals("redrive") ? "Trying again" : "Deleting";
  }

  private static String detail(JsonNode job) {
    return job.path("indexed").asLong() + " indexed, " + job.path("kept").asLong() + " kept";
  }

  private void print(JsonNode job) {
    if (console.json()) {
      console.printJson(job);
    } else {
      console.out().println(text(job));
    }
  }

  private String text(JsonNode job) {
    String head = client.server() + ": job " + job.path("id").asText() + " is ";
    String state =
        job.path("state").asText() + (job.path("dryRun").asBoolean() ? " (dry run)" : "");
    String error = job.path("error").asText();
    return head + state + ": " + counts(job) + (error.isEmpty() ? "" : "; " + error);
  }

  private static String counts(JsonNode job) {
    StringBuilder counts = new StringBuilder();
    if (job.has("total")) {
      counts.append(job.path("total").asLong()).append(" letters match, ");
    }
    if (job.path("dryRun").asBoolean()) {
      return job.path("total").asLong() + " letters match";
    }
    if (job.path("kind").asText().equals("purge")) {
      return counts.append(job.path("removed").asLong()).append(" deleted").toString();
    }
    return LetterJobs.counts(
        counts,
        job.path("tried").asLong(),
        job.path("indexed").asLong(),
        job.path("kept").asLong(),
        job.path("failed").asLong());
  }

  /** The counts of a redrive, for people. */
  static String counts(StringBuilder text, long tried, long indexed, long kept, long failed) {
    return text.append(tried)
        .append(" tried: ")
        .append(indexed)
        .append(" indexed or spooled, ")
        .append(kept)
        .append(" still cannot be written, ")
        .append(failed)
        .append(" not tried to the end")
        .toString();
  }
}
