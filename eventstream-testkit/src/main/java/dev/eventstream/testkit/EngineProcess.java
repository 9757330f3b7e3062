package dev.eventstream.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * One run of a node, from its launch to its end.
 *
 * <p>The process's state may be read by any thread; {@link RealEngine} ensures that only one thread
 * at a time starts and ends it.
 */
final class EngineProcess {

  private static final int LOG_LINES = 40;
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_STOP = Duration.ofSeconds(NodeLauncher.GRACE_SECONDS + 2);

  /**
   * Archiving takes seconds on an idle machine. If it were abandoned, every later run would attempt
   * it again.
   */
  private static final Duration LONGEST_ARCHIVING = Duration.ofSeconds(60);

  private final NodePlan plan;
  private final URI url;
  private final Process process;
  private final Duration longestStop;

  private EngineProcess(NodePlan plan, URI url, Process process, boolean archives) {
    this.plan = plan;
    this.url = url;
    this.process = process;
    this.longestStop = archives ? LONGEST_STOP.plus(LONGEST_ARCHIVING) : LONGEST_STOP;
  }

  /** Launches a node and returns immediately. */
  static EngineProcess launch(NodePlan plan, int httpPort, int transportPort) {
    try {
      plan.write(httpPort, transportPort);
      boolean archives = plan.writesArchive();
      ProcessBuilder builder = new ProcessBuilder(plan.command());
      builder.directory(plan.work().toFile());
      builder.redirectErrorStream(true);
      builder.redirectOutput(Redirect.appendTo(plan.log().toFile()));
      // intended for this JVM, for example an agent, not for the engine's
      builder.environment().remove("JAVA_TOOL_OPTIONS");
      builder.environment().remove("JDK_JAVA_OPTIONS");
      URI url = URI.create("http://127.0.0.1:" + httpPort);
      return new EngineProcess(plan, url, builder.start(), archives);
    } catch (IOException e) {
      throw new EngineStartException("Cannot start " + plan.recipe().engine() + ": " + e, e);
    }
  }

  URI url() {
    return url;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Waits until the node answers and its primary shards are available. In a cluster, where these
   * may be on a node that is not running, waits until the node has joined.
   *
   * @return false if the node ended because one of its ports was taken
   * @throws EngineStartException if it ended for another reason or the time-out has elapsed; the
   *     process has then ended
   */
  boolean awaitReady(Duration timeout) {
    EngineClient client = new EngineClient(url, Duration.ofSeconds(2));
    long start = System.nanoTime();
    Duration pause = Duration.ofMillis(10);
    while (System.nanoTime() - start < timeout.toNanos()) {
      if (ended(pause)) {
        if (process.exitValue() == NodeLauncher.PORT_TAKEN) {
          return false;
        }
        throw failure("ended with exit status " + process.exitValue() + " while starting");
      }
      // Check the file first: the node itself writes it, while another program may answer at the
      // port.
      if (Files.exists(plan.ready()) && isReady(client)) {
        return true;
      }
      Duration longer = pause.multipliedBy(2);
      pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
    }
    kill();
    throw failure("was not ready after " + timeout.toMillis() + " ms");
  }

  private boolean isReady(EngineClient client) {
    return plan.recipe().standsAlone() ? client.healthy() : client.joined();
  }

  private boolean ended(Duration wait) {
    try {
      return process.waitFor(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
      throw failure("was interrupted while starting");
    }
  }

  /** Kills the process with SIGKILL, and waits until it has ended. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Stops the node gracefully, kills it if that takes too long, and waits until it has ended. */
  void stop() {
    try (OutputStream lifeLine = process.getOutputStream()) {
      lifeLine.write('\n');
    } catch (IOException e) {
      // the process is ending already and no longer reads it
    }
    boolean ended = false;
    try {
      ended = process.waitFor(longestStop.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      kill();
    } else if (process.exitValue() == 0) {
      plan.archive().adopt(plan.freshArchive());
    }
  }

  private EngineStartException failure(String what) {
    return new EngineStartException(
        "%s %s. The end of its log, %s:%n%s"
            .formatted(
                plan.recipe().engine(), what, plan.log(), LogTail.of(plan.log(), LOG_LINES)));
  }
}
