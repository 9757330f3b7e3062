package dev.eventstream.server.cli;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.indices.Retention;
import dev.eventstream.server.config.IndexSettings;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Removes old indices, or shows which ones would be removed. */
final class Pruning {
  private final Console console;

  Pruning(Console console) {
    this.console = console;
  }

  /**
   * Runs it.
   *
   * @param all whether there is no limit
   * @return the exit code
   */
  int run(ElasticsearchSink sink, IndexSettings settings, boolean dryRun, boolean all)
      throws IOException, InterruptedException {
    Optional<Retention> retention = settings.newRetention();
    if (retention.isEmpty()) {
      throw new IllegalArgumentException(
          "nothing is too old: set EVENTSTREAM_RETENTION, EVENTSTREAM_CLOSE_AFTER or"
              + " EVENTSTREAM_REMOVE_REPLICAS_AFTER, for example EVENTSTREAM_RETENTION=90d");
    }
    int limit = all ? Integer.MAX_VALUE : settings.retention().limit();
    if (dryRun) {
      show(retention.get().plan(sink), limit);
      return Cli.DONE;
    }
    Retention.Report report = retention.get().apply(sink, limit);
    if (report.busy() != null) {
      console
          .err()
          .println("another process does this now: " + report.busy() + "; try again later");
      return Cli.FAILED;
    }
    for (Retention.Step step : report.done()) {
      print("", step, "done");
    }
    for (Map.Entry<Retention.Step, String> failed : report.failed().entrySet()) {
      if (console.json()) {
        print("", failed.getKey(), "failed: " + failed.getValue());
      } else {
        console.err().println("not done: " + text(failed.getKey()) + ": " + failed.getValue());
      }
    }
    showLeft(report.left());
    if (report.done().isEmpty() && report.failed().isEmpty()) {
      console.info("no index is too old");
    }
    return report.failed().isEmpty() ? Cli.DONE : Cli.FAILED;
  }

  private void show(List<Retention.Step> plan, int limit) throws IOException {
    Instant now = Instant.now();
    List<Retention.Step> due = plan.stream().filter(step -> !step.due().isAfter(now)).toList();
    for (Retention.Step step : due.subList(0, Math.min(limit, due.size()))) {
      print("would ", step, "due");
    }
    showLeft(Math.max(0, due.size() - limit));
    if (due.isEmpty()) {
      console.info("no index is too old");
    }
    if (due.size() < plan.size()) {
      Retention.Step next = plan.get(due.size());
      console.info("next: " + text(next) + ", at " + next.due());
    }
  }

  private void print(String prefix, Retention.Step step, String state) throws IOException {
    if (console.json()) {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("index", step.index());
      members.put("action", IndexTable.action(step));
      members.put("lastEvent", step.lastEvent().toString());
      members.put("state", state);
      console.printJson(members);
    } else {
      console.out().println(prefix + text(step));
    }
  }

  private void showLeft(int left) {
    if (left > 0) {
      console.info(
          left
              + " more are too old than EVENTSTREAM_RETENTION_LIMIT allows; --yes does all of them");
    }
  }

  private static String text(Retention.Step step) {
    return IndexTable.action(step)
        + " "
        + step.index()
        + ": no event in it is younger than "
        + step.lastEvent()
        + ", and the limit is "
        + IndexTable.age(step.age());
  }
}
