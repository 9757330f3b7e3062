package dev.eventstream.server.config;

import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.spi.IndexPattern;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The template for new indices.
 *
 * @param mode what the server does with it when it starts
 * @param patterns of the names of the indices; empty: those of events cannot be told from others
 * @param refreshInterval null: the engine's default
 */
public record IndexTemplateSettings(
    IndexTemplateMode mode,
    List<String> patterns,
    int shards,
    int replicas,
    @Nullable Duration refreshInterval,
    int fieldLimit,
    boolean bestCompression) {

  /** Why there are no patterns, and the remedy. */
  public static final String NO_PATTERNS =
      "EVENTSTREAM_INDEX begins with {eventType}, so an index template would apply to every index"
          + " of the cluster; begin it with a fixed part, such as events-{eventType}, or set"
          + " EVENTSTREAM_EVENT_TYPES or EVENTSTREAM_INDEX_TEMPLATE_PATTERNS";

  public IndexTemplateSettings {
    patterns = List.copyOf(patterns);
  }

  static IndexTemplateSettings of(SettingSources sources, IndexSettings indices) {
    List<String> named = sources.read(Setting.INDEX_TEMPLATE_PATTERNS, List.of());
    IndexTemplateSettings settings =
        new IndexTemplateSettings(
            sources.read(Setting.INDEX_TEMPLATE, IndexTemplateMode.CHECK),
            named.isEmpty() ? patterns(indices) : named,
            sources.read(Setting.INDEX_SHARDS, 1),
            sources.read(Setting.INDEX_REPLICAS, 1),
            sources.readOptional(Setting.INDEX_REFRESH, Duration.class),
            sources.read(Setting.INDEX_FIELD_LIMIT, 1000),
            sources.read(Setting.INDEX_CODEC, false));
    if (settings.mode == IndexTemplateMode.APPLY && settings.patterns.isEmpty()) {
      sources.fault(sources.label(Setting.INDEX_TEMPLATE) + " is \"apply\", but " + NO_PATTERNS);
    }
    return settings;
  }

  private static List<String> patterns(IndexSettings indices) {
    if (indices.pattern().isEmpty()) {
      return List.of(indices.pattern()); // it is faulty, which is reported
    }
    IndexPattern pattern = IndexPattern.parse(indices.pattern());
    String ofAll = pattern.ofAnyDate("*");
    Stream<String> names =
        ofAll.startsWith("*")
            ? indices.eventTypes().stream().sorted().map(pattern::ofAnyDate)
            : Stream.of(ofAll);
    return indices.rollover().isOn()
        ? names.flatMap(IndexTemplateSettings::withGenerations).toList()
        : names.toList();
  }

  private static Stream<String> withGenerations(String name) {
    return name.endsWith("*") ? Stream.of(name) : Stream.of(name, name + "-*");
  }

  /**
   * The template with these settings.
   *
   * @throws IllegalArgumentException if there are no patterns
   */
  public IndexTemplate template() {
    if (patterns.isEmpty()) {
      throw new IllegalArgumentException(NO_PATTERNS);
    }
    IndexTemplate.Builder template =
        IndexTemplate.builder(patterns)
            .shards(shards)
            .replicas(replicas)
            .fieldLimit(fieldLimit)
            .bestCompression(bestCompression);
    if (refreshInterval != null) {
      template.refreshInterval(refreshInterval);
    }
    return template.build();
  }
}
