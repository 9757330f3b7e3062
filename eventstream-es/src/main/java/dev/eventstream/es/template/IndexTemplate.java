package dev.eventstream.es.template;

import dev.eventstream.es.connect.Positive;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A template for the indices that events are written to: their mapping, and the settings that can
 * be chosen here. An engine uses it for each index that it creates; existing indices do not change.
 * {@link IndexTemplates} installs it. docs/indices.md shows the mapping. Immutable.
 */
public final class IndexTemplate {
  /** Marks the mapping of each index that has the template, as its {@code _meta.managed_by}. */
  public static final String MANAGED_BY = "eventstream";

  private final TemplateSettings settings;

  private IndexTemplate(TemplateSettings settings) {
    this.settings = settings;
  }

  /**
   * Starts to build a template.
   *
   * @param patterns index names in which {@code *} stands for any characters, for example {@code
   *     events-*}; at least one, and none that matches every index
   */
  public static Builder builder(List<String> patterns) {
    return new Builder(patterns);
  }

  TemplateSettings settings() {
    return settings;
  }

  /** Builds an {@link IndexTemplate}. Not thread-safe. */
  public static final class Builder {
    private final List<String> patterns;
    private int shards = 1;
    private int replicas = 1;
    private @Nullable Duration refreshInterval;
    private int fieldLimit = 1_000;
    private boolean bestCompression;

    private Builder(List<String> patterns) {
      this.patterns = List.copyOf(patterns);
    }

    /**
     * Sets the number of primary shards of an index.
     *
     * @param count 1 to 1,024; 1 by default, also with engines that would create five
     */
    public Builder shards(int count) {
      this.shards = inRange("shards", count, 1, 1_024);
      return this;
    }

    /**
     * Sets the number of copies of each shard.
     *
     * @param count 0 to 100; 1 by default
     */
    public Builder replicas(int count) {
      this.replicas = inRange("replicas", count, 0, 100);
      return this;
    }

    /**
     * Sets the time after which a search sees a new document. The engine's default is 1 s, but for
     * indices that nobody has searched for 30 s it refreshes only before the next search, which
     * makes writing faster. An interval that is set applies to all indices.
     *
     * @param interval at least 1 ms; the engine's default by default
     */
    public Builder refreshInterval(Duration interval) {
      this.refreshInterval = Positive.time("refreshInterval", interval);
      return this;
    }

    /**
     * Limits the fields of an index. Elasticsearch 8.13 and later stores further ones without
     * indexing them; other engines reject the document.
     *
     * @param count 10 to 100,000; 1,000 by default
     */
    public Builder fieldLimit(int count) {
      this.fieldLimit = inRange("fieldLimit", count, 10, 100_000);
      return this;
    }

    /**
     * Sets whether stored documents are compressed as much as the engine can, at the cost of its
     * processor time.
     *
     * @param best false by default
     */
    public Builder bestCompression(boolean best) {
      this.bestCompression = best;
      return this;
    }

    /**
     * Builds the template.
     *
     * @throws IllegalArgumentException if there is no pattern, or one is invalid, with the remedy
     */
    public IndexTemplate build() {
      return new IndexTemplate(
          new TemplateSettings(
              patterns,
              shards,
              replicas,
              refreshInterval,
              fieldLimit,
              bestCompression ? "best_compression" : "default"));
    }

    private static int inRange(String setting, int value, int min, int max) {
      if (value < min || value > max) {
        throw new IllegalArgumentException(
            setting + " is " + value + "; it must be from " + min + " to " + max);
      }
      return value;
    }
  }
}
