package dev.eventstream.server.cli;

import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a command is, on the standard error, from its second second on: a bar on a
 * terminal, a line every few seconds otherwise, and nothing with {@code --quiet} or {@code --json}.
 * Why a command waits is also told with {@code --json}. Not thread-safe.
 */
final class Progress implements AutoCloseable {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(5);
  private static final int REFRESH_MILLIS = 200;
  private static final int WIDTH = 100;

  private final Console console;
  private final String task;
  private final String unit;
  private final long began = System.nanoTime();
  private long first = -1;
  private long lastLine = began;
  private @Nullable ProgressBar bar;

  /**
   * Begins to measure.
   *
   * @param task such as "Importing"
   * @param unit what is counted, such as "events"
   */
  Progress(Console console, String task, String unit) {
    this.console = console;
    this.task = task;
    this.unit = unit;
  }

  /**
   * Tells the progress.
   *
   * @param done how many are done
   * @param total of how many; -1: not known
   * @param detail is shown behind it; may be empty
   */
  void at(long done, long total, String detail) {
    if (first < 0) {
      first = done;
    }
    if (!isShown() || since(began) < FIRST.toNanos()) {
      return;
    }
    if (console.isTerminal()) {
      ProgressBar shown = bar == null ? newBar() : bar;
      bar = shown;
      shown.maxHint(total);
      shown.stepTo(done);
      shown.setExtraMessage(detail.isEmpty() ? "" : " " + detail);
    } else if (since(lastLine) >= BETWEEN_LINES.toNanos()) {
      lastLine = System.nanoTime();
      console.err().println(line(done, total) + (detail.isEmpty() ? "" : "; " + detail));
    }
    StopSignal.repeat();
  }

  /** Tells why it does not go on; as a line of its own, at most every few seconds. */
  void waiting(String reason) {
    if (!console.quiet() && since(lastLine) >= BETWEEN_LINES.toNanos()) {
      lastLine = System.nanoTime();
      console.err().println((bar == null ? "" : "\n") + reason);
    }
  }

  private boolean isShown() {
    return !console.quiet() && !console.json();
  }

  private String line(long done, long total) {
    double rate = (done - first) * 1e9 / Math.max(1, since(began));
    String soFar = String.format(Locale.ROOT, "%s: %,d", task, done);
    if (total < 0) {
      return soFar + String.format(Locale.ROOT, " %s, %,.0f/s", unit, rate);
    }
    String left = rate < 1 ? "?" : readable(Duration.ofSeconds((long) ((total - done) / rate)));
    return soFar
        + String.format(
            Locale.ROOT,
            " of %,d %s (%.0f %%), %,.0f/s, %s left",
            total,
            unit,
            total == 0 ? 100 : 100.0 * done / total,
            rate,
            left);
  }

  /** A duration as people write it, such as "40 s", "3 min" or "2 h". */
  static String readable(Duration duration) {
    long seconds = duration.toSeconds();
    return seconds < 120
        ? seconds + " s"
        : seconds < 7200 ? seconds / 60 + " min" : seconds / 3600 + " h";
  }

  private ProgressBar newBar() {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setUnit(" " + unit, 1)
        .setStyle(ProgressBarStyle.ASCII)
        .showSpeed()
        .setUpdateIntervalMillis(REFRESH_MILLIS)
        .setConsumer(new ConsoleProgressBarConsumer(console.err(), WIDTH))
        .build();
  }

  private static long since(long nanos) {
    return System.nanoTime() - nanos;
  }

  @Override
  public void close() {
    if (bar != null) {
      boolean stopped = Thread.interrupted(); // the bar would swallow it
      bar.close();
      if (stopped) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
