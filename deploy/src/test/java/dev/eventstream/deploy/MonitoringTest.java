package dev.eventstream.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.eventstream.deploy.ExposedMetrics.Series;
import java.awt.Rectangle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Alerts, the dashboard of Grafana and what is written of them, against a real server. */
@Tag("slow") // the JDK does not matter to it
class MonitoringTest {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final Path RULES = Path.of("prometheus", "alerts.yml");
  private static final Path RULES_TEST = Path.of("prometheus", "alerts.test.yml");
  private static final Path DASHBOARD = Path.of("grafana", "dashboards", "eventstream.json");
  private static final Path GUIDE = Path.of("..", "docs", "operations.md");
  private static final Pattern METRIC =
      Pattern.compile("\\b(?:eventstream|jvm|process|system)_[a-z0-9_]+");

  private static ExposedMetrics exposed;

  @BeforeAll
  static void scrape(@TempDir Path directory) throws Exception {
    exposed = ExposedMetrics.of(directory);
  }

  @Test
  void nothingNamesAMetricThatTheServerDoesNotHave() throws IOException {
    for (Path file : List.of(RULES, RULES_TEST, DASHBOARD, GUIDE)) {
      Matcher metric = METRIC.matcher(Files.readString(file));
      TreeSet<String> named = new TreeSet<>();
      while (metric.find()) {
        named.add(metric.group());
      }
      named.removeAll(exposed.types().keySet()); // a whole histogram
      named.removeAll(exposed.names());
      assertThat(named).as(file.toString()).isEmpty();
    }
  }

  @Test
  void theAlertsAreTestedOnSeriesThatTheServerHas() throws IOException {
    Set<Map.Entry<String, Set<String>>> shapes = new HashSet<>();
    Set<String> values = new HashSet<>();
    for (Series one : exposed.series()) {
      Set<String> names = new HashSet<>(one.labels().keySet());
      names.addAll(Set.of("job", "instance"));
      shapes.add(Map.entry(one.name(), names));
      one.labels().forEach((name, value) -> values.add(one.name() + " " + name + "=" + value));
    }
    for (JsonNode test : YAML.readTree(RULES_TEST.toFile()).required("tests")) {
      for (JsonNode input : test.required("input_series")) {
        Series one = Series.parse(input.required("series").textValue());
        if (!one.name().equals("up")) { // which is Prometheus's own
          assertThat(shapes).contains(Map.entry(one.name(), one.labels().keySet()));
          one.labels()
              .forEach(
                  (name, value) -> {
                    if (!Set.of("job", "instance", "le").contains(name)) {
                      assertThat(values).contains(one.name() + " " + name + "=" + value);
                    }
                  });
        }
      }
    }
  }

  @Test
  void promtoolAcceptsWhatPrometheusIsGiven() throws Exception {
    Script check = Promtool.run("check", "config", "prometheus/prometheus.yml").succeeded();

    assertThat(check.out()).contains("1 rule files found", rules().size() + " rules found");
  }

  @Test
  void alertsFireWhenTheyShouldAndNotOtherwise() throws Exception {
    Promtool.run("test", "rules", RULES_TEST.toString()).succeeded();
  }

  @Test
  void everyAlertFiresInATest() throws IOException {
    TreeSet<String> fired = new TreeSet<>();
    for (JsonNode test : YAML.readTree(RULES_TEST.toFile()).required("tests")) {
      for (JsonNode alert : test.path("alert_rule_test")) {
        if (!alert.required("exp_alerts").isEmpty()) {
          fired.add(alert.required("alertname").textValue());
        }
      }
    }
    TreeSet<String> names = new TreeSet<>();
    rules().forEach(rule -> names.add(rule.required("alert").textValue()));

    assertThat(fired).isEqualTo(names);
  }

  @Test
  void everyAlertSaysWhatItIsAndTheGuideWhatToDo() throws IOException {
    String guide = Files.readString(GUIDE);
    Set<String> anchors = anchors(guide);
    for (JsonNode rule : rules()) {
      String name = rule.required("alert").textValue();
      JsonNode annotations = rule.required("annotations");
      assertThat(annotations.required("summary").textValue()).as(name).hasSizeBetween(10, 80);
      assertThat(annotations.required("description").textValue()).as(name).endsWith(".");
      assertThat(rule.required("labels").required("severity").textValue())
          .as(name)
          .isIn("critical", "warning");
      String runbook = annotations.required("runbook_url").textValue();
      assertThat(runbook).startsWith("docs/operations.md#");
      String anchor = runbook.substring(runbook.indexOf('#') + 1);
      assertThat(anchors).as(name).contains(anchor);
      assertThat(guide)
          .containsPattern("\\| `" + name + "` \\|[^\\n]*\\(#" + Pattern.quote(anchor) + "\\) \\|");
    }
  }

  /** The headings of a page as links lead to them. */
  private static Set<String> anchors(String page) {
    Set<String> anchors = new HashSet<>();
    for (String line : page.lines().toList()) {
      if (line.startsWith("#")) {
        anchors.add(
            line.substring(line.indexOf(' ') + 1)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9 _-]", "")
                .replace(' ', '-'));
      }
    }
    return anchors;
  }

  private static List<JsonNode> rules() throws IOException {
    List<JsonNode> rules = new ArrayList<>();
    for (JsonNode group : YAML.readTree(RULES.toFile()).required("groups")) {
      group.required("rules").forEach(rules::add);
    }
    assertThat(rules).isNotEmpty();
    return rules;
  }

  /**
   * Has Prometheus evaluate each of the dashboard's expressions on the series of a real server,
   * which grow by one a minute.
   */
  @Test
  void everyExpressionOfTheDashboardFindsSomething(@TempDir Path directory) throws Exception {
    ObjectNode file = SavedObjects.JSON.createObjectNode().put("evaluation_interval", "1m");
    ObjectNode test = file.putArray("tests").addObject().put("interval", "1m");
    List<String> series = new ArrayList<>();
    for (Series one : exposed.series()) {
      Map<String, String> labels = new HashMap<>(one.labels());
      labels.putAll(Map.of("job", "eventstream", "instance", "a:8081"));
      series.add(new Series(one.name(), labels) + (exposed.isCounted(one) ? " 0+1x20" : " 5x20"));
    }
    series.add("up{job=\"eventstream\", instance=\"a:8081\"} 1x20");
    for (String one : series) {
      int end = one.lastIndexOf(' ');
      test.withArray("/input_series")
          .addObject()
          .put("series", one.substring(0, end))
          .put("values", one.substring(end + 1));
    }
    for (String expression : expressions()) {
      ObjectNode query =
          test.withArray("/promql_expr_test")
              .addObject()
              .put("expr", "count(" + expression + ") > bool 0")
              .put("eval_time", "15m");
      query.putArray("exp_samples").addObject().put("labels", "{}").put("value", 1);
    }
    Path tests = directory.resolve("dashboard.test.yml");
    YAML.writeValue(tests.toFile(), file);

    Promtool.run("test", "rules", tests.toString()).succeeded();
  }

  /** What the panels ask, with everything chosen. */
  private static Set<String> expressions() throws IOException {
    Set<String> expressions = new TreeSet<>();
    for (JsonNode panel : dashboard().required("panels")) {
      for (JsonNode target : panel.path("targets")) {
        expressions.add(
            target
                .required("expr")
                .textValue()
                .replace("$__rate_interval", "5m")
                .replace("$job", ".+")
                .replace("$instance", ".+"));
      }
    }
    assertThat(expressions).hasSizeGreaterThan(50).noneMatch(text -> text.contains("$"));
    return expressions;
  }

  private static JsonNode dashboard() throws IOException {
    return SavedObjects.JSON.readTree(DASHBOARD.toFile());
  }

  @Test
  void thePanelsOfTheDashboardHaveIdsOfTheirOwnAndDoNotLieUponEachOther() throws IOException {
    Set<Integer> ids = new HashSet<>();
    Set<String> titles = new HashSet<>();
    List<Rectangle> before = new ArrayList<>();
    for (JsonNode panel : dashboard().required("panels")) {
      String title = panel.required("title").textValue();
      assertThat(ids.add(panel.required("id").intValue())).as(title).isTrue();
      JsonNode grid = panel.required("gridPos");
      Rectangle place =
          new Rectangle(
              grid.required("x").intValue(),
              grid.required("y").intValue(),
              grid.required("w").intValue(),
              grid.required("h").intValue());
      assertThat(place.x + place.width).as(title).isBetween(1, 24);
      assertThat(before).as(title).noneMatch(place::intersects);
      before.add(place);
      if (!panel.required("type").textValue().equals("row")) {
        assertThat(titles.add(title)).as(title).isTrue();
        assertThat(panel.required("targets")).as(title).isNotEmpty();
        assertThat(panel.required("datasource").required("uid").textValue())
            .isEqualTo("${datasource}");
      }
    }
  }

  @Test
  void grafanaIsToldWhereThingsAre() throws IOException {
    JsonNode sources =
        YAML.readTree(Path.of("grafana", "provisioning", "datasources", "prometheus.yml").toFile());
    JsonNode dashboards =
        YAML.readTree(Path.of("grafana", "provisioning", "dashboards", "eventstream.yml").toFile());

    assertThat(sources.required("datasources").required(0).required("type").textValue())
        .isEqualTo("prometheus");
    assertThat(
            dashboards
                .required("providers")
                .required(0)
                .required("options")
                .required("path")
                .textValue())
        .startsWith("/");
    assertThat(sources.required("apiVersion").intValue()).isEqualTo(1);
    assertThat(dashboards.required("apiVersion").intValue()).isEqualTo(1);
  }
}
