package dev.eventstream.es.reindex;

import static java.util.Objects.requireNonNull;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.spi.IndexPattern;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Builds a {@link Reindex}. Not thread-safe. */
public final class ReindexBuilder {
  final ElasticsearchSink sink;
  final String from;
  final String pattern;
  @Nullable Instant timeOfUndated;
  Path stateFile = Path.of("reindex.state");
  @Nullable Path rejectedFile;
  int documentsPerSecond; // 0: no limit
  Duration maxWait = Duration.ofMinutes(10);
  @Nullable String alias;
  boolean deleteSources;
  int portionDocuments = 10_000;

  ReindexBuilder(ElasticsearchSink sink, String from, String pattern) {
    this.sink = requireNonNull(sink, "sink");
    if (!from.matches("[^\\s/?#\"\\\\<>_+-][^\\s/?#\"\\\\<>]*")) {
      throw new IllegalArgumentException(
          "the source \"" + from + "\" is not an index, an alias, or a pattern such as pageview-*");
    }
    IndexPattern.parse(pattern);
    this.from = from;
    this.pattern = pattern;
  }

  /**
   * Sets the time that decides the target of a document without a usable {@code @timestamp}, if the
   * names of the targets have a date. The document does not change. It is a fixed time, so that a
   * copy that is continued writes to the same targets.
   *
   * @param time null, the default: such documents fail
   */
  public ReindexBuilder timeOfUndated(@Nullable Instant time) {
    this.timeOfUndated = time;
    return this;
  }

  /**
   * Sets the file that holds the progress while the copy is not complete.
   *
   * @param file {@code reindex.state} in the working directory by default
   */
  public ReindexBuilder stateFile(Path file) {
    this.stateFile = requireNonNull(file, "file");
    return this;
  }

  /**
   * Sets a file to which documents that are in no target are written, one JSON object per line with
   * {@code index}, {@code id}, {@code reason} and {@code source}.
   *
   * @param file new or empty when the copy begins; null, the default: they are only counted
   */
  public ReindexBuilder rejectedFile(@Nullable Path file) {
    this.rejectedFile = file;
    return this;
  }

  /**
   * Limits the rate.
   *
   * @param documents at least 1 per second
   */
  public ReindexBuilder documentsPerSecond(int documents) {
    if (documents < 1) {
      throw new IllegalArgumentException(
          "documentsPerSecond is " + documents + "; it must be at least 1");
    }
    this.documentsPerSecond = documents;
    return this;
  }

  /**
   * Sets how long the copy waits for a cluster that does not answer or accepts nothing. For what an
   * operator has to repair, such as a blocked target, it waits one minute at most.
   *
   * @param time ten minutes by default
   */
  public ReindexBuilder maxWait(Duration time) {
    this.maxWait = requireNonNull(time, "time");
    return this;
  }

  /**
   * Has an alias point to the targets instead of the sources when everything has been copied, with
   * one atomic request.
   *
   * @param name an alias, a new name, or the name of a source that is deleted
   * @param delete whether the same request deletes the sources. Before it, they are blocked for
   *     writing, and the numbers of documents are compared
   */
  public ReindexBuilder switchAlias(String name, boolean delete) {
    this.alias = requireNonNull(name, "name");
    this.deleteSources = delete;
    return this;
  }

  /** Sets how many documents are read again at most after an interruption. For tests. */
  ReindexBuilder portionDocuments(int documents) {
    this.portionDocuments = documents;
    return this;
  }

  /** Builds the copy, which can be run once at a time. */
  public Reindex build() {
    return new Reindex(this);
  }
}
