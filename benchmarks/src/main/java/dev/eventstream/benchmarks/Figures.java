package dev.eventstream.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The results of a benchmark as a JSON file, the source of tables, charts and comparisons.
 *
 * @param benchmark its name, for example {@code flow}
 * @param when when it ran, ISO-8601
 * @param machine where it ran: processor, cores, memory, JVM, and other relevant facts
 * @param figures the figures in display order
 */
record Figures(
    String benchmark, String when, SortedMap<String, String> machine, List<Figure> figures) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Which direction is an improvement. */
  enum Better {
    HIGHER,
    LOWER
  }

  /**
   * One figure.
   *
   * @param name what was measured, for example {@code server}
   * @param params the conditions, for example {@code batch=1000, connections=16}
   * @param unit its unit, for example {@code events/s}
   * @param better which direction is an improvement
   * @param samples one per round; their median is the figure
   */
  record Figure(
      String name,
      SortedMap<String, String> params,
      String unit,
      Better better,
      List<Double> samples) {

    double median() {
      double[] sorted = sorted();
      int middle = sorted.length / 2;
      return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    double min() {
      return sorted()[0];
    }

    double max() {
      return sorted()[samples.size() - 1];
    }

    private double[] sorted() {
      double[] sorted = samples.stream().mapToDouble(Double::doubleValue).toArray();
      Arrays.sort(sorted);
      return sorted;
    }
  }

  /** Returns an empty set of figures for this machine. */
  static Figures of(String benchmark) {
    SortedMap<String, String> machine = new TreeMap<>();
    machine.put("processor", processor());
    machine.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
    machine.put("memory", memory());
    machine.put(
        "jvm", System.getProperty("java.vm.vendor") + " " + System.getProperty("java.vm.version"));
    return new Figures(
        benchmark,
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        machine,
        new ArrayList<>());
  }

  void add(String name, Map<String, String> params, String unit, Better better, double... samples) {
    figures.add(
        new Figure(
            name, new TreeMap<>(params), unit, better, Arrays.stream(samples).boxed().toList()));
  }

  void write(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), this);
  }

  static Figures read(Path file) throws IOException {
    return JSON.readValue(file.toFile(), Figures.class);
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) { // not Linux
      return System.getProperty("os.arch");
    }
  }

  private static String memory() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean os
        ? (os.getTotalMemorySize() >> 30) + " GiB"
        : "unknown";
  }
}
