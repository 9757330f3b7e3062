package dev.eventstream.deploy;

import static dev.eventstream.deploy.SavedObjects.OPENSEARCH_DASHBOARDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Rectangle;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The form of what is imported. What it asks the engine is in {@link DashboardQueriesIT}. */
class SavedObjectsTest {
  private static final int GRID_COLUMNS = 48;

  /** Attributes that hold JSON as text, wherever they stand. */
  private static final Set<String> JSON_TEXTS =
      Set.of("visState", "uiStateJSON", "panelsJSON", "optionsJSON", "searchSourceJSON");

  @Test
  void bothProductsGetTheSame() {
    assertThat(titles(SavedObjects.KIBANA)).isEqualTo(titles(OPENSEARCH_DASHBOARDS)).hasSize(11);
  }

  private static Map<String, String> titles(SavedObjects objects) {
    Map<String, String> titles = new TreeMap<>();
    objects
        .byKey()
        .forEach((key, object) -> titles.put(key, SavedObjects.attribute(object, "title")));
    return titles;
  }

  @ParameterizedTest
  @EnumSource
  void everyTextThatIsToBeJsonIsJson(SavedObjects objects) {
    Set<String> seen = new TreeSet<>();

    objects.byKey().values().forEach(object -> parseTexts(object, seen));

    assertThat(seen).isEqualTo(JSON_TEXTS);
  }

  private static void parseTexts(JsonNode node, Set<String> seen) {
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      if (JSON_TEXTS.contains(member.getKey())) {
        assertThat(SavedObjects.parse(member.getValue().textValue()).isContainerNode()).isTrue();
        seen.add(member.getKey());
      }
      parseTexts(member.getValue(), seen);
    }
  }

  @ParameterizedTest
  @EnumSource
  void objectsHaveWhatTheApiTakesAndNothingElse(SavedObjects objects) {
    for (JsonNode object : objects.byKey().values()) {
      Set<String> names = new HashSet<>(Set.of("type", "id", "attributes"));
      if (objects == OPENSEARCH_DASHBOARDS) {
        names.addAll(Set.of("references", "migrationVersion"));
        assertThat(object.required("migrationVersion").size()).isEqualTo(1);
        assertThat(object.required("migrationVersion").has(object.required("type").textValue()))
            .isTrue();
      }
      Set<String> found = new HashSet<>();
      for (Iterator<String> name = object.fieldNames(); name.hasNext(); ) {
        found.add(name.next());
      }
      assertThat(found).as(SavedObjects.key(object)).isEqualTo(names);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyReferenceLeadsToAnObjectOfTheSetAndEachIsShownSomewhere(SavedObjects objects) {
    Set<String> used = new TreeSet<>();
    for (String type : List.of("visualization", "search")) {
      for (JsonNode object : objects.ofType(type)) {
        used.add("index-pattern:" + objects.indexPattern(object));
      }
    }
    for (JsonNode dashboard : objects.ofType("dashboard")) {
      for (JsonNode panel : SavedObjects.nested(dashboard, "panelsJSON")) {
        used.add(objects.panel(dashboard, panel));
      }
      used.add(SavedObjects.key(dashboard));
    }

    assertThat(used).isEqualTo(objects.byKey().keySet());
  }

  @Test
  void referencesThatAreListedAreUsed() {
    for (JsonNode object : OPENSEARCH_DASHBOARDS.byKey().values()) {
      for (JsonNode reference : object.required("references")) {
        String name = reference.required("name").textValue();
        assertThat(object.required("attributes").toString()).contains("\\\"" + name + "\\\"");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void panelsLieInTheGridAndNotUponEachOther(SavedObjects objects) {
    for (JsonNode dashboard : objects.ofType("dashboard")) {
      List<Rectangle> before = new ArrayList<>();
      for (JsonNode panel : SavedObjects.nested(dashboard, "panelsJSON")) {
        JsonNode grid = panel.required("gridData");
        assertThat(grid.required("i")).isEqualTo(panel.required("panelIndex"));
        Rectangle place =
            new Rectangle(
                grid.required("x").intValue(),
                grid.required("y").intValue(),
                grid.required("w").intValue(),
                grid.required("h").intValue());
        assertThat(place.isEmpty()).isFalse();
        assertThat(place.x + place.width).isBetween(1, GRID_COLUMNS);
        assertThat(before).noneMatch(place::intersects);
        before.add(place);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void visualizationsCountAndOrderByWhatTheyCount(SavedObjects objects) {
    for (JsonNode visualization : objects.ofType("visualization")) {
      JsonNode state = SavedObjects.nested(visualization, "visState");
      assertThat(state.required("title").textValue())
          .isEqualTo(SavedObjects.attribute(visualization, "title"));
      Set<String> ids = new HashSet<>();
      Set<String> metrics = new HashSet<>();
      for (JsonNode aggregation : state.required("aggs")) {
        String id = aggregation.required("id").textValue();
        assertThat(ids.add(id)).isTrue();
        if (aggregation.required("schema").textValue().equals("metric")) {
          metrics.add(id);
        }
      }
      assertThat(metrics).isNotEmpty();
      for (JsonNode orderBy : state.required("aggs").findValues("orderBy")) {
        assertThat(metrics).contains(orderBy.textValue());
      }
      for (JsonNode series : state.required("params").path("seriesParams")) {
        assertThat(metrics).contains(series.required("data").required("id").textValue());
      }
    }
  }
}
