package dev.eventstream.server.crash;

import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kills a server and its engine with SIGKILL at random times while events are sent, and then checks
 * that every accepted event is in the index or among the dead letters exactly once, and that there
 * are no other documents.
 *
 * <pre>{@code
 * try (CrashCampaign campaign = new CrashCampaign(victim, publisher, engine, seed)) {
 *   System.out.println(campaign.run(25));
 * }
 * }</pre>
 *
 * <p>One event in 50 cannot be written to any index; it must become a dead letter. An event that is
 * refused or not answered may or may not be there, but at most once.
 *
 * <p>The seed determines what is killed and when; the times also depend on the machine. Not
 * thread-safe; the load is sent by the campaign's own threads.
 */
public final class CrashCampaign implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(CrashCampaign.class);

  private static final String TYPE = "campaign-";
  private static final int TYPES = 4;
  private static final int CLIENTS = 4;
  private static final int LARGEST_BATCH = 50;
  private static final int LONGEST_PAUSE_MILLIS = 25;
  private static final int LATEST_MOMENT_MILLIS = 400;
  private static final int LONGEST_START_MILLIS = 1_500;
  private static final int PAGE = 10_000;
  private static final int ROUNDS = 40;

  /** How long a step may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** How long the index may be unchanged while documents are missing. */
  private static final Duration STANDSTILL = Duration.ofSeconds(45);

  private static final Pattern SCROLL_ID = Pattern.compile("\"_scroll_id\"\\s*:\\s*\"([^\"]+)\"");
  private static final Pattern NUMBER = Pattern.compile("\"number\"\\s*:\\s*\\[(-?\\d+)]");

  /** The server that is killed: a process with files on disk. */
  public interface Victim {

    /**
     * Starts the process and returns immediately.
     *
     * @throws IOException if it cannot be started
     */
    void start() throws IOException;

    /**
     * Returns whether the process accepts requests.
     *
     * @return false before it does, and after it was ended
     * @throws IllegalStateException if it has ended by itself
     */
    boolean ready();

    /** Kills the process like {@code kill -9}, and returns when it has ended. */
    void kill();

    /**
     * Stops the process gracefully, and returns when it has ended.
     *
     * @throws IllegalStateException if that fails or takes too long
     */
    void stop();

    /**
     * Returns what is left on disk. Called when the process is stopped.
     *
     * @throws IOException if it cannot be read
     */
    Remains remains() throws IOException;
  }

  /**
   * The state that a server has left on disk.
   *
   * @param waiting the number of spooled documents
   * @param deadLetters the member {@code number} of each dead letter
   * @param damaged files that could not be read
   */
  public record Remains(long waiting, List<Long> deadLetters, List<String> damaged) {

    public Remains {
      deadLetters = List.copyOf(deadLetters);
      damaged = List.copyOf(damaged);
    }
  }

  /**
   * An event of a campaign.
   *
   * @param number its unique number
   * @param json the event on one line
   */
  public record Event(long number, String json) {}

  /** What is known about an event after it was sent. */
  public enum Answer {
    /** The event was accepted: indexed, spooled or a dead letter. */
    ACCEPTED,
    /** The event was not sent because there was no connection. */
    NOT_SENT,
    /** The event was refused or not answered, and may or may not be stored. */
    UNKNOWN
  }

  /** Sends events to the server. Thread-safe. */
  @FunctionalInterface
  public interface Publisher {

    /**
     * Sends events in one request.
     *
     * @return one answer per event, in order
     * @throws InterruptedException if the thread is interrupted
     */
    List<Answer> publish(List<Event> events) throws InterruptedException;
  }

  /**
   * The result of a campaign.
   *
   * @param cycles the number of cycles
   * @param serverKills how many times the server was killed
   * @param engineKills how many times the engine was killed
   * @param sent events that were sent
   * @param accepted events that were accepted
   * @param unknown events that were refused or not answered
   * @param indexed documents in the index
   * @param deadLetters dead letters
   * @param lost accepted events that are neither indexed nor dead letters
   * @param doubled events that were stored more than once
   * @param invented documents of events that were not sent
   * @param misplaced dead letters that could be written, and documents that could not
   * @param waiting documents that are still spooled
   * @param damaged files of the server that could not be read
   * @param examples numbers of lost, doubled, invented and misplaced events, some of each
   * @param seed the seed of the random choices
   */
  public record Report(
      int cycles,
      int serverKills,
      int engineKills,
      long sent,
      long accepted,
      long unknown,
      long indexed,
      long deadLetters,
      long lost,
      long doubled,
      long invented,
      long misplaced,
      long waiting,
      List<String> damaged,
      List<String> examples,
      long seed) {

    /**
     * Returns whether the promise was kept: nothing is lost, doubled, invented, misplaced, still
     * waiting or damaged.
     */
    public boolean clean() {
      return lost + doubled + invented + misplaced + waiting == 0 && damaged.isEmpty();
    }

    /** Returns one line with the figures, and with examples if the promise was not kept. */
    @Override
    public String toString() {
      String line =
          ("cycles %d, kills of server %d, of engine %d; events sent %d, accepted %d, unknown %d;"
                  + " in the index %d, dead letters %d; lost %d, doubled %d, invented %d,"
                  + " misplaced %d, waiting %d, damaged %d; seed %d")
              .formatted(
                  cycles,
                  serverKills,
                  engineKills,
                  sent,
                  accepted,
                  unknown,
                  indexed,
                  deadLetters,
                  lost,
                  doubled,
                  invented,
                  misplaced,
                  waiting,
                  damaged.size(),
                  seed);
      return clean() ? line : line + " " + examples + " " + damaged;
    }
  }

  private final Victim victim;
  private final Publisher publisher;
  private final RealEngine engine;
  private final long seed;
  private final Random random;
  private final Ledger ledger = new Ledger();
  private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  /** Released when the load has failed, so that no thread waits any longer. */
  private final CountDownLatch failed = new CountDownLatch(1);

  private final List<Thread> load = new ArrayList<>();
  private volatile boolean loaded;
  private Future<?> engineStart = CompletableFuture.completedFuture(null);
  private boolean started;
  private int cycles;
  private int serverKills;
  private int engineKills;

  /**
   * Prepares a campaign, and creates its indices {@code campaign-0} to {@code campaign-3}.
   *
   * @param victim the server, not started yet
   * @param publisher sends events to it
   * @param engine the running engine that the server writes to; not closed by the campaign
   * @param seed the seed of the random choices
   */
  public CrashCampaign(Victim victim, Publisher publisher, RealEngine engine, long seed) {
    this.victim = victim;
    this.publisher = publisher;
    this.engine = engine;
    this.seed = seed;
    this.random = new Random(seed);
    for (int i = 0; i < TYPES; i++) {
      engine
          .client()
          .request(
              "PUT",
              "/" + TYPE + i,
              "{\"settings\":{\"number_of_shards\":1,\"number_of_replicas\":0},"
                  // strict, so that no form of an unwritable event is accepted
                  + "\"mappings\":{\"dynamic\":\"strict\",\"properties\":{"
                  + "\"number\":{\"type\":\"long\"},\"amount\":{\"type\":\"double\"},"
                  + "\"eventType\":{\"type\":\"keyword\"},\"eventValue\":{\"type\":\"keyword\"},"
                  + "\"eventId\":{\"type\":\"keyword\"},\"@timestamp\":{\"type\":\"date\"},"
                  + "\"padding\":{\"type\":\"object\",\"enabled\":false}}}}")
          .orThrow();
    }
  }

  /**
   * Runs the whole campaign: continuous load, and kills of the server, the engine or both.
   *
   * @param count the number of cycles
   */
  public Report run(int count) {
    startServer();
    awaitServer();
    startLoad(CLIENTS, LARGEST_BATCH, 0);
    for (int i = 0; i < count; i++) {
      cycle();
      if (cycles % 25 == 0) {
        LOG.info("{} cycles, {} events accepted, seed {}", cycles, ledger.accepted(), seed);
      }
    }
    return finish();
  }

  private void cycle() {
    cycles++;
    if (random.nextInt(4) > 0) {
      awaitAccepted(random.nextInt(300));
    }
    int whom = random.nextInt(10);
    boolean server = whom < 7;
    boolean engineToo = whom >= 5;
    boolean engineFirst = random.nextBoolean();
    if (engineToo && engineFirst) {
      killEngineAfter(moment());
    }
    if (server) {
      killServerAfter(moment());
    }
    if (engineToo && !engineFirst) {
      killEngineAfter(server ? random.nextInt(50) : moment());
    }
    if (engineToo) {
      restartEngineAfter(moment());
    }
    if (server) {
      startServer();
      while (random.nextInt(4) == 0) { // while it starts, or just after
        killServerAfter(random.nextInt(LONGEST_START_MILLIS));
        startServer();
      }
      if (random.nextInt(4) > 0) {
        awaitServer();
      }
    }
    if (random.nextInt(6) == 0) {
      long goal = ledger.acceptedWritable();
      awaitServer();
      await("the spool gets drained", () -> indexed() >= goal);
    }
  }

  private int moment() {
    return random.nextInt(LATEST_MOMENT_MILLIS + 1);
  }

  /** Starts the server unless it was started already. */
  public void startServer() {
    if (started) {
      return;
    }
    started = true;
    try {
      victim.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the server accepts requests. */
  public void awaitServer() {
    await("the server is ready", victim::ready);
  }

  /** Kills the server after a delay. */
  public void killServerAfter(int millis) {
    at(millis, victim::kill);
    serverKills++;
    started = false;
  }

  /** Kills the engine after a delay, and after it has recovered from an earlier kill. */
  public void killEngineAfter(int millis) {
    awaitEngine();
    at(millis, engine::kill);
    engineKills++;
  }

  /** Restarts the engine after a delay. Does not wait for the restart. */
  public void restartEngineAfter(int millis) {
    engineStart = timer.schedule(engine::restart, millis, TimeUnit.MILLISECONDS);
  }

  /** Waits until the engine accepts requests again. */
  public void awaitEngine() {
    try {
      engineStart.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("The engine does not start again", e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Waits until the given number of further events was accepted. */
  public void awaitAccepted(int more) {
    long goal = ledger.accepted() + more;
    await("events are accepted", () -> ledger.accepted() >= goal);
  }

  /** Waits until the index contains the given number of documents. The engine must be running. */
  public void awaitIndexed(long documents) {
    await("documents are indexed", () -> indexed() >= documents);
  }

  /** Returns the number of documents in the index. Waits for the engine. */
  public long indexed() {
    awaitEngine();
    return engine.client().count(TYPE + "*");
  }

  /** Returns the number of events that were accepted so far. */
  public long accepted() {
    return ledger.accepted();
  }

  /**
   * Sends events continuously until {@link #finish()}.
   *
   * @param clients the number of sending threads
   * @param largestBatch the maximum number of events per request
   * @param padding additional bytes per event
   */
  public void startLoad(int clients, int largestBatch, int padding) {
    loaded = true;
    for (int i = 0; i < clients; i++) {
      Random own = new Random(seed + 1 + load.size());
      Thread thread =
          new Thread(() -> sendAllTheTime(own, largestBatch, padding), "campaign-load-" + i);
      load.add(thread);
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void sendAllTheTime(Random own, int largestBatch, int padding) {
    try {
      while (loaded && failed.getCount() > 0) {
        if (isReady()) {
          publish(1 + own.nextInt(largestBatch), padding);
        }
        TimeUnit.MILLISECONDS.sleep(own.nextInt(LONGEST_PAUSE_MILLIS)); // random pauses
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
      failed.countDown();
    }
  }

  /**
   * Returns whether the server is ready; a server that has ended by itself is detected by the
   * waiting threads.
   */
  private boolean isReady() {
    try {
      return victim.ready();
    } catch (IllegalStateException e) {
      return false;
    }
  }

  /**
   * Sends a batch of events.
   *
   * @param size the number of events
   * @param padding additional bytes per event
   * @throws InterruptedException if the thread is interrupted
   */
  public void publish(int size, int padding) throws InterruptedException {
    List<Event> events =
        Arrays.stream(ledger.issue(size)).mapToObj(n -> event(n, padding)).toList();
    events.forEach(event -> ledger.sending(event.number));
    List<Answer> answers = publisher.publish(events);
    for (int i = 0; i < size; i++) {
      ledger.answered(events.get(i).number, answers.get(i));
    }
  }

  private static Event event(long number, int padding) {
    String amount = Ledger.isWritable(number) ? Long.toString(number) : "\"much\"";
    return new Event(
        number,
        "{\"eventType\":\"%s%d\",\"eventValue\":\"v%d\",\"number\":%d,\"amount\":%s%s}"
            .formatted(
                TYPE,
                number % TYPES,
                number,
                number,
                amount,
                padding == 0 ? "" : ",\"padding\":\"" + "x".repeat(padding) + "\""));
  }

  /** Stops sending events, and waits for outstanding answers. */
  public void stopLoad() {
    loaded = false;
    for (Thread thread : load) {
      try {
        thread.join(PATIENCE.toMillis());
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
      if (thread.isAlive()) {
        throw new IllegalStateException("A request is not answered");
      }
    }
    load.clear();
    rethrow();
  }

  /**
   * Ends the load, starts whatever is not running, waits until the spool is drained, stops the
   * server, and compares.
   */
  public Report finish() {
    stopLoad();
    awaitEngine();
    if (!engine.isRunning()) {
      engine.restart();
    }
    startServer();
    awaitServer();
    Remains remains = drain();
    long documents = indexed();
    Ledger.Comparison found =
        ledger.compare(this::forEachIndexed, number -> remains.deadLetters.forEach(number::accept));
    long withoutNumber = documents - found.indexed();
    return new Report(
        cycles,
        serverKills,
        engineKills,
        found.sent(),
        found.accepted(),
        found.unknown(),
        found.indexed(),
        found.deadLetters(),
        found.lost(),
        found.doubled(),
        found.invented() + Math.abs(withoutNumber),
        found.misplaced(),
        remains.waiting(),
        remains.damaged(),
        found.examples(),
        seed);
  }

  /**
   * Waits until nothing is spooled. Only the server's disk shows that, once the server is stopped.
   */
  private Remains drain() {
    awaitStandstill(ledger.acceptedWritable());
    for (int round = 0; ; round++) {
      victim.stop();
      started = false;
      Remains remains;
      try {
        remains = victim.remains();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      if (remains.waiting == 0 || round == ROUNDS) {
        return remains;
      }
      startServer();
      awaitServer();
      long before = indexed();
      holds(Duration.ofMillis(500L * (1 + round)), () -> indexed() >= before + remains.waiting);
    }
  }

  /**
   * Waits until the index contains the given number of documents, or has not grown for a long time.
   */
  private void awaitStandstill(long goal) {
    long before = -1;
    long now = indexed();
    while (now < goal && now > before) {
      before = now;
      long last = now;
      holds(STANDSTILL, () -> indexed() > last);
      now = indexed();
    }
  }

  private void forEachIndexed(LongConsumer consumer) {
    EngineClient client = engine.client();
    String filter = "filter_path=_scroll_id,hits.hits.fields.number";
    String page =
        client
            .request(
                "POST",
                "/" + TYPE + "*/_search?scroll=2m&" + filter,
                "{\"size\":"
                    + PAGE
                    + ",\"sort\":[\"_doc\"],\"_source\":false,\"docvalue_fields\":[\"number\"]}")
            .orThrow()
            .body();
    while (true) {
      long found = 0;
      Matcher numbers = NUMBER.matcher(page);
      while (numbers.find()) {
        consumer.accept(Long.parseLong(numbers.group(1)));
        found++;
      }
      if (found == 0) {
        return;
      }
      Matcher scroll = SCROLL_ID.matcher(page);
      if (!scroll.find()) {
        throw new IllegalStateException("The engine answered without a scroll id: " + page);
      }
      page =
          client
              .request(
                  "POST",
                  "/_search/scroll?" + filter,
                  "{\"scroll\":\"2m\",\"scroll_id\":\"" + scroll.group(1) + "\"}")
              .orThrow()
              .body();
    }
  }

  private void at(int millis, Runnable task) {
    try {
      timer.schedule(task, millis, TimeUnit.MILLISECONDS).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private void await(String what, BooleanSupplier condition) {
    if (!holds(PATIENCE, condition)) {
      throw new IllegalStateException(
          "After %d s: not yet true that %s (cycle %d, %d accepted, seed %d)"
              .formatted(PATIENCE.toSeconds(), what, cycles, ledger.accepted(), seed));
    }
  }

  /** Returns whether a condition becomes true in time. */
  private boolean holds(Duration time, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      rethrow();
      if (System.nanoTime() - start > time.toNanos()) {
        return false;
      }
      try {
        boolean ignored = failed.await(20, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
    return true;
  }

  private void rethrow() {
    @Nullable Throwable first = failure.get();
    if (first != null) {
      throw new IllegalStateException("Sending failed, seed " + seed + ": " + first, first);
    }
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("Interrupted", e);
  }

  /** Ends the load and kills the server. The engine is not affected. */
  @Override
  public void close() {
    loaded = false;
    load.forEach(Thread::interrupt);
    timer.shutdownNow();
    victim.kill();
  }
}
