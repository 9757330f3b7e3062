package dev.eventstream.internal.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.fail;

import dev.eventstream.internal.delivery.SimulatedCluster.State;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.Refusal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Simulates pipelines under a simulated clock, with all faults of cluster and disk and with crashes
 * of the process, and checks the invariants. Each schedule has a seed, which a failure reports;
 * {@code -Ddev.eventstream.seed=…} repeats that schedule alone, and {@code
 * -Deventstream.simulation.schedules=…} runs more of them.
 */
@Tag("slow")
final class PipelineSimulationTest {
  private static final int SCHEDULES =
      Integer.getInteger("eventstream.simulation.schedules", 5_000);
  private static final long MILLI = 1_000_000;
  private static final Fate.Refused CLOSED =
      new Fate.Refused(Refusal.CLOSED, "closed", Duration.ofSeconds(5));
  private static final String[] INDICES = {"a", "b", "c", "d"};

  // the kinds of documents are described in SimulatedCluster
  private static final List<String> HOPELESS = List.of("odd", "whole", "hang"); // stay in the spool
  private static final List<String> DEAD = List.of("never", "shared");

  @Test
  void nothingIsLostOrDuplicatedAndNoCallerWaitsForever() {
    Long only = Long.getLong("dev.eventstream.seed");
    long first = only != null ? only : System.nanoTime();
    int schedules = only != null ? 1 : SCHEDULES;
    long started = System.nanoTime();
    long documents = 0;
    long requests = 0;
    long crashes = 0;
    double virtualSeconds = 0;
    for (int i = 0; i < schedules; i++) {
      Run run = new Run(first + i);
      try {
        run.go();
      } catch (RuntimeException | AssertionError e) {
        fail("seed " + (first + i), e);
      }
      documents += run.kinds.size();
      requests += run.cluster.requests;
      crashes += run.crashes;
      virtualSeconds += run.timer.nanoTime() / 1e9;
    }
    System.out.printf(
        "%,d schedules with %,d documents, %,d requests and %,d crashes: %,.0f hours in %d s%n",
        schedules,
        documents,
        requests,
        crashes,
        virtualSeconds / 3_600,
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started));
  }

  /** A process. Its memory is lost when it is killed. */
  private static final class Life {
    final SimulatedCluster.Connection connection;
    final SimulatedSpool.Opened spool;
    final LifeTimer timer;
    final Pipeline pipeline;

    Life(Run run, Pipeline.Settings settings) {
      this.connection = run.cluster.new Connection();
      this.spool = run.disk.new Opened();
      this.timer = new LifeTimer(run.timer, run.random.nextLong() >> 8);
      this.pipeline =
          new Pipeline(
              connection,
              spool,
              settings,
              new Environment(
                  timer, new SimulatedClock(run.timer), run.random, StreamListener.NONE),
              task -> timer.schedule(task, 0));
    }

    void kill() {
      timer.stop();
      connection.kill();
      spool.kill();
    }
  }

  private static final class LifeTimer implements Timer {
    private final ManualTimer timer;
    private final long origin;
    private boolean dead;

    LifeTimer(ManualTimer timer, long origin) {
      this.timer = timer;
      this.origin = origin;
    }

    @Override
    public long nanoTime() {
      return timer.nanoTime() + origin;
    }

    @Override
    public void schedule(Runnable task, long delayNanos) {
      timer.schedule(
          () -> {
            if (!dead) {
              task.run();
            }
          },
          delayNanos);
    }

    @Override
    public void stop() {
      dead = true;
    }
  }

  private static final class SimulatedClock extends Clock {
    private final ManualTimer timer;

    SimulatedClock(ManualTimer timer) {
      this.timer = timer;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(timer.nanoTime() / MILLI);
    }
  }

  private record Published(Publication publication, List<String> ids, long at, Life process) {}

  private static final class Run {
    final Random random;
    final ManualTimer timer = new ManualTimer();
    final List<String> broken = new ArrayList<>(); // collected, because futures swallow exceptions
    final SimulatedCluster cluster;
    final SimulatedSpool disk;
    final Pipeline.Settings settings;
    final Map<String, String> kinds = new HashMap<>(); // kinds of documents by ID
    final List<Published> open = new ArrayList<>();
    final Map<String, Fate> accepted = new HashMap<>();
    final boolean withDiskFaults;
    final boolean withClusterFaults;
    final boolean withPoison;
    int hopeless; // documents
    final int slowness; // of the schedule
    Life process;
    int crashes;
    private boolean interleaving;
    private boolean closing;

    Run(long seed) {
      this.random = new Random(seed);
      this.cluster = new SimulatedCluster(random, broken, timer);
      this.disk = new SimulatedSpool(random, broken, timer, cluster::hasTaken);
      this.withDiskFaults = random.nextInt(3) == 0;
      this.withClusterFaults = random.nextInt(8) > 0;
      this.withPoison = random.nextInt(3) == 0;
      this.slowness = 1 << random.nextInt(5);
      cluster.interleaved = this::interleave;
      disk.interleaved = this::interleave;
      cluster.answersAtOnce = random.nextInt(4) == 0;
      cluster.answersEverything = random.nextBoolean();
      this.settings =
          new Pipeline.Settings(
              1 + random.nextInt(10),
              100 + random.nextInt(1_000),
              Duration.ofMillis(random.nextInt(6)),
              1 + random.nextInt(4),
              Duration.ofMillis(100 + random.nextInt(2_000)),
              Duration.ofMillis(1 + random.nextInt(50)),
              Duration.ofMillis(50 + random.nextInt(1_000)),
              random.nextInt(4) == 0 ? 10 + random.nextInt(300) : 0,
              Duration.ZERO);
      this.process = new Life(this, settings);
    }

    void go() {
      int steps = 5 + random.nextInt(45);
      for (int i = 0; i < steps; i++) {
        switch (random.nextInt(20)) {
          case 0, 1 -> changeCluster();
          case 2 -> changeDisk();
          case 3 -> {
            if (random.nextInt(3) == 0) {
              if (random.nextBoolean()) {
                close();
              }
              crash();
            }
          }
          case 4 -> pass(random.nextInt(2_000 * slowness));
          case 5 -> burst();
          default -> publish();
        }
        pass(random.nextInt(30 * slowness));
      }
      heal();
      pass(100);
      // One index stays as it is for a while: the others must not be affected.
      drain(index -> sick().stream().noneMatch(indices -> indices.contains(index)), "the rest");
      sick().forEach(Set::clear);
      drain(index -> true, "everything");
      pass(500);
      check();
    }

    private void changeCluster() {
      if (!withClusterFaults) {
        return;
      }
      State[] states = State.values();
      cluster.state = random.nextInt(3) == 0 ? State.WELL : states[random.nextInt(states.length)];
      sick().forEach(this::change);
    }

    private List<Set<String>> sick() {
      return List.of(cluster.stuck, cluster.blocked, cluster.red, cluster.refusing);
    }

    private void change(Set<String> indices) {
      switch (random.nextInt(5)) {
        case 0 -> indices.add(INDICES[random.nextInt(2)]); // "c" and "d" are always healthy
        case 1 -> indices.clear();
        default -> {}
      }
    }

    private void changeDisk() {
      if (withDiskFaults) {
        disk.failing = random.nextInt(3) == 0;
        disk.hang(random.nextInt(8) == 0);
        disk.maxDocuments = random.nextInt(4) == 0 ? random.nextInt(30) : Integer.MAX_VALUE;
        disk.maxLetters = random.nextInt(4) == 0 ? random.nextInt(5) : Integer.MAX_VALUE;
      }
    }

    private void heal() {
      interleaving = true; // publishing has ended
      cluster.state = State.WELL;
      disk.failing = false;
      disk.hang(false);
      disk.maxDocuments = Integer.MAX_VALUE;
      disk.maxLetters = Integer.MAX_VALUE;
    }

    private void close() {
      closing = true;
      process.pipeline.drain();
      pass(random.nextInt(3_000));
      process.pipeline.stopWaiting(CLOSED);
      pass(random.nextInt(2) * 100L);
      process.pipeline.refuseRest(CLOSED);
      for (Published published : open) {
        if (!published.publication.done().isDone()) {
          throw new AssertionError(published.ids + " is open when all is closed");
        }
      }
      closing = false;
    }

    private void crash() {
      crashes++;
      process.kill();
      open.removeIf(published -> !published.publication.done().isDone());
      pass(random.nextInt(1_000));
      process = new Life(this, settings);
    }

    private void burst() {
      for (int i = random.nextInt(10); i > 0; i--) {
        publish();
      }
    }

    /** Another thread publishes at an inconvenient moment. */
    private void interleave() {
      if (!interleaving && random.nextInt(30) == 0) {
        interleaving = true;
        publish();
        interleaving = false;
      }
    }

    private void publish() {
      Document[] batch = new Document[1 + random.nextInt(random.nextInt(8) == 0 ? 30 : 5)];
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < batch.length; i++) {
        String index = INDICES[random.nextInt(INDICES.length)];
        String id = kind() + "-" + kinds.size();
        kinds.put(id, index);
        ids.add(id);
        batch[i] = new Document(index, id, null, "x".repeat(random.nextInt(60)).getBytes(UTF_8));
      }
      Publication publication =
          new Publication(
              DocumentBatch.of(batch),
              process.timer.nanoTime(),
              Instant.ofEpochMilli(timer.nanoTime() / MILLI));
      Published published = new Published(publication, ids, timer.nanoTime(), process);
      open.add(published);
      var unused = publication.done().thenAccept(fates -> settled(published, fates));
      if (random.nextInt(20) == 0) {
        process.pipeline.submitToCluster(publication);
      } else {
        if (random.nextInt(4) == 0) {
          process.pipeline.submitToSpool(publication);
        } else {
          process.pipeline.submit(publication);
        }
      }
    }

    private String kind() {
      if (random.nextInt(25) == 0) {
        return random.nextBoolean() ? "never" : "misfit";
      }
      if (!withPoison || random.nextInt(25) > 0) {
        return "id";
      }
      if (hopeless < 3 && random.nextInt(3) == 0) {
        hopeless++;
        return HOPELESS.get(random.nextInt(HOPELESS.size()));
      }
      return random.nextBoolean() ? "shared" : "drop";
    }

    private static boolean isOf(List<String> kinds, String id) {
      return kinds.contains(id.substring(0, id.indexOf('-')));
    }

    private void settled(Published published, List<Fate> fates) {
      if (published.process != process) {
        broken.add("a dead process has answered");
      }
      long millis = (timer.nanoTime() - published.at) / MILLI;
      long allowed = settings.deliveryTimeout().toMillis() + 100 + (withDiskFaults ? 10_000 : 100);
      if (millis > allowed) {
        broken.add(published.ids + " was answered after " + millis + " ms");
      }
      for (int i = 0; i < fates.size(); i++) {
        String id = published.ids.get(i);
        Fate fate = fates.get(i);
        if (fate == Fate.INDEXED || fate == Fate.DUPLICATE) {
          must(cluster.holds(id), id, fate);
        } else if (fate == Fate.SPOOLED) {
          must(disk.isSafe(id), id, fate);
        } else if (fate instanceof Fate.DeadLettered) {
          must(disk.letters.containsKey(id) && isOf(DEAD, id), id, fate);
        } else if (fate == Fate.DROPPED) {
          must(cluster.dropped.contains(id), id, fate);
        } else if (fate instanceof Fate.Rejected) {
          must(isOf(DEAD, id) && withDiskFaults, id, fate);
        } else {
          must(withDiskFaults || (closing && fate == CLOSED), id, fate);
        }
        if (!(fate instanceof Fate.Rejected) && !(fate instanceof Fate.Refused)) {
          accepted.put(id, fate);
        }
      }
    }

    private void must(boolean holds, String id, Fate fate) {
      if (!holds) {
        broken.add(id + " is " + fate);
      }
    }

    private void pass(long millis) {
      timer.advanceMillis(millis);
      if (!broken.isEmpty()) {
        throw new AssertionError(broken.toString());
      }
    }

    /** Checks that the spool becomes empty within the allowed time after the end of the faults. */
    private void drain(Predicate<String> index, String what) {
      long started = timer.nanoTime();
      int waiting = kinds.size();
      long throttled =
          settings.eventsPerSecond() == 0 ? 0 : 2_000L * waiting / settings.eventsPerSecond();
      // With one permit, every request that is not answered holds up all others for 30 to 40 s.
      long bound = 120_000 + 2 * throttled + 150L * disk.documents() + 180_000L * hopeless;
      while (!process.pipeline.clusterTakes()
          || !curable(index).isEmpty()
          || !open.stream().allMatch(published -> published.publication.done().isDone())) {
        pass(250);
        if ((timer.nanoTime() - started) / MILLI > bound) {
          throw new AssertionError(
              what + " is not drained after " + bound + " ms: " + curable(index));
        }
      }
    }

    private List<String> curable(Predicate<String> index) {
      return disk.waitingOf(index).stream().filter(id -> !isOf(HOPELESS, id)).toList();
    }

    private void check() {
      int permits = settings.maxInFlightRequests();
      int trials = 3 * StuckDestinations.TRIALS; // an unanswered one counts as lost after 30 s
      int overdue = 8 * permits; // requests that are not answered while others are
      if (cluster.mostSinceProbe > permits + overdue + 1 + trials) {
        throw new AssertionError(cluster.mostSinceProbe + " requests with " + permits + " permits");
      }
      if (disk.mostTaken > permits + 8 + 1) {
        throw new AssertionError(disk.mostTaken + " portions of the spool were in memory");
      }
      for (Published published : open) {
        if (!published.publication.done().isDone()) {
          throw new AssertionError(published.ids + " is not settled");
        }
      }
      for (String id : accepted.keySet()) {
        boolean waits = isOf(HOPELESS, id) && disk.isSafe(id);
        if (!cluster.hasTaken(id) && !disk.letters.containsKey(id) && !waits) {
          throw new AssertionError(id + " is lost: " + accepted.get(id));
        }
      }
      cluster.created.forEach(
          (id, count) -> {
            if (count != 1 || !kinds.containsKey(id)) {
              throw new AssertionError(id + " was written " + count + " times");
            }
          });
      if (!curable(index -> true).isEmpty()) {
        throw new AssertionError("left in the spool: " + curable(index -> true));
      }
      if (!process.pipeline.clusterTakes()) {
        throw new AssertionError("the breaker stays open");
      }
    }
  }
}
