package dev.eventstream.server.cli;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.Retention;
import dev.eventstream.server.config.IndexSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Removes old indices, or shows which ones would be removed. */
final class Pruning {
  private Pruning() {}

  /**
   * Runs it.
   *
   * @param all whether there is no limit
   * @return the exit code
   */
  static int run(
      ElasticsearchSink sink,
      IndexSettings settings,
      boolean dryRun,
      boolean all,
      PrintStream out,
      PrintStream err)
      throws IOException, InterruptedException {
    Optional<Retention> retention = settings.newRetention();
    if (retention.isEmpty()) {
      throw new IllegalArgumentException(
          "nothing is too old: set EVENTSTREAM_RETENTION, EVENTSTREAM_CLOSE_AFTER or"
              + " EVENTSTREAM_REMOVE_REPLICAS_AFTER, for example EVENTSTREAM_RETENTION=90d");
    }
    int limit = all ? Integer.MAX_VALUE : settings.retention().limit();
    if (dryRun) {
      show(retention.get().plan(sink), limit, out);
      return 0;
    }
    Retention.Report report = retention.get().apply(sink, limit);
    if (report.busy() != null) {
      err.println("another process does this now: " + report.busy() + "; try again later");
      return 1;
    }
    report.done().forEach(step -> out.println(text(step)));
    report
        .failed()
        .forEach((step, reason) -> err.println("not done: " + text(step) + ": " + reason));
    showLeft(report.left(), out);
    if (report.done().isEmpty() && report.failed().isEmpty()) {
      out.println("no index is too old");
    }
    return report.failed().isEmpty() ? 0 : 1;
  }

  private static void show(List<Retention.Step> plan, int limit, PrintStream out) {
    Instant now = Instant.now();
    List<Retention.Step> due = plan.stream().filter(step -> !step.due().isAfter(now)).toList();
    due.stream().limit(limit).forEach(step -> out.println("would " + text(step)));
    showLeft(Math.max(0, due.size() - limit), out);
    if (due.isEmpty()) {
      out.println("no index is too old");
    }
    if (due.size() < plan.size()) {
      Retention.Step next = plan.get(due.size());
      out.println("next: " + text(next) + ", at " + next.due());
    }
  }

  private static void showLeft(int left, PrintStream out) {
    if (left > 0) {
      out.println(
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
