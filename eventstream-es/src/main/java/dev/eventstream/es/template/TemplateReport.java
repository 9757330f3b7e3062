package dev.eventstream.es.template;

import java.util.List;

/**
 * What the cluster has in the place of the wanted {@link IndexTemplate}.
 *
 * @param found what was there
 * @param differences of what was found from the wanted template, for people to read; empty if there
 *     is none, or no template
 * @param isCurrent whether the cluster has the wanted template now
 */
public record TemplateReport(Found found, List<String> differences, boolean isCurrent) {

  /** What was found under the name of the template. */
  public enum Found {
    /** Nothing. */
    ABSENT,
    /** The wanted template. */
    CURRENT,
    /** A template of eventstream, of an older version or with other settings. */
    OUTDATED,
    /** A template of a newer version of eventstream. */
    NEWER,
    /** A template of eventstream that somebody has changed. */
    CHANGED,
    /** A template without the mark of eventstream. */
    FOREIGN;

    /** Whether {@link IndexTemplates#apply} replaces it without being forced to. */
    public boolean isReplaced() {
      return this == ABSENT || this == OUTDATED;
    }
  }

  public TemplateReport {
    differences = List.copyOf(differences);
  }

  /** What was found, in a few words, without the differences. */
  public String summary() {
    return switch (found) {
      case ABSENT -> "the cluster has no index template of eventstream";
      case CURRENT -> "the index template of eventstream is current";
      case OUTDATED ->
          "the index template of eventstream is of an older version, or has other settings";
      case NEWER -> "the index template of eventstream is of a newer version";
      case CHANGED -> "somebody has changed the index template of eventstream";
      case FOREIGN -> "the index template with the name eventstream is not from eventstream";
    };
  }
}
