package dev.eventstream.spool;

import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.DocumentBatchBuilder;
import dev.eventstream.spi.SinkResult;
import dev.eventstream.spi.Spool;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A process that uses a spool until it is killed, and prints a line for each step:
 *
 * <pre>
 *   s id..  is about to write these     S id..  they were acknowledged
 *   m id..  is about to move these      r id..  is about to remove these
 *   R id..  they were removed            ! ready  it starts
 * </pre>
 */
final class SpoolProcess {
  /** The end of each line: the last line may be incomplete. */
  static final String END = " .";

  private static final PrintStream OUT = System.out;

  private SpoolProcess() {}

  public static void main(String[] arguments) throws Exception {
    Path root = Path.of(arguments[1]);
    long seed = Long.parseLong(arguments[2]);
    MapDbSpool spool = Spools.small(root).open();
    say("!", List.of("ready"));
    switch (arguments[0]) {
      case "write" -> write(spool, new Random(seed), seed, 2_000, false);
      case "roll" -> write(spool, new Random(seed), seed, 250_000, false);
      case "drain" -> write(spool, new Random(seed), seed, 60_000, true);
      case "letters" -> letters(spool, new Random(seed), seed);
      case "fill" -> fill(spool, seed);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    Thread.sleep(Long.MAX_VALUE);
  }

  private static void say(String what, List<String> ids) {
    OUT.println(what + " " + String.join(" ", ids) + END);
  }

  private static void write(Spool spool, Random random, long seed, int maxSize, boolean drain) {
    int next = 0;
    while (true) {
      DocumentBatchBuilder batch = new DocumentBatchBuilder(0, 0);
      int count = 1 + random.nextInt(maxSize > 100_000 ? 4 : 30);
      for (int i = 0; i < count; i++) {
        batch.add(Spools.document(seed + "-" + next++, 1 + random.nextInt(maxSize)));
      }
      DocumentBatch documents = batch.build();
      List<String> ids = Spools.ids(documents);
      say("s", ids);
      SinkResult result = Spools.write(spool, documents);
      if (result.allWritten()) {
        say("S", ids);
      }
      if (!result.allWritten() || (drain && random.nextInt(3) > 0)) {
        remove(spool, random);
      }
    }
  }

  private static void remove(Spool spool, Random random) {
    Spool.Portion portion = spool.take(1 + random.nextInt(60), 1 << 20);
    if (portion == null) {
      return;
    }
    DocumentBatch documents = portion.documents();
    int moved = random.nextInt(4) == 0 ? documents.size() / 2 : 0;
    if (moved > 0) {
      say("m", Spools.ids(documents.slice(0, moved)));
      if (!portion.moveToEnd(documents.slice(0, moved)).toCompletableFuture().join().allWritten()) {
        moved = documents.size();
      }
    }
    List<String> gone = Spools.ids(documents.slice(moved, documents.size()));
    say("r", gone);
    portion.remove();
    say("R", gone);
  }

  private static void letters(Spool spool, Random random, long seed) throws Exception {
    int next = 0;
    List<DeadLetter> kept = new ArrayList<>();
    while (true) {
      List<DeadLetter> letters = new ArrayList<>();
      for (int i = 1 + random.nextInt(8); i > 0; i--) {
        letters.add(
            Letters.letter(seed + "-" + next++, "type", "reason", random.nextInt(90_000), next));
      }
      say("s", ids(letters));
      spool.deadLetters().add(letters).toCompletableFuture().join();
      say("S", ids(letters));
      kept.addAll(letters);
      if (kept.size() > 20) {
        List<DeadLetter> gone = List.copyOf(kept.subList(0, 3 * kept.size() / 4));
        say("r", ids(gone));
        spool.deadLetters().remove(gone);
        say("R", ids(gone));
        kept.removeAll(gone);
      }
    }
  }

  private static List<String> ids(List<DeadLetter> letters) {
    return letters.stream().map(DeadLetter::document).map(Document::id).toList();
  }

  private static void fill(MapDbSpool spool, long seed) throws IOException {
    Files.writeString(spool.directory().resolve("note.json"), "{}");
    Files.writeString(spool.directory().resolve("note.json.new"), "{");
    DocumentBatchBuilder batch = new DocumentBatchBuilder(0, 0);
    for (int i = 0; i < 100; i++) {
      batch.add(Spools.document(seed + "-" + i, 1_000));
    }
    DocumentBatch documents = batch.build();
    spool.deadLetters().add(Letters.letters(0, 10, 100)).toCompletableFuture().join();
    if (Spools.write(spool, documents).allWritten()) {
      say("S", Spools.ids(documents));
    }
  }
}
