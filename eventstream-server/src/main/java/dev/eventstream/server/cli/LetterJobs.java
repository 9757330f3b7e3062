package dev.eventstream.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.server.admin.AdminClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

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
      job =
          ended(
              job,
              path,
              now ->
                  progress.at(
                      now.path("tried").asLong(), now.path("total").asLong(-1), detail(now)));
    } catch (InterruptedException e) {
      JsonNode cancelled = ended(client.delete(path), path, now -> {});
      throw new InterruptedException("stopped; " + text(cancelled));
    }
    print(job);
    boolean all = job.path("kept").asLong() + job.path("failed").asLong() == 0;
    return job.path("state").asText().equals("done") && all ? Cli.DONE : Cli.FAILED;
  }

  /** Waits for the end of a job, and shows each state that it is seen in. */
  private JsonNode ended(JsonNode job, String path, Consumer<JsonNode> show)
      throws IOException, InterruptedException {
    JsonNode now = job;
    while (RUNNING.contains(now.path("state").asText())) {
      Thread.sleep(POLL.toMillis());
      now = client.get(path);
      show.accept(now);
    }
    return now;
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
    String matching = job.path("total").asLong() + " letters match";
    if (job.path("dryRun").asBoolean()) {
      return matching;
    }
    String done =
        job.path("kind").asText().equals("purge")
            ? job.path("removed").asLong() + " deleted"
            : counts(
                job.path("tried").asLong(),
                job.path("indexed").asLong(),
                job.path("kept").asLong(),
                job.path("failed").asLong());
    return job.has("total") ? matching + ", " + done : done;
  }

  /** The counts of a redrive, for people. */
  static String counts(long tried, long indexed, long kept, long failed) {
    return tried
        + " tried: "
        + indexed
        + " indexed or spooled, "
        + kept
        + " still cannot be written, "
        + failed
        + " not tried to the end";
  }
}
