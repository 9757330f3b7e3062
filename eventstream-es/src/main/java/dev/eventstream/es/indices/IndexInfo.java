package dev.eventstream.es.indices;

import dev.eventstream.es.template.IndexTemplate;
import java.time.Instant;

/**
 * An index of the cluster.
 *
 * @param name its name, not that of an alias
 * @param health {@code green}, {@code yellow} or {@code red}; empty if the index is closed and the
 *     engine reports none
 * @param isOpen whether it can be read and written
 * @param documents their number; 0 if the index is closed
 * @param bytes the disk space of all copies; 0 if the index is closed
 * @param primaryBytes the disk space of the primary shards; 0 if the index is closed
 * @param shards the number of primary shards; 0 if the index is closed and the engine reports none
 * @param replicas the number of further copies of each shard
 * @param hasTemplate whether its mapping is that of the {@link IndexTemplate}
 */
public record IndexInfo(
    String name,
    String health,
    boolean isOpen,
    long documents,
    long bytes,
    long primaryBytes,
    int shards,
    int replicas,
    Instant created,
    boolean hasTemplate) {

  /** The mean size of a primary shard in bytes; 0 if the number of shards is not known. */
  public long shardBytes() {
    return shards == 0 ? 0 : primaryBytes / shards;
  }
}
