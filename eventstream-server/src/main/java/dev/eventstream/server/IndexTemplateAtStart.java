package dev.eventstream.server;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.es.template.IndexTemplates;
import dev.eventstream.es.template.TemplateRefusedException;
import dev.eventstream.es.template.TemplateReport;
import dev.eventstream.server.config.IndexTemplateMode;
import dev.eventstream.server.config.IndexTemplateSettings;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks or installs the index template once, on a thread of its own: now, or when the cluster
 * answers. If it has to be installed, nothing is written before: the first event would create an
 * index without it. Logs what an operator has to do. Thread-safe.
 */
final class IndexTemplateAtStart implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IndexTemplateAtStart.class);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /** After so many failures of a cluster that answers, events are written without the template. */
  private static final int MOST_FAILURES = 3;

  private static final String NOT_YET = "the index template is not installed yet";

  private final IndexTemplateSettings settings;
  private final Duration firstPause;
  private final Duration longestWait;
  private final CountDownLatch attempted = new CountDownLatch(1);
  private volatile @Nullable BackgroundThread thread;
  private volatile boolean isAwaited;
  private int failures; // for the thread only

  IndexTemplateAtStart(IndexTemplateSettings settings) {
    this(settings, Duration.ofSeconds(1), Duration.ofSeconds(2));
  }

  /**
   * Creates it without starting anything.
   *
   * @param firstPause before the second attempt; doubles up to two seconds
   * @param longestWait for which {@link #begin} waits
   */
  IndexTemplateAtStart(IndexTemplateSettings settings, Duration firstPause, Duration longestWait) {
    this.settings = settings;
    this.firstPause = firstPause;
    this.longestWait = longestWait;
    this.isAwaited = settings.mode() == IndexTemplateMode.APPLY && !settings.patterns().isEmpty();
  }

  /** Returns a sink that accepts nothing while the template has to be installed. */
  EventSink before(EventSink sink) {
    return new EventSink() {
      @Override
      public CompletionStage<SinkResult> write(DocumentBatch documents) {
        return isAwaited
            ? CompletableFuture.completedFuture(
                SinkResult.all(
                    documents.size(), new ItemResult.Failed(FailureClass.RETRY, NOT_YET)))
            : sink.write(documents);
      }

      @Override
      public CompletionStage<Void> check() {
        return sink.check()
            .thenCompose(
                answers ->
                    isAwaited
                        ? CompletableFuture.failedFuture(new IOException(NOT_YET))
                        : CompletableFuture.completedFuture(null));
      }

      @Override
      public void close() {
        IndexTemplateAtStart.this.close();
        sink.close();
      }

      @Override
      public String toString() {
        return sink.toString();
      }
    };
  }

  /**
   * Starts. If the template has to be installed, waits until the first attempt is over, so that the
   * first events find it there; two seconds at most.
   *
   * @param sink open at least until {@link #close}
   */
  void begin(ElasticsearchSink sink) {
    if (settings.mode() == IndexTemplateMode.OFF) {
      return;
    }
    if (settings.patterns().isEmpty()) {
      LOG.info("No index template is looked for: {}", IndexTemplateSettings.NO_PATTERNS);
      return;
    }
    IndexTemplate template = settings.template();
    thread = BackgroundThread.start("eventstream-index-template", () -> run(sink, template));
    if (settings.mode() == IndexTemplateMode.APPLY) {
      awaitFirstAttempt();
    }
  }

  private void awaitFirstAttempt() {
    try {
      boolean unused = attempted.await(longestWait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(ElasticsearchSink sink, IndexTemplate template) {
    try {
      Duration pause = firstPause;
      while (!attempt(sink, template)) {
        countFailure(sink);
        if (attempted.getCount() > 0 && settings.mode() == IndexTemplateMode.APPLY) {
          LOG.info("The cluster does not answer; the index template is installed when it does");
        }
        attempted.countDown();
        Thread.sleep(pause.toMillis());
        Duration longer = pause.multipliedBy(2);
        pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
      }
      isAwaited = false;
    } catch (InterruptedException e) {
      // Closed: what waits for the template goes to the spool.
    } finally {
      attempted.countDown();
    }
  }

  private void countFailure(ElasticsearchSink sink) throws InterruptedException {
    if (!isAwaited) {
      return;
    }
    try {
      sink.check().toCompletableFuture().get();
      failures++;
    } catch (ExecutionException e) {
      failures = 0; // it does not answer
    }
    if (failures >= MOST_FAILURES) {
      LOG.warn("The index template cannot be installed now; events are written without it");
      isAwaited = false;
    }
  }

  /** Returns whether there is nothing left to do. */
  private boolean attempt(ElasticsearchSink sink, IndexTemplate template)
      throws InterruptedException {
    boolean apply = settings.mode() == IndexTemplateMode.APPLY;
    try {
      TemplateReport report =
          (apply
                  ? IndexTemplates.apply(sink, template, false)
                  : IndexTemplates.check(sink, template))
              .toCompletableFuture()
              .get();
      log(report);
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TemplateRefusedException refused) {
        LOG.warn(
            "The index template cannot be {}: {}; or set EVENTSTREAM_INDEX_TEMPLATE=off. Events are"
                + " accepted as before",
            apply ? "installed" : "checked",
            refused.getMessage());
        return true;
      }
      if (e.getCause() instanceof IOException) {
        return false; // the stream logs that the cluster does not answer
      }
      LOG.error("The index template was not {}", apply ? "installed" : "checked", e.getCause());
      return true;
    }
  }

  private static void log(TemplateReport report) {
    if (report.found() == TemplateReport.Found.NEWER) {
      LOG.info("{}; it is left as it is", report.summary());
      return;
    }
    if (report.isCurrent()) {
      if (report.found().isReplaced()) {
        LOG.info(
            "Installed the index template of eventstream; it was {}",
            report.found().name().toLowerCase(Locale.ROOT));
      }
      return;
    }
    LOG.warn(
        "{}{}. {}, or set EVENTSTREAM_INDEX_TEMPLATE=off",
        report.summary(),
        report.differences().isEmpty() ? "" : ": " + String.join("; ", report.differences()),
        report.found().isReplaced()
            ? "Install it with \"indices apply\""
            : "Replace it with \"indices apply --force\"");
  }

  /** Stops, and waits for the thread. */
  @Override
  public void close() {
    BackgroundThread running = thread;
    if (running != null) {
      running.close();
    }
  }
}
