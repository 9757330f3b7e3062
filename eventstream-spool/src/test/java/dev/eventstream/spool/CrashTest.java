package dev.eventstream.spool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Spool;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The files of processes that are killed with SIGKILL while they use a spool. */
@Tag("slow")
class CrashTest {
  private static final int CYCLES = Integer.getInteger("eventstream.crash.cycles", 25);

  @TempDir Path root;

  private final Random random = new Random();
  private final Set<String> sent = new HashSet<>();
  private final Set<String> acknowledged = new HashSet<>();
  private final Set<String> beingRemoved = new HashSet<>();
  private final Set<String> removed = new HashSet<>();
  private final Set<String> moved = new HashSet<>();
  private int lost;
  private int doubled;

  /** Runs a process for a random number of steps and kills it. */
  private void killed(String mode, long seed) throws IOException {
    int steps = 1 + random.nextInt(random.nextInt(3) == 0 ? 400 : 60);
    Process process =
        Spools.java(
                List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Xmx200m"),
                SpoolProcess.class,
                mode,
                root.toString(),
                String.valueOf(seed))
            .start();
    boolean ready = false;
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      String line = lines.readLine();
      while (line != null) { // what it said before it died counts
        ready = true;
        note(line);
        if (--steps == 0) {
          process.toHandle().destroyForcibly(); // its output can still be read
        }
        line = lines.readLine();
      }
    } finally {
      process.destroyForcibly();
    }
    process.onExit().join();
    assertThat(ready).isTrue();
    assertThat(process.exitValue()).as("killed").isEqualTo(128 + 9);
  }

  private void note(String line) {
    if (!line.endsWith(SpoolProcess.END)) {
      return; // it was killed while it wrote a line
    }
    String said = line.substring(line.indexOf(' ') + 1, line.length() - SpoolProcess.END.length());
    List<String> ids = List.of(said.split(" "));
    switch (line.charAt(0)) {
      case 's' -> sent.addAll(ids);
      case 'S' -> acknowledged.addAll(ids);
      case 'm' -> moved.addAll(ids);
      case 'r' -> beingRemoved.addAll(ids);
      case 'R' -> removed.addAll(ids);
      default -> assertThat(ids).containsExactly("ready");
    }
  }

  /** Reads everything, checks it, and removes some of it. */
  private void checkDocuments() throws IOException {
    Map<String, Integer> found = new HashMap<>();
    try (MapDbSpool spool = Spools.small(root).open()) {
      List<Spool.Portion> portions = Spools.takeAll(spool);
      for (Spool.Portion portion : portions) {
        Spools.ids(portion.documents()).forEach(id -> found.merge(id, 1, Integer::sum));
      }
      assertThat(sent).containsAll(found.keySet());
      Set<String> missing = new HashSet<>(acknowledged);
      missing.removeAll(beingRemoved);
      missing.removeAll(found.keySet());
      lost += missing.size();
      assertThat(missing).as("lost").isEmpty();
      for (Map.Entry<String, Integer> id : found.entrySet()) {
        if (id.getValue() > 1) {
          doubled++;
          assertThat(moved).as("there twice").contains(id.getKey());
        }
      }
      boolean all = random.nextInt(5) == 0;
      for (Spool.Portion portion : portions) {
        if (all || random.nextInt(3) == 0) {
          beingRemoved.addAll(Spools.ids(portion.documents()));
          portion.remove();
        }
      }
    }
  }

  private void crash(String mode, int cycles) throws IOException {
    for (int cycle = 0; cycle < cycles; cycle++) {
      killed(mode, cycle);
      checkDocuments();
    }
    summary(mode, cycles);
  }

  private void summary(String mode, int cycles) {
    System.out.printf(
        "%s: killed %d times, %,d acknowledged, %,d removed by it, %,d lost, %,d doubled (moved)%n",
        mode, cycles, acknowledged.size(), removed.size(), lost, doubled);
    assertThat(acknowledged).isNotEmpty();
  }

  @Test
  @Timeout(3_600)
  void acknowledgedDocumentsAreKeptOnceAfterAKillWhileWriting() throws IOException {
    crash("write", Math.max(1, CYCLES * 8 / 25));
  }

  @Test
  @Timeout(3_600)
  void acknowledgedDocumentsAreKeptOnceAfterAKillWhileRolling() throws IOException {
    crash("roll", Math.max(1, CYCLES * 5 / 25));
  }

  @Test
  @Timeout(3_600)
  void acknowledgedDocumentsAreRemovedOrKeptAfterAKillWhileDraining() throws IOException {
    crash("drain", Math.max(1, CYCLES * 7 / 25));
  }

  @Test
  @Timeout(3_600)
  void deadLettersSurviveAKillAndRemovedOnesDoNot() throws IOException {
    int cycles = Math.max(1, CYCLES * 5 / 25);
    for (int cycle = 0; cycle < cycles; cycle++) {
      killed("letters", cycle);
      try (MapDbSpool spool = Spools.small(root).open()) {
        List<String> ids = new ArrayList<>(Letters.ids(spool.deadLetters()));
        assertThat(ids).doesNotHaveDuplicates();
        assertThat(sent).containsAll(ids);
        assertThat(ids).doesNotContainAnyElementsOf(removed.isEmpty() ? Set.of("-") : removed);
        Set<String> expected = new HashSet<>(acknowledged);
        expected.removeAll(beingRemoved);
        expected.removeAll(ids);
        lost += expected.size();
        assertThat(expected).as("lost").isEmpty();
        if (random.nextInt(3) == 0) {
          spool.deadLetters().purge(letter -> true);
          beingRemoved.addAll(ids);
          removed.addAll(ids);
        }
      }
    }
    summary("letters", cycles);
  }
}
