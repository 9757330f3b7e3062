package dev.eventstream.es.reindex;

import dev.eventstream.es.OnMappingFailure;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far a {@link Reindex} is. Each document that was read and is not in a bulk request any more
 * is in one of the counts after it.
 *
 * @param total the number of documents in the sources when the copy was begun or continued
 * @param read those that were read from the sources
 * @param written those that a target has accepted
 * @param alreadyThere those for which a target had a document with this id, mostly because the copy
 *     was interrupted after it had written them. They are not compared
 * @param sheltered those that contradict the mapping of their target and were written in another
 *     form, see {@link OnMappingFailure}
 * @param failed those that are in no target
 * @param targets the number of documents that are in each target, by its name
 * @param failures the first of those that failed since this process continued the copy
 * @param obstacles why not everything is in the targets, or why the alias was not switched; empty
 *     until the end
 */
public record ReindexReport(
    long total,
    long read,
    long written,
    long alreadyThere,
    long sheltered,
    long failed,
    Map<String, Long> targets,
    List<Failure> failures,
    List<String> obstacles) {

  /**
   * A document that is in no target.
   *
   * @param index where it was read
   * @param reason may quote the document
   */
  public record Failure(String index, String id, String reason) {}

  public ReindexReport {
    targets = Collections.unmodifiableMap(new TreeMap<>(targets));
    failures = List.copyOf(failures);
    obstacles = List.copyOf(obstacles);
  }
}
