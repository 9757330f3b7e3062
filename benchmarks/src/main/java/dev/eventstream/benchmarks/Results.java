package dev.eventstream.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.benchmarks.Figures.Better;
import dev.eventstream.benchmarks.Figures.Figure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads figures from our own files or from JMH's. */
final class Results {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The secondary result of each benchmark, if it was measured. */
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private Results() {}

  /** Reads the figures of a file. */
  static List<Figure> read(Path file) throws IOException {
    JsonNode tree = JSON.readTree(file.toFile());
    return tree.isArray() ? ofJmh(tree, false) : Figures.read(file).figures();
  }

  /**
   * Reads the figures of a JMH file with one sample per fork, because iterations of a fork are
   * correlated.
   */
  static List<Figure> readByFork(Path file) throws IOException {
    return ofJmh(JSON.readTree(file.toFile()), true);
  }

  private static List<Figure> ofJmh(JsonNode runs, boolean byFork) {
    List<Figure> figures = new ArrayList<>();
    for (JsonNode run : runs) {
      String benchmark = run.path("benchmark").asText();
      String name =
          benchmark.substring(benchmark.lastIndexOf('.', benchmark.lastIndexOf('.') - 1) + 1);
      SortedMap<String, String> params = new TreeMap<>();
      for (Map.Entry<String, JsonNode> param : run.path("params").properties()) {
        params.put(param.getKey(), param.getValue().asText());
      }
      params.put("threads", run.path("threads").asText());
      Better better = run.path("mode").asText().equals("thrpt") ? Better.HIGHER : Better.LOWER;
      figures.add(figure(name, params, better, run.path("primaryMetric"), byFork));
      JsonNode allocated = run.path("secondaryMetrics").path(ALLOCATED);
      if (!allocated.isMissingNode()) {
        figures.add(figure(name + " " + ALLOCATED, params, Better.LOWER, allocated, byFork));
      }
    }
    return figures;
  }

  private static Figure figure(
      String name,
      SortedMap<String, String> params,
      Better better,
      JsonNode metric,
      boolean byFork) {
    List<Double> samples = new ArrayList<>();
    for (JsonNode fork : metric.path("rawData")) {
      double sum = 0;
      for (JsonNode iteration : fork) {
        sum += iteration.asDouble();
        if (!byFork) {
          samples.add(iteration.asDouble());
        }
      }
      if (byFork) {
        samples.add(sum / fork.size());
      }
    }
    return new Figure(name, params, metric.path("scoreUnit").asText(), better, samples);
  }
}
