package dev.eventstream.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.EventStream;
import dev.eventstream.Redriven;
import dev.eventstream.internal.CredentialMask;
import dev.eventstream.internal.DurableFile;
import dev.eventstream.server.http.JsonBody;
import dev.eventstream.spi.DeadLetter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The redrives and purges of a server: one of each kind at a time, and those that have ended, up to
 * a number. A file holds them, so that after a restart the jobs that were running are known as
 * interrupted; it is as old as a second. Thread-safe.
 */
public final class Jobs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);
  private static final int MAX_KNOWN = 50;
  private static final int MAX_FILE_BYTES = 1 << 20;
  private static final long SAVE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long CLOSE_SECONDS = 10;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final EventStream stream;
  private final Path file;
  private final ExecutorService executor = executor();

  @GuardedBy("this") private final Map<String, Job> known = new LinkedHashMap<>(); // oldest first

  @GuardedBy("this") private long savedAt = System.nanoTime();

  @GuardedBy("this") private boolean stopping;

  @GuardedBy("this") private boolean closed; // the directory may belong to another process soon

  /** Leaves the list of letters before its end. */
  static final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Stop() {
      super(null, null, false, false);
    }
  }

  /** A job of the same kind is running. */
  static final class RunningException extends Exception {
    private static final long serialVersionUID = 1L;

    RunningException(String message) {
      super(message, null, false, false);
    }
  }

  /** The server is being stopped. */
  static final class ClosedException extends Exception {
    private static final long serialVersionUID = 1L;

    ClosedException() {
      super("the server is being stopped", null, false, false);
    }
  }

  /**
   * Creates the jobs of a stream, with those of the last process that owned its directory.
   *
   * @param directory of the spool of this process
   */
  public Jobs(EventStream stream, Path directory) {
    this.stream = stream;
    this.file = directory.resolve("jobs.json");
    load().forEach(job -> known.put(job.id, job));
  }

  private static ExecutorService executor() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            Job.Kind.values().length,
            Job.Kind.values().length,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "eventstream-jobs");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  // The list

  /**
   * Starts a job.
   *
   * @param limit how many letters it may take
   * @param dryRun only counts the letters
   */
  synchronized Job start(Job.Kind kind, LetterFilter filter, long limit, boolean dryRun)
      throws RunningException, ClosedException {
    if (stopping) {
      throw new ClosedException();
    }
    for (Job other : known.values()) {
      if (other.kind == kind && !other.state().ended()) {
        throw new RunningException(
            "the "
                + kind.wireName()
                + " /v1/jobs/"
                + other.id
                + " is running; wait for its end, or cancel it with DELETE /v1/jobs/"
                + other.id);
      }
    }
    Job job = new Job(newId(kind), kind, filter, limit, dryRun, Instant.now());
    known.put(job.id, job);
    forgetOldest();
    save();
    executor.execute(() -> run(job));
    return job;
  }

  @GuardedBy("this") private String newId(Job.Kind kind) {
    String id;
    do {
      id = kind.wireName() + "-" + UUID.randomUUID().toString().substring(0, 8);
    } while (known.containsKey(id));
    return id;
  }

  /** At most one of each kind is running, so there is one that has ended. */
  @GuardedBy("this") private void forgetOldest() {
    var jobs = known.values().iterator();
    while (known.size() > MAX_KNOWN && jobs.hasNext()) {
      if (jobs.next().state().ended()) {
        jobs.remove();
      }
    }
  }

  /** All known jobs, newest first. */
  synchronized List<Job> all() {
    List<Job> all = new ArrayList<>(known.values());
    Collections.reverse(all);
    return all;
  }

  synchronized @Nullable Job find(String id) {
    return known.get(id);
  }

  // Running

  private void run(Job job) {
    try {
      LOG.info("{} of dead letters {} has started", job.kind.wireName(), job.id);
      if (job.dryRun) {
        job.total(count(job));
      } else if (job.kind == Job.Kind.REDRIVE) {
        redrive(job);
      } else {
        purge(job);
      }
      job.end(Job.State.DONE, null, Instant.now());
    } catch (Stop e) {
      end(job, Job.State.CANCELLED, null);
    } catch (IOException e) {
      end(job, Job.State.FAILED, CredentialMask.message(String.valueOf(e.getMessage())));
    } catch (RuntimeException | Error e) {
      LOG.error("The job {} failed because of a fault in the server; please report it", job.id, e);
      end(job, Job.State.FAILED, "a fault in the server, see its log");
    }
    LOG.info("{} of dead letters {} has ended: {}", job.kind.wireName(), job.id, job.state());
    synchronized (this) {
      save();
    }
  }

  /** Ends a job early. */
  private void end(Job job, Job.State how, @Nullable String error) {
    boolean stopped;
    synchronized (this) {
      stopped = stopping;
    }
    if (stopped) {
      job.end(Job.State.INTERRUPTED, "the server was stopped; " + Job.AGAIN, Instant.now());
    } else {
      job.end(how, error, Instant.now());
    }
  }

  private long count(Job job) throws IOException {
    long[] count = new long[1];
    try {
      stream
          .deadLetters()
          .forEach(
              cancellable(job),
              letter -> {
                if (++count[0] == job.limit) {
                  throw new Stop();
                }
              });
    } catch (Stop e) {
      if (count[0] < job.limit) {
        throw e;
      }
    }
    return count[0];
  }

  private void redrive(Job job) throws IOException {
    if (job.filter.selectsAll()) {
      job.total(Math.min(job.limit, stream.deadLetters().count()));
    }
    Redriven[] before = {new Redriven(0, 0, 0, 0)};
    boolean[] refused = new boolean[1];
    boolean[] cancelled = new boolean[1];
    Redriven result =
        stream.redrive(
            cancellable(job),
            job.limit,
            soFar -> {
              job.progress(soFar);
              saveSometimes();
              refused[0] = soFar.tried() - before[0].tried() == soFar.notNow() - before[0].notNow();
              before[0] = soFar;
              cancelled[0] = isCancelled(job);
              return !refused[0] && !cancelled[0];
            });
    job.progress(result);
    if (cancelled[0]) {
      throw new Stop();
    }
    if (refused[0]) {
      throw new IOException(
          "neither the cluster nor the spool accepts documents now; the other letters were not"
              + " tried; see /v1/status, and start the job again later");
    }
  }

  /** All letters are removed at once, after all were selected. */
  private void purge(Job job) throws IOException {
    Predicate<DeadLetter> filter = cancellable(job);
    long[] selected = new long[1];
    long removed =
        stream
            .deadLetters()
            .purge(
                letter -> {
                  boolean gone = selected[0] < job.limit && filter.test(letter);
                  selected[0] += gone ? 1 : 0;
                  return gone;
                });
    job.total(selected[0]);
    job.removed(removed);
  }

  private static Predicate<DeadLetter> cancellable(Job job) {
    Predicate<DeadLetter> filter = job.filter.predicate();
    return letter -> {
      if (isCancelled(job)) {
        throw new Stop();
      }
      return filter.test(letter);
    };
  }

  private static boolean isCancelled(Job job) {
    return job.state() == Job.State.CANCELLING;
  }

  // The file

  private List<Job> load() {
    List<Job> jobs = new ArrayList<>();
    try {
      if (Files.exists(file) && Files.size(file) <= MAX_FILE_BYTES) {
        for (JsonNode job : JSON.readTree(Files.readAllBytes(file)).path("jobs")) {
          jobs.add(Job.read(job));
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      LOG.warn("{} cannot be read; the jobs of the last process are not known", file, e);
    }
    return jobs;
  }

  private synchronized void saveSometimes() {
    if (System.nanoTime() - savedAt >= SAVE_NANOS) {
      save();
    }
  }

  @GuardedBy("this") private void save() {
    if (closed) {
      return;
    }
    savedAt = System.nanoTime();
    List<Job> jobs = List.copyOf(known.values());
    byte[] content = JsonBody.of(1024, json -> Job.write(jobs, json));
    try {
      DurableFile.replace(file, content);
    } catch (IOException e) {
      LOG.warn("{} cannot be written; the next process will not know the jobs", file, e);
    }
  }

  /**
   * Starts no more jobs, and stops those that run after their portion. A job whose portion takes
   * long ends when the stream is closed.
   */
  @Override
  public void close() {
    synchronized (this) {
      stopping = true;
    }
    all().forEach(Job::cancel);
    executor.shutdown();
    try {
      if (!executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("A job with dead letters is interrupted; {}", Job.AGAIN);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      save();
      closed = true;
    }
  }
}
