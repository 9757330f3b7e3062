package dev.eventstream.es.doctor;

import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.connect.ConnectionSettings;
import dev.eventstream.es.connect.Positive;
import dev.eventstream.es.doctor.Finding.Severity;
import dev.eventstream.es.template.IndexTemplate;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Examines a cluster: what prevents events from being indexed, or soon will. Only reads. Uses
 * threads while it examines. Not thread-safe.
 */
public final class ClusterDoctor {
  private static final int STEPS_WITHIN_LIMIT = 3;

  /** The client may need two more seconds to notice that there is no answer, and to close. */
  private static final int PROBES_WITHIN_LIMIT = 6;

  private final ElasticsearchSink sink;
  private List<String> patterns = List.of();
  private @Nullable IndexTemplate template;
  private @Nullable Duration closedAfter;
  private Duration limit = Duration.ofSeconds(30);
  private final List<Finding> findings = new ArrayList<>();
  private long deadline;

  private ClusterDoctor(ElasticsearchSink sink) {
    this.sink = sink;
  }

  /**
   * Starts to describe an examination.
   *
   * @param sink of the cluster; its time-outs hold for each request
   */
  public static ClusterDoctor of(ElasticsearchSink sink) {
    return new ClusterDoctor(sink);
  }

  /**
   * Sets the indices of events.
   *
   * @param newPatterns names, with {@code *} for any characters; empty, as without this call: all,
   *     except those whose names begin with a dot
   */
  public ClusterDoctor indices(Collection<String> newPatterns) {
    patterns = List.copyOf(newPatterns);
    return this;
  }

  /** Also examines whether new indices get this template. */
  public ClusterDoctor template(IndexTemplate newTemplate) {
    template = newTemplate;
    return this;
  }

  /** Sets the age from which on indices are closed on purpose; by default none is. */
  public ClusterDoctor closedAfter(Duration age) {
    closedAfter = age;
    return this;
  }

  /**
   * Sets how long it may take to examine what the cluster says; 30 s by default. One question gets
   * a third of it. As much again is for connecting to the nodes.
   */
  public ClusterDoctor timeLimit(Duration newLimit) {
    Positive.time("timeLimit", newLimit);
    limit = newLimit;
    return this;
  }

  /** The codes of all findings. */
  public static List<String> codes() {
    return Arrays.stream(ClusterCheck.values()).map(ClusterCheck::code).toList();
  }

  /**
   * Examines the cluster. If no node accepts requests, nothing but the nodes is examined.
   *
   * @throws InterruptedException if the thread was interrupted
   */
  public List<Finding> examine() throws InterruptedException {
    findings.clear();
    ExecutorService threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "eventstream-es-doctor");
              thread.setDaemon(true); // the system's lookup of names cannot be interrupted
              return thread;
            });
    try {
      if (nodes(threads)) {
        deadline = System.nanoTime() + limit.toNanos();
        ask(threads);
      }
    } finally {
      threads.shutdownNow();
    }
    return List.copyOf(findings);
  }

  /** Returns whether one accepts requests; then the others are only a warning. */
  private boolean nodes(ExecutorService threads) throws InterruptedException {
    ConnectionSettings settings = sink.cluster().settings();
    List<NodeProbe> probes = new ArrayList<>();
    for (URI node : settings.urls().nodes()) {
      probes.add(new NodeProbe(settings, node, limit.dividedBy(PROBES_WITHIN_LIMIT)));
    }
    List<Future<NodeProbe.Result>> answers =
        threads.invokeAll(probes, limit.toNanos(), TimeUnit.NANOSECONDS);
    List<NodeProbe.Result> results = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      try {
        results.add(answers.get(i).get());
      } catch (CancellationException e) {
        results.add(probes.get(i).timedOut());
      } catch (ExecutionException e) {
        throw new IllegalStateException("a node cannot be examined", e.getCause());
      }
    }
    boolean anyAnswers = results.stream().anyMatch(NodeProbe.Result::answers);
    for (NodeProbe.Result result : results) {
      for (Finding finding : result.findings()) {
        findings.add(anyAnswers && !result.answers() ? atMostWarning(finding) : finding);
      }
    }
    return anyAnswers;
  }

  private static Finding atMostWarning(Finding finding) {
    return finding.severity() == Severity.FAULT
        ? new Finding(
            finding.code(),
            Severity.WARNING,
            finding.subjects(),
            finding.message(),
            finding.remedy())
        : finding;
  }

  private void ask(ExecutorService threads) throws InterruptedException {
    ClusterState cluster = new ClusterState(sink, patterns);
    step(threads, cluster::engine, ClusterCheck.ENGINE);
    step(threads, cluster::health, ClusterCheck.RED_INDEX, ClusterCheck.YELLOW_INDEX);
    step(threads, cluster::settings, ClusterCheck.AUTO_CREATE_INDEX, ClusterCheck.CLUSTER_BLOCK);
    step(
        threads,
        found -> cluster.indices(closedAfter, found),
        ClusterCheck.CLOSED_INDEX,
        ClusterCheck.LARGE_SHARDS);
    step(
        threads, cluster::indexSettings, ClusterCheck.BLOCKED_INDEX, ClusterCheck.MISSING_PIPELINE);
    step(threads, cluster::aliases, ClusterCheck.ALIAS_WITHOUT_WRITE_INDEX);
    step(threads, cluster::shards, ClusterCheck.SHARD_LIMIT);
    step(threads, cluster::disks, ClusterCheck.DISK_WATERMARK);
    step(threads, cluster::clocks, ClusterCheck.CLOCK);
    IndexTemplate wanted = template;
    step(threads, found -> cluster.privileges(wanted != null, found), ClusterCheck.PRIVILEGES);
    if (wanted != null) {
      step(threads, found -> cluster.template(wanted, found), ClusterCheck.INDEX_TEMPLATE);
    }
  }

  /** Asks the cluster one question, and adds what it finds. */
  @FunctionalInterface
  private interface Step {
    void run(Consumer<Finding> found) throws Exception;
  }

  private void step(ExecutorService threads, Step step, ClusterCheck... checks)
      throws InterruptedException {
    List<String> codes = Arrays.stream(checks).map(ClusterCheck::code).toList();
    List<Finding> found = new ArrayList<>();
    long left =
        Math.min(deadline - System.nanoTime(), limit.dividedBy(STEPS_WITHIN_LIMIT).toNanos());
    Future<Void> asked =
        threads.submit(
            () -> {
              step.run(found::add);
              return null;
            });
    try {
      asked.get(Math.max(0, left), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) { // the list is still being written
      findings.add(notAnswered(codes, "the cluster did not answer in time"));
      return;
    } catch (ExecutionException e) {
      findings.addAll(found);
      if (e.getCause() instanceof ClusterRefusedException) {
        for (ClusterCheck check : checks) {
          findings.add(check.unknown("not examined: " + e.getCause().getMessage()));
        }
      } else {
        findings.add(notAnswered(codes, String.valueOf(e.getCause())));
      }
      return;
    } finally {
      asked.cancel(true);
    }
    findings.addAll(found);
    for (ClusterCheck check : checks) {
      if (found.stream().noneMatch(finding -> finding.code().equals(check.code()))) {
        findings.add(check.ok());
      }
    }
  }

  private static Finding notAnswered(List<String> codes, String why) {
    return ClusterCheck.NO_ANSWER.warning(
        codes,
        "not examined: " + String.join(", ", codes) + "; " + why,
        "see whether the cluster is overloaded, and whether it has a manager (GET"
            + " _cluster/health)");
  }
}
