package dev.eventstream.internal.delivery;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;

/**
 * A cluster of several indices with {@code create} semantics and the network in front of it, in all
 * states that a test needs. A document's ID determines its behaviour:
 *
 * <ul>
 *   <li>{@code never}: it conflicts with every mapping
 *   <li>{@code shared}: likewise, and all documents of its index in the same request get its error
 *   <li>{@code odd}: it fails for an unknown reason
 *   <li>{@code whole}: every request that contains it fails as a whole, for an unknown reason
 *   <li>{@code hang}: no request that contains it is ever answered
 *   <li>{@code drop}: a pipeline drops it
 *   <li>{@code misfit}: it is written in another form
 * </ul>
 *
 * Not thread-safe.
 */
final class SimulatedCluster {
  /** The state of the cluster during a request. */
  enum State {
    WELL,
    /** Refuses connections. */
    REFUSING,
    /** Does not answer requests; some fail after a long time, some never end. */
    BLACK_HOLE,
    /** Loses some requests and some answers. */
    LOSSY,
    /** Rejects requests temporarily, as with 429 or 503. */
    BUSY,
    /** Rejects some documents of a request temporarily. */
    BUSY_BY_ITEM,
    /** Answers late. */
    SLOW,
    /** Rejects all requests until an operator acts, as with 401. */
    BLOCKED,
    /** Accepts only small requests. */
    NARROW
  }

  private static final long MILLI = 1_000_000;

  final Map<String, Integer> created = new HashMap<>(); // by ID, over all indices
  final Set<String> stuck = new HashSet<>(); // indices
  final Set<String> blocked = new HashSet<>(); // indices
  final Set<String> red = new HashSet<>(); // indices; the engine waits a second for each
  final Set<String> halfRed = new HashSet<>(); // indices of which one shard of two is red
  final Set<String> refusing = new HashSet<>(); // indices; requests that contain one are rejected
  final Set<String> dropped = new HashSet<>(); // by ID
  State state = State.WELL;
  boolean answersAtOnce;
  boolean answersEverything; // at the end, including requests sent to a black hole
  int requests;
  int mostSinceProbe;
  Runnable interleaved = () -> {}; // simulates other threads while a request is in progress

  private final Random random;
  private final List<String> broken;
  private final ManualTimer timer;
  private int probes;

  SimulatedCluster(Random random, List<String> broken, ManualTimer timer) {
    this.random = random;
    this.broken = broken;
    this.timer = timer;
  }

  /** Returns whether a document has reached its destination or was dropped. */
  boolean hasTaken(String id) {
    return holds(id) || dropped.contains(id);
  }

  boolean holds(String id) {
    return created.containsKey(id);
  }

  /** The cluster as seen by one process, which receives nothing more after its death. */
  final class Connection implements EventSink {
    private boolean dead;
    private int inFlight; // requests sent since the last probe

    void kill() {
      dead = true;
    }

    @Override
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      if (dead) {
        throw broken("a dead process has written");
      }
      requests++;
      CompletableFuture<SinkResult> answer = new CompletableFuture<>();
      int probesBefore = probes;
      inFlight++;
      mostSinceProbe = Math.max(mostSinceProbe, inFlight);
      boolean[] forgotten = new boolean[1];
      Runnable forget =
          () -> {
            if (probesBefore == probes && !forgotten[0]) {
              forgotten[0] = true;
              inFlight--;
            }
          };
      timer.schedule(forget, 30_000 * MILLI);
      interleaved.run();
      CompletableFuture<SinkResult> heard = new CompletableFuture<>();
      var unused =
          answer.whenComplete(
              (result, failure) -> {
                if (dead) {
                  return;
                }
                forget.run();
                if (failure != null) {
                  heard.completeExceptionally(failure);
                } else {
                  heard.complete(result);
                }
              });
      meet(documents, answer);
      return heard;
    }

    private void meet(DocumentBatch documents, CompletableFuture<SinkResult> answer) {
      switch (state) {
        case REFUSING -> {
          if (random.nextInt(8) == 0) {
            answer.completeExceptionally(new IllegalStateException("connection refused"));
            throw new IllegalStateException("connection refused");
          }
          in(random.nextInt(3), () -> answer.complete(all(documents, FailureClass.RETRY, "gone")));
        }
        case BLACK_HOLE -> swallow(answer);
        case LOSSY -> {
          switch (random.nextInt(4)) {
            case 0 -> swallow(answer);
            case 1 ->
                in(
                    random.nextInt(20),
                    () -> answer.completeExceptionally(new IllegalStateException("reset")));
            case 2 -> {
              in(random.nextInt(20), () -> store(documents));
              in(
                  20 + random.nextInt(50),
                  () -> answer.completeExceptionally(new IllegalStateException("answer lost")));
            }
            default -> serve(documents, answer, 20);
          }
        }
        case BUSY ->
            in(
                random.nextInt(10),
                () -> answer.complete(all(documents, FailureClass.RETRY, "429")));
        case BLOCKED ->
            in(
                random.nextInt(10),
                () -> answer.complete(all(documents, FailureClass.BLOCKED, "401")));
        case SLOW -> serve(documents, answer, 2_000);
        case NARROW -> {
          if (documents.size() > 2) {
            in(
                random.nextInt(5),
                () -> answer.complete(all(documents, FailureClass.TOO_LARGE, "413")));
          } else {
            serve(documents, answer, 10);
          }
        }
        default -> serve(documents, answer, 10);
      }
    }

    @Override
    public CompletionStage<Void> check() {
      if (dead) {
        throw broken("a dead process has sent a probe");
      }
      probes++;
      inFlight = 0;
      CompletableFuture<Void> answer = new CompletableFuture<>();
      switch (state) {
        case REFUSING -> {
          if (random.nextInt(8) == 0) {
            throw new IllegalStateException("connection refused");
          }
          answer.completeExceptionally(new IllegalStateException("connection refused"));
        }
        case BLACK_HOLE -> {
          if (random.nextBoolean()) {
            in(
                10_000 + random.nextInt(5_000),
                () -> answer.completeExceptionally(new IllegalStateException("no answer")));
          }
        }
        case BLOCKED -> in(1, () -> answer.completeExceptionally(new IllegalStateException("401")));
        case BUSY -> {
          if (random.nextBoolean()) {
            answer.complete(null);
          } else {
            in(1, () -> answer.completeExceptionally(new IllegalStateException("503")));
          }
        }
        default -> in(random.nextInt(10), () -> answer.complete(null));
      }
      return answer;
    }

    @Override
    public void close() {}
  }

  private void swallow(CompletableFuture<SinkResult> answer) {
    if (answersEverything || random.nextInt(3) > 0) {
      in(
          10_000 + random.nextInt(20_000),
          () -> answer.completeExceptionally(new IllegalStateException("no answer")));
    }
  }

  private static boolean anyId(DocumentBatch documents, String prefix) {
    for (DocumentBatch.Cursor cursor = documents.cursor(); cursor.next(); ) {
      if (cursor.id().startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  private static boolean anyOf(DocumentBatch documents, Set<String> indices) {
    for (DocumentBatch.Cursor cursor = documents.cursor(); cursor.next(); ) {
      if (indices.contains(cursor.destination())) {
        return true;
      }
    }
    return false;
  }

  private void serve(DocumentBatch documents, CompletableFuture<SinkResult> answer, int millis) {
    if (anyId(documents, "whole") || anyOf(documents, refusing)) {
      in(
          random.nextInt(millis),
          () -> answer.complete(all(documents, FailureClass.UNCLEAR, "400")));
      return;
    }
    if (anyId(documents, "hang")) {
      in(
          random.nextInt(millis),
          () -> store(documents)); // the documents may be written nevertheless
      swallow(answer);
      return;
    }
    if (anyOf(documents, red) || isOfRedShard(documents)) {
      in(
          1_000 + random.nextInt(100),
          () -> {
            SinkResult result = store(documents);
            in(random.nextInt(millis), () -> answer.complete(result));
          });
      return;
    }
    if (answersAtOnce && random.nextBoolean()) {
      answer.complete(store(documents));
      return;
    }
    in(
        random.nextInt(millis),
        () -> {
          SinkResult result = store(documents);
          in(random.nextInt(millis), () -> answer.complete(result));
        });
  }

  private void in(int millis, Runnable task) {
    timer.schedule(task, millis * MILLI + random.nextInt(1_000));
  }

  private boolean isOfRedShard(DocumentBatch documents) {
    return IntStream.range(0, documents.size()).anyMatch(i -> isOfRedShard(documents.get(i)));
  }

  private boolean isOfRedShard(Document document) {
    return halfRed.contains(document.destination()) && document.id().hashCode() % 2 == 0;
  }

  private SinkResult store(DocumentBatch documents) {
    List<ItemResult> results = new ArrayList<>(documents.size());
    Set<String> spoilt = new HashSet<>(); // indices
    for (int i = 0; i < documents.size(); i++) {
      if (documents.get(i).id().startsWith("shared")) {
        spoilt.add(documents.get(i).destination());
      }
    }
    for (int i = 0; i < documents.size(); i++) {
      results.add(store(documents.get(i), documents.size() > 1 ? spoilt : Set.of()));
    }
    return SinkResult.of(results);
  }

  private ItemResult store(Document document, Set<String> spoilt) {
    String id = document.id();
    if (red.contains(document.destination()) || isOfRedShard(document)) {
      return new ItemResult.Failed(FailureClass.UNAVAILABLE, "503");
    }
    if (stuck.contains(document.destination())
        || (state == State.BUSY_BY_ITEM && random.nextBoolean())) {
      return new ItemResult.Failed(FailureClass.RETRY, "busy");
    }
    if (blocked.contains(document.destination())) {
      return new ItemResult.Failed(FailureClass.BLOCKED, "read-only");
    }
    if (spoilt.contains(document.destination()) || id.startsWith("odd")) {
      return new ItemResult.Failed(FailureClass.UNCLEAR, "500");
    }
    if (id.startsWith("hang")) {
      return new ItemResult.Failed(FailureClass.RETRY, "not received");
    }
    if (id.startsWith("drop")) {
      dropped.add(id);
      return ItemResult.DROPPED;
    }
    if (id.startsWith("never") || id.startsWith("shared")) {
      return new ItemResult.Failed(FailureClass.NEVER, "no mapping");
    }
    if (holds(id)) {
      return ItemResult.DUPLICATE;
    }
    created.merge(id, 1, Integer::sum);
    return id.startsWith("misfit") ? new ItemResult.Sheltered("no mapping") : ItemResult.WRITTEN;
  }

  private static SinkResult all(DocumentBatch documents, FailureClass failure, String reason) {
    return SinkResult.all(documents.size(), new ItemResult.Failed(failure, reason));
  }

  /** Also records the error, because callers may swallow what is thrown. */
  private AssertionError broken(String what) {
    broken.add(what);
    return new AssertionError(what);
  }
}
