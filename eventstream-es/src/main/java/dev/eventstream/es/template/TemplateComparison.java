package dev.eventstream.es.template;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * How the template of a cluster relates to the wanted one.
 *
 * @param isOurs whether it has the mark of eventstream
 * @param isIntact whether nobody has changed it since eventstream wrote it
 * @param isNewer whether a newer version of eventstream wrote it
 * @param differences from the wanted one; empty if it is the same
 */
record TemplateComparison(
    boolean isOurs, boolean isIntact, boolean isNewer, List<String> differences) {

  static TemplateComparison of(TemplateFacts wanted, JsonNode answer) {
    JsonNode template =
        answer.has("index_templates")
            ? answer.path("index_templates").path(0).path("index_template")
            : answer.path(TemplateBody.NAME);
    TemplateFacts found = new TemplateFacts(template);
    return new TemplateComparison(
        found.get("mappings._meta.managed_by").equals(IndexTemplate.MANAGED_BY),
        found.isIntact(),
        version(found) > TemplateBody.VERSION,
        List.copyOf(found.differencesFrom(wanted)));
  }

  private static int version(TemplateFacts template) {
    try {
      return Integer.parseInt(template.get("mappings._meta.version"));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
