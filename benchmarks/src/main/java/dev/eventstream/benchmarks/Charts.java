package dev.eventstream.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.erichseifert.vectorgraphics2d.Processors;
import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import dev.eventstream.benchmarks.Figures.Figure;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.IChart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Draws the charts of the documentation from the results stored with them. The same results always
 * produce the same images.
 */
public final class Charts {
  private static final String HELP =
      """
      Usage: ./bench charts [--keep]

      Draws the charts of docs/benchmarks from the results in this directory.

        --keep   first copies the results from benchmarks/target to docs/benchmarks
      """;

  /** Stands for a figure's name in place of a parameter's name. */
  private static final String NAME = "name";

  private enum Kind {
    BARS,
    LINES
  }

  /**
   * A chart.
   *
   * @param results the files to draw from, as a glob; one image per file
   * @param suffix appended to the file's name for the image
   * @param title the chart's title
   * @param kind its form; lines over numbers have a logarithmic x axis
   * @param series the parameter that distinguishes the series, or {@link #NAME}
   * @param x the parameter along the x axis, or {@link #NAME}
   * @param xTitle the title of the x axis
   * @param logarithmic whether the y axis is logarithmic
   * @param base the name of the figure that the others are divided by, or null
   * @param names the figures, as a regular expression
   * @param params the required parameters of a figure, if any figure of that name has them
   */
  private record Chart(
      String results,
      String suffix,
      String title,
      Kind kind,
      String series,
      String x,
      String xTitle,
      boolean logarithmic,
      @Nullable String base,
      String names,
      Map<String, String> params) {}

  private static final List<Chart> CHARTS =
      List.of(
          new Chart(
              "ids.json",
              "",
              "Lookup of an existing event ID, 1 thread",
              Kind.BARS,
              NAME,
              "entries",
              "IDs in the table",
              true,
              null,
              "IdLookup\\.\\w+",
              Map.of("hit", "true", "threads", "1")),
          new Chart(
              "flow-*.json",
              "-ratio",
              "Throughput relative to direct _bulk, 4 connections",
              Kind.BARS,
              NAME,
              "batch",
              "events per request",
              false,
              "direct",
              "direct|sdk|sdk with spool|server|ingester",
              Map.of("connections", "4")),
          new Chart(
              "flow-*.json",
              "-server",
              "Throughput of the server by connections",
              Kind.LINES,
              "connections",
              "batch",
              "events per request",
              true,
              null,
              "server",
              Map.of()),
          new Chart(
              "latency.json",
              "-singles",
              "Latency of single events by load",
              Kind.LINES,
              "load",
              NAME,
              "percentile",
              true,
              null,
              "latency .*",
              Map.of("batch", "1")),
          new Chart(
              "latency.json",
              "-batches",
              "Latency of batches of 100 by load",
              Kind.LINES,
              "load",
              NAME,
              "percentile",
              true,
              null,
              "latency .*",
              Map.of("batch", "100")),
          new Chart(
              "growth.json",
              "-connections",
              "Server processor time per event, by connections",
              Kind.LINES,
              NAME,
              "connections",
              "connections",
              true,
              null,
              "server cpu",
              Map.of()),
          new Chart(
              "growth.json",
              "-types",
              "Server processor time per event, by distinct event types",
              Kind.LINES,
              NAME,
              "types",
              "distinct event types",
              true,
              null,
              "server cpu",
              Map.of()),
          new Chart(
              "growth.json",
              "-bytes",
              "Server processor time per event, by event size",
              Kind.LINES,
              NAME,
              "bytes",
              "bytes per event",
              true,
              null,
              "server cpu",
              Map.of()));

  private static final int WIDTH = 860;
  private static final int HEIGHT = 460;

  /** Colours that people with colour vision deficiency can distinguish (Okabe and Ito). */
  private static final Color[] COLORS = {
    new Color(0x0072B2),
    new Color(0xE69F00),
    new Color(0x009E73),
    new Color(0xCC79A7),
    new Color(0x56B4E9),
    new Color(0xD55E00),
    new Color(0x777777),
    new Color(0x000000)
  };

  private static final Marker[] MARKERS = {
    SeriesMarkers.CIRCLE, SeriesMarkers.SQUARE, SeriesMarkers.DIAMOND, SeriesMarkers.TRIANGLE_UP
  };

  private static final ObjectMapper JSON = new ObjectMapper();

  private Charts() {}

  /**
   * Draws all charts that there are results for.
   *
   * @param args the directory with the results, in which the images are written; the directory with
   *     new results; and {@code --keep}, to copy the new results first
   * @throws IOException if the disk fails
   */
  public static void main(String[] args) throws IOException {
    if (CommandLine.printHelp(args, HELP, Map.of())) {
      return;
    }
    System.setProperty("java.awt.headless", "true");
    Path directory = Files.createDirectories(Path.of(args[0]));
    List<String> options = List.of(args).subList(2, args.length);
    if (options.equals(List.of("--keep"))) {
      keep(Path.of(args[1]), directory);
    } else if (!options.isEmpty()) {
      throw new IllegalArgumentException("unknown options " + options + "; see --help");
    }
    for (Chart chart : CHARTS) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, chart.results)) {
        for (Path file : files) {
          draw(chart, file);
        }
      }
    }
  }

  /** Copies results without the names of local directories. */
  private static void keep(Path from, Path directory) throws IOException {
    Set<String> unwanted = Set.of("jvm", "jvmArgs");
    try (DirectoryStream<Path> files = Files.newDirectoryStream(from, "*.json")) {
      for (Path file : files) {
        if (file.getFileName().toString().startsWith("against")) {
          continue;
        }
        JsonNode results = JSON.readTree(file.toFile());
        if (results.isArray()) {
          results.forEach(run -> ((ObjectNode) run).remove(unwanted));
        }
        String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(results) + "\n";
        Files.writeString(directory.resolve(file.getFileName()), text);
      }
    }
  }

  @SuppressWarnings("SystemOut") // lists the images
  private static void draw(Chart chart, Path file) throws IOException {
    List<Figure> figures =
        Results.read(file).stream()
            .filter(figure -> figure.name().matches(chart.names))
            .filter(figure -> key(figure, chart.x) != null && key(figure, chart.series) != null)
            .filter(figure -> hasParams(figure, chart.params))
            .toList();
    if (figures.isEmpty()) {
      return;
    }
    Map<String, Map<String, Double>> series = series(chart, figures);
    List<String> xs =
        new ArrayList<>(new TreeSet<>(figures.stream().map(f -> x(chart, f)).toList()));
    xs.sort((a, b) -> isNumber(a) && isNumber(b) ? Double.compare(number(a), number(b)) : 0);
    if (chart.x.equals(NAME)) {
      xs = figures.stream().map(Figure::name).distinct().toList(); // in the order of the file
    }
    String unit = chart.base == null ? figures.get(0).unit() : "ratio to " + chart.base;
    IChart picture =
        chart.kind == Kind.LINES && xs.stream().allMatch(Charts::isNumber)
            ? overNumbers(chart, series, unit)
            : overCategories(chart, series, xs, unit);
    String name = file.getFileName().toString().replaceFirst("\\.json$", chart.suffix + ".svg");
    ByteArrayOutputStream svg = new ByteArrayOutputStream();
    VectorGraphics2D graphics = new VectorGraphics2D();
    picture.paint(graphics, WIDTH, HEIGHT);
    Processors.get("svg")
        .getDocument(graphics.getCommands(), new PageSize(0, 0, WIDTH, HEIGHT))
        .writeTo(svg);
    Files.writeString(file.resolveSibling(name), svg.toString(UTF_8));
    System.out.println(file.resolveSibling(name));
  }

  private static boolean hasParams(Figure figure, Map<String, String> params) {
    return params.entrySet().stream()
        .allMatch(
            param ->
                figure
                    .params()
                    .getOrDefault(param.getKey(), param.getValue())
                    .equals(param.getValue()));
  }

  /**
   * Groups figures by series and x. If several figures coincide, for example for different numbers
   * of connections, their median is used.
   */
  private static Map<String, Map<String, Double>> series(Chart chart, List<Figure> figures) {
    Map<String, Map<String, List<Double>>> values = new LinkedHashMap<>();
    for (Figure figure : figures) {
      double value = figure.median();
      if (chart.base != null) {
        Double base = base(chart.base, figure, figures);
        if (base == null) {
          continue;
        }
        value /= base;
      }
      values
          .computeIfAbsent(shown(key(figure, chart.series)), name -> new LinkedHashMap<>())
          .computeIfAbsent(x(chart, figure), x -> new ArrayList<>())
          .add(value);
    }
    Map<String, Map<String, Double>> series = new LinkedHashMap<>();
    values.forEach(
        (name, points) -> {
          Map<String, Double> medians = new LinkedHashMap<>();
          points.forEach((x, all) -> medians.put(x, median(all)));
          series.put(chart.series.equals(NAME) ? name : chart.series + ": " + name, medians);
        });
    return series;
  }

  private static @Nullable Double base(String name, Figure figure, List<Figure> figures) {
    return figures.stream()
        .filter(other -> other.name().equals(name) && other.params().equals(figure.params()))
        .map(Figure::median)
        .findFirst()
        .orElse(null);
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  private static IChart overCategories(
      Chart chart, Map<String, Map<String, Double>> series, List<String> xs, String unit) {
    CategoryChart picture =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(chart.title)
            .xAxisTitle(chart.xTitle)
            .yAxisTitle(unit)
            .build();
    picture
        .getStyler()
        .setDefaultSeriesRenderStyle(
            chart.kind == Kind.BARS
                ? CategorySeriesRenderStyle.Bar
                : CategorySeriesRenderStyle.Line)
        .setAvailableSpaceFill(0.8)
        .setOverlapped(
            chart.kind == Kind.LINES); // points on top of each other, bars next to each other
    style(chart, picture.getStyler(), series);
    List<String> labels = xs.stream().map(Charts::grouped).toList();
    series.forEach(
        (name, points) -> picture.addSeries(name, labels, xs.stream().map(points::get).toList()));
    return picture;
  }

  private static IChart overNumbers(
      Chart chart, Map<String, Map<String, Double>> series, String unit) {
    XYChart picture =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(chart.title)
            .xAxisTitle(chart.xTitle)
            .yAxisTitle(unit)
            .build();
    style(chart, picture.getStyler(), series);
    picture.getStyler().setXAxisLogarithmic(true);
    picture.getStyler().setXAxisTickLabelsFormattingFunction(Charts::grouped);
    series.forEach(
        (name, points) -> {
          List<String> xs =
              points.keySet().stream()
                  .sorted((a, b) -> Double.compare(number(a), number(b)))
                  .toList();
          picture.addSeries(
              name,
              xs.stream().map(Charts::number).toList(),
              xs.stream().map(points::get).map(Objects::requireNonNull).toList());
        });
    return picture;
  }

  private static void style(
      Chart chart, AxesChartStyler styler, Map<String, Map<String, Double>> series) {
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    styler.setAxisTickLabelsFont(font);
    styler.setAxisTitleFont(font.deriveFont(Font.BOLD));
    styler.setPlotGridLinesColor(new Color(0xE0E0E0));
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotGridVerticalLinesVisible(chart.kind == Kind.LINES);
    styler.setYAxisLogarithmic(chart.logarithmic);
    styler.setYAxisLogarithmicDecadeOnly(true);
    styler.setYAxisTickLabelsFormattingFunction(Charts::grouped);
    styler.setChartTitleFont(font.deriveFont(Font.BOLD, 16f));
    styler.setLegendFont(font);
    styler.setLegendPosition(LegendPosition.OutsideE);
    styler.setLegendLayout(LegendLayout.Vertical);
    styler.setLegendBorderColor(Color.WHITE);
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderColor(new Color(0xA0A0A0));
    styler.setChartPadding(14);
    styler.setMarkerSize(7);
    styler.setLocale(Locale.ROOT);
    styler.setSeriesColors(COLORS);
    styler.setSeriesMarkers(MARKERS);
    styler.setSeriesLines(new BasicStroke[] {new BasicStroke(2)});
    double[] values =
        series.values().stream()
            .flatMap(points -> points.values().stream())
            .mapToDouble(Double::doubleValue)
            .toArray();
    double min = Arrays.stream(values).min().orElseThrow();
    double max = Arrays.stream(values).max().orElseThrow();
    if (chart.logarithmic) {
      double below = chart.kind == Kind.BARS ? min / 1.5 : min; // so that the lowest bar is visible
      styler.setYAxisMin(Math.pow(10, Math.floor(Math.log10(below))));
      styler.setYAxisMax(Math.pow(10, Math.ceil(Math.log10(max))));
    } else {
      styler.setYAxisMin(0.0);
    }
  }

  private static @Nullable String key(Figure figure, String param) {
    return param.equals(NAME) ? figure.name() : figure.params().get(param);
  }

  private static String x(Chart chart, Figure figure) {
    return String.valueOf(key(figure, chart.x));
  }

  /** Returns a method's name without its class. */
  private static String shown(@Nullable String key) {
    String text = String.valueOf(key);
    return text.matches("[A-Z]\\w*\\.\\w+") ? text.substring(text.indexOf('.') + 1) : text;
  }

  private static boolean isNumber(String text) {
    return text.matches("\\d+(\\.\\d+)?");
  }

  private static double number(String text) {
    return Double.parseDouble(text);
  }

  private static String grouped(String text) {
    return isNumber(text) ? grouped(number(text)) : text;
  }

  private static String grouped(double value) {
    String text = String.format(Locale.ROOT, "%,.6f", value);
    return text.replaceFirst("\\.?0+$", "");
  }
}
