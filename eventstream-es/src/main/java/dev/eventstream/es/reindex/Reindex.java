package dev.eventstream.es.reindex;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.ElasticsearchSinkBuilder;
import dev.eventstream.es.reindex.HitPage.Hit;
import dev.eventstream.es.reindex.ReindexReport.Failure;
import dev.eventstream.es.reindex.SourceIndex.Pages;
import dev.eventstream.es.reindex.SourceIndex.Portion;
import dev.eventstream.es.reindex.SourceIndex.ReadFailedException;
import dev.eventstream.es.request.IndexRequests;
import dev.eventstream.es.request.JsonRequests;
import dev.eventstream.spi.IndexPattern;
import dev.eventstream.spi.ItemResult;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Copies indices into others, whose names come from a pattern: {@code pageview} into {@code
 * pageview-{yyyy.MM.dd}}. Reads with scrolls and writes with the bulk API, so that it works with
 * every engine that the sink supports.
 *
 * <p>The ids stay. The sources of documents stay byte for byte, except that a line break between
 * their members becomes a blank. A document is written with {@code create}, so that copying it
 * again is harmless. Nothing but the sources is ever deleted, and only on request.
 *
 * <p>The progress is stored in a file. After an exception, a crash or {@code kill -9}, the same
 * copy continues with it, and reads at most one portion again.
 */
public final class Reindex {
  private static final int DRY_RUN_DOCUMENTS = 1_000;

  /** How many documents are read at first, to see how large they are. */
  private static final int FIRST_DOCUMENTS = 10;

  /** A page has as many documents as fit into this if all are as large as the largest before. */
  private static final int PAGE_BYTES = 4 << 20;

  /**
   * The engine builds a page in memory, and nothing tells how large the next documents are. 100 of
   * 1 MiB end an engine with 256 MiB of heap, 50 do not. Larger pages are hardly read faster.
   */
  private static final int LARGEST_PAGE = 50;

  /** In Elasticsearch 6, the mapping is below the name of its type. */
  private static final Map<String, String> FACTS =
      Map.of(
          "filter_path",
          "*.mappings._source.enabled,*.mappings.*._source.enabled"
              + ",*.mappings.properties.@timestamp.type"
              + ",*.mappings.*.properties.@timestamp.type");

  private final ReindexBuilder settings;
  private final IndexPattern pattern;
  private final boolean usesEventType;
  private final JsonRequests requests;

  /** Receives the progress of a copy. Called by one thread at a time. */
  public interface Listener {
    /** Called after each page that was read. */
    void onProgress(ReindexReport report);

    /** The cluster cannot answer or accept documents now; the copy waits. */
    void onWaiting(String reason);
  }

  Reindex(ReindexBuilder settings) {
    this.settings = settings;
    this.pattern = IndexPattern.parse(settings.pattern);
    this.usesEventType = settings.pattern.contains("{eventType}");
    this.requests = new JsonRequests(settings.sink.cluster());
  }

  /**
   * Starts to define a copy.
   *
   * @param sink writes the documents; is not closed. Without {@link
   *     ElasticsearchSinkBuilder#recogniseRepeats}, which would look for them elsewhere
   * @param from an index, an alias, or a pattern with {@code *}
   * @param pattern the names of the targets, see {@link IndexPattern}: {@code {eventType}} is the
   *     {@code eventType} of the document, and a date is that of its {@code @timestamp} in UTC
   * @throws IllegalArgumentException if one of the names is invalid; with the remedy
   */
  public static ReindexBuilder builder(ElasticsearchSink sink, String from, String pattern) {
    return new ReindexBuilder(sink, from, pattern);
  }

  /**
   * Copies everything that the sources contain now, or the rest of it if the copy was begun before.
   * Then the numbers of documents are compared, and the alias is switched if nothing is missing.
   *
   * @return tells what is missing in the targets, if anything
   * @throws IOException if a source cannot be copied, a target is a source, the state file is that
   *     of another copy, or the cluster has accepted nothing for too long
   * @throws InterruptedException if the thread was interrupted; the next call continues
   */
  public ReindexReport run(Listener listener) throws IOException, InterruptedException {
    Listener oneAtATime = new OneAtATime(listener);
    try {
      return copy(oneAtATime);
    } catch (ClosedByInterruptException e) {
      Thread.interrupted(); // the exception replaces the flag
      InterruptedException interrupted = new InterruptedException();
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  private ReindexReport copy(Listener listener) throws IOException, InterruptedException {
    ReindexState known = ReindexState.read(settings.stateFile, job());
    SortedMap<String, Source> found = sources();
    Map<String, String> sources = new TreeMap<>();
    found.forEach((name, source) -> sources.put(name, source.code));
    if (known != null) {
      known.check(sources);
      sources.keySet().retainAll(known.sources().keySet());
    }
    AliasSwitch alias =
        settings.alias == null
            ? null
            : new AliasSwitch(requests, settings.alias, settings.deleteSources, sources.keySet());
    if (alias != null) {
      alias.check();
    }
    try (RejectedDocuments rejected =
        RejectedDocuments.open(
            settings.rejectedFile, known == null ? null : known.rejectedBytes())) {
      ReindexState state =
          known == null ? ReindexState.begin(settings.stateFile, job(), sources) : known;
      long total = copy(state, found, rejected, listener);
      ReindexReport copied = state.tally.report(total, List.of());
      List<String> obstacles = missing(copied);
      if (alias != null && obstacles.isEmpty()) {
        obstacles = alias.run(state);
      }
      state.delete();
      return state.tally.report(total, obstacles);
    }
  }

  /** Copies what is not copied yet, and returns the number of documents in the sources. */
  private long copy(
      ReindexState state, Map<String, Source> found, RejectedDocuments rejected, Listener listener)
      throws IOException, InterruptedException {
    if (state.current() == null) {
      return state.tally.countRead(); // an earlier run has copied everything
    }
    long total = 0;
    for (String name : state.sources().keySet()) {
      total += IndexRequests.count(requests, name);
    }
    try (BulkCopier copier =
        new BulkCopier(
            settings.sink,
            settings.maxWait,
            settings.documentsPerSecond,
            rejected,
            listener::onWaiting)) {
      Run run = new Run(state, rejected, copier, listener, total);
      for (String name = state.current(); name != null; name = state.current()) {
        run.copy(index(name, found.get(name)));
        state.sourceDone();
      }
    }
    return total;
  }

  /** Copies sources. */
  private final class Run {
    private final ReindexState state;
    private final RejectedDocuments rejected;
    private final BulkCopier copier;
    private final Listener listener;
    private final long total;
    private final Targets targets;
    private int pageDocuments = 1;

    Run(
        ReindexState state,
        RejectedDocuments rejected,
        BulkCopier copier,
        Listener listener,
        long total) {
      this.state = state;
      this.rejected = rejected;
      this.copier = copier;
      this.listener = listener;
      this.total = total;
      this.targets = new Targets(state.sources().keySet());
    }

    void copy(SourceIndex source) throws IOException, InterruptedException {
      Patience patience = new Patience(settings.maxWait);
      boolean begins = true;
      long furthest = 0;
      while (true) {
        ReindexTally tally = new ReindexTally();
        try {
          if (begins) {
            fitPages(source.sample(FIRST_DOCUMENTS).largest());
            begins = false;
          }
          Portion portion = source.after(state.position());
          if (portion == null) {
            return;
          }
          copy(source, portion, tally);
          copier.drain(source.name(), tally);
          state.portionDone(tally, portion.until(), rejected.sync());
          patience.succeeded();
          furthest = 0;
        } catch (ReadFailedException e) {
          if (e.isTooLong() && pageDocuments == 1) {
            throw e;
          }
          copier.drain(source.name(), tally); // these will be there already when read again
          rejected.truncate(state.rejectedBytes());
          if (tally.countRead() > furthest) {
            furthest = tally.countRead();
            patience.succeeded();
          }
          if (!patience.failed()) {
            throw new IOException(
                "the cluster could not be read for "
                    + settings.maxWait.toSeconds()
                    + " s; the same copy continues when it is run again. "
                    + e.getMessage(),
                e);
          }
          pageDocuments = Math.max(1, pageDocuments / 4); // its size may be the reason
          listener.onWaiting(String.valueOf(e.getMessage()));
          patience.await();
        }
      }
    }

    private void copy(SourceIndex source, Portion portion, ReindexTally tally)
        throws IOException, InterruptedException {
      try (Pages pages = source.pages(portion, pageDocuments)) {
        int largest = 1;
        int inPage;
        do { // holds no page while it reads the next one
          inPage = copy(source.name(), pages.next(), tally);
          largest = Math.max(largest, inPage);
        } while (inPage > 0);
        fitPages(largest);
      }
    }

    /** Copies a page and returns the size of its largest document; 0 if it is empty. */
    private int copy(String source, HitPage page, ReindexTally tally)
        throws IOException, InterruptedException {
      int bytes = 0;
      for (Hit hit : page.hits()) {
        copy(source, hit, tally);
        bytes += hit.length();
      }
      if (bytes > PAGE_BYTES) {
        copier.drain(source, tally); // the engine does not need memory for both
      }
      ReindexTally sum = new ReindexTally();
      sum.add(state.tally);
      sum.add(tally);
      listener.onProgress(sum.report(total, List.of()));
      return page.largest();
    }

    private void copy(String source, Hit hit, ReindexTally tally)
        throws IOException, InterruptedException {
      tally.read();
      try {
        copier.add(source, hit, targets.of(source, hit), tally);
      } catch (NoTargetException e) {
        rejected.add(source, hit.id(), e.reason, hit.answer(), hit.start(), hit.end());
        tally.failed(new Failure(source, hit.id(), e.reason));
      }
    }

    private void fitPages(int largestDocument) {
      pageDocuments =
          Math.max(1, Math.min(LARGEST_PAGE, PAGE_BYTES / Math.max(1, largestDocument)));
    }
  }

  /** Says which documents are not in the targets. */
  private List<String> missing(ReindexReport report) throws IOException, InterruptedException {
    List<String> missing = new ArrayList<>();
    if (report.failed() > 0) {
      missing.add(report.failed() + " documents are in no target");
    }
    for (Map.Entry<String, Long> target : report.targets().entrySet()) {
      long count = IndexRequests.count(requests, target.getKey());
      if (count < target.getValue()) {
        missing.add(
            target.getKey()
                + " has "
                + count
                + " documents, but "
                + target.getValue()
                + " of the sources belong there: documents of several sources have the same id, or"
                + " some were deleted meanwhile");
      }
    }
    return missing;
  }

  /**
   * Says where documents would go, without writing: reads about 1,000 documents at random, from
   * each source in proportion to its size. The report counts only these, except for its total.
   *
   * @throws IOException as {@link #run}
   */
  public ReindexReport dryRun() throws IOException, InterruptedException {
    SortedMap<String, Source> sources = sources();
    Map<String, Long> counts = new TreeMap<>();
    for (String name : sources.keySet()) {
      counts.put(name, IndexRequests.count(requests, name));
    }
    long total = counts.values().stream().mapToLong(Long::longValue).sum();
    ReindexTally tally = new ReindexTally();
    Targets targets = new Targets(sources.keySet());
    for (Map.Entry<String, Long> source : counts.entrySet()) {
      String name = source.getKey();
      SourceIndex index = index(name, sources.get(name));
      long open = -Math.floorDiv(-source.getValue() * DRY_RUN_DOCUMENTS, Math.max(1, total));
      while (open > 0) {
        List<Hit> hits = index.sample((int) Math.min(open, LARGEST_PAGE)).hits();
        for (Hit hit : hits) {
          tally.read();
          try {
            tally.settled(targets.of(name, hit), ItemResult.Kind.WRITTEN);
          } catch (NoTargetException e) {
            tally.failed(new Failure(name, hit.id(), e.reason));
          }
        }
        open -= hits.isEmpty() ? open : hits.size();
      }
    }
    return tally.report(total, List.of());
  }

  /** What must be the same when a copy is continued. */
  private Map<String, String> job() {
    Map<String, String> job = new LinkedHashMap<>();
    job.put("source", settings.from);
    job.put("pattern", settings.pattern);
    job.put("time of undated", Objects.toString(settings.timeOfUndated, ""));
    job.put("file of rejected", Objects.toString(settings.rejectedFile, ""));
    return job;
  }

  /**
   * An index that is copied.
   *
   * @param code see {@link IndexRequests#resolve}
   * @param isDated whether its {@code @timestamp} is a date
   */
  private record Source(String code, boolean isDated) {}

  /** Finds the sources by name. */
  private SortedMap<String, Source> sources() throws IOException, InterruptedException {
    SortedMap<String, String> codes = IndexRequests.resolve(requests, settings.from);
    if (codes.isEmpty()) {
      throw new IOException("no index matches \"" + settings.from + "\"");
    }
    JsonNode mappings =
        requests.send("GET", IndexRequests.path(settings.from, "_mapping"), FACTS, null);
    SortedMap<String, Source> sources = new TreeMap<>();
    codes.forEach((name, code) -> sources.put(name, new Source(code, false)));
    for (Map.Entry<String, JsonNode> found : mappings.properties()) {
      JsonNode mapping = found.getValue().path("mappings");
      boolean isTyped = !mapping.has("properties") && !mapping.has("_source") && !mapping.isEmpty();
      JsonNode root = isTyped ? mapping.elements().next() : mapping;
      if (!root.at("/_source/enabled").asBoolean(true)) {
        throw new IOException(
            "the index "
                + found.getKey()
                + " does not keep the _source of documents; it cannot be copied");
      }
      String type = root.at("/properties/@timestamp/type").asText("");
      boolean isDated = type.equals("date") || type.equals("date_nanos");
      sources.computeIfPresent(found.getKey(), (name, source) -> new Source(source.code, isDated));
    }
    return sources;
  }

  private SourceIndex index(String name, @Nullable Source source) {
    boolean isDated = source != null && source.isDated;
    return new SourceIndex(requests, name, isDated, settings.portionDocuments);
  }

  /** The document has no target. */
  private static final class NoTargetException extends Exception {
    private static final long serialVersionUID = 1L;

    final String reason;

    NoTargetException(String reason) {
      super(reason);
      this.reason = reason;
    }
  }

  /** Finds the target of each document. */
  private final class Targets {
    private final Set<String> sources;
    private final Set<String> checked = new HashSet<>();

    Targets(Collection<String> sources) {
      this.sources = Set.copyOf(sources);
    }

    /**
     * Returns the target of a document.
     *
     * @throws IOException if its target is a source
     */
    String of(String source, Hit hit) throws NoTargetException, IOException, InterruptedException {
      String type = hit.eventType() == null ? "" : hit.eventType();
      if (hit.routing() != null) {
        throw new NoTargetException("it has a routing value, which a copy does not keep");
      }
      if (usesEventType && !IndexPattern.isEventType(type)) {
        throw new NoTargetException(
            type.isEmpty()
                ? "it has no eventType"
                : "its eventType cannot be a part of the name of an index");
      }
      String target = pattern.destination(type, millis(hit));
      if (checked.add(target) && isSource(target)) {
        throw new IOException(
            "the document "
                + hit.id()
                + " of "
                + source
                + " belongs to "
                + target
                + ", which is a source itself; use a pattern for names that "
                + settings.from
                + " does not match");
      }
      return target;
    }

    private long millis(Hit hit) throws NoTargetException {
      if (hit.millis() != null) {
        return hit.millis();
      }
      if (settings.timeOfUndated == null && pattern.isDated()) {
        throw new NoTargetException("it has no @timestamp that its index knows as a date");
      }
      return settings.timeOfUndated == null ? 0 : settings.timeOfUndated.toEpochMilli();
    }

    /** Returns whether a target is a source, or an alias of one. */
    private boolean isSource(String target) throws IOException, InterruptedException {
      try {
        return sources.contains(target)
            || !Collections.disjoint(sources, IndexRequests.resolve(requests, target).keySet());
      } catch (IOException e) {
        checked.remove(target);
        throw ReadFailedException.classified(e);
      }
    }
  }

  /** Calls a listener for several threads. */
  private static final class OneAtATime implements Listener {
    private final Listener listener;

    OneAtATime(Listener listener) {
      this.listener = listener;
    }

    @Override
    public synchronized void onProgress(ReindexReport report) {
      listener.onProgress(report);
    }

    @Override
    public synchronized void onWaiting(String reason) {
      listener.onWaiting(reason);
    }
  }
}
