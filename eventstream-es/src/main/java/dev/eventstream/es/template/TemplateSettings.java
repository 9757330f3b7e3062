package dev.eventstream.es.template;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What of the template can be chosen.
 *
 * @param patterns of the names of the indices; at least one, sorted
 * @param shards primary shards of an index
 * @param replicas of each shard
 * @param refreshInterval null for the engine's default
 * @param fieldLimit how many fields an index may have
 * @param codec {@code default} or {@code best_compression}
 */
record TemplateSettings(
    List<String> patterns,
    int shards,
    int replicas,
    @Nullable Duration refreshInterval,
    int fieldLimit,
    String codec) {

  private static final String FORBIDDEN = "\\/?\"<>| ,#:{}";

  /**
   * Checks the patterns.
   *
   * @throws IllegalArgumentException if there is none, or one is invalid, with its remedy
   */
  public TemplateSettings {
    patterns = patterns.stream().distinct().sorted().toList();
    if (patterns.isEmpty()) {
      throw new IllegalArgumentException("there is no index pattern; name one, such as events-*");
    }
    patterns.forEach(TemplateSettings::check);
  }

  private static void check(String pattern) {
    if (pattern.chars().allMatch(c -> c == '*')) {
      throw invalid(pattern, "matches every index of the cluster, also those of others");
    }
    if ("-_+.".indexOf(pattern.charAt(0)) >= 0) {
      throw invalid(pattern, "starts with \"" + pattern.charAt(0) + "\"");
    }
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (FORBIDDEN.indexOf(c) >= 0 || c <= ' ' || c > '~' || (c >= 'A' && c <= 'Z')) {
        throw invalid(pattern, "has \"" + c + "\"");
      }
    }
  }

  private static IllegalArgumentException invalid(String pattern, String fault) {
    return new IllegalArgumentException(
        "the index pattern \""
            + pattern
            + "\" "
            + fault
            + "; write an index name in which * stands for any characters, such as events-*");
  }
}
