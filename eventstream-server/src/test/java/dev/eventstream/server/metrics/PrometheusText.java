package dev.eventstream.server.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads Prometheus's text format, strictly. */
final class PrometheusText {
  private static final List<Path> PROMTOOL =
      List.of(Path.of("/usr/bin/promtool"), Path.of("/usr/local/bin/promtool"));
  private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\\\\\"n])*)\"(,|$)");

  /** One line. */
  record Sample(String name, Map<String, String> labels, double value) {}

  /** All lines of a metric. */
  record Family(String name, String type, List<Sample> samples) {
    /** The names of the labels, without those of the format itself. */
    TreeSet<String> labels() {
      TreeSet<String> names = new TreeSet<>();
      samples.forEach(sample -> names.addAll(sample.labels.keySet()));
      names.remove("le");
      return names;
    }
  }

  private final Map<String, Family> families = new LinkedHashMap<>();

  private PrometheusText() {}

  static PrometheusText parse(String text) throws IOException, InterruptedException {
    PrometheusText parsed = new PrometheusText();
    assertThat(text).endsWith("\n");
    Family family = null;
    String help = "";
    for (String line : text.lines().toList()) {
      if (line.startsWith("# HELP ")) {
        help = line.split(" ", 4)[2];
      } else if (line.startsWith("# TYPE ")) {
        String[] words = line.split(" ", -1);
        assertThat(words).hasSize(4);
        assertThat(words[2]).as("HELP before TYPE").isEqualTo(help).matches(NAME);
        assertThat(words[3]).isIn("counter", "gauge", "histogram", "summary");
        family = new Family(words[2], words[3], new ArrayList<>());
        assertThat(parsed.families.put(words[2], family)).as(line).isNull();
      } else {
        assertThat(family).as("a TYPE before %s", line).isNotNull();
        family.samples.add(sample(line, family));
      }
    }
    parsed.families.values().forEach(PrometheusText::check);
    lint(text);
    return parsed;
  }

  private static Sample sample(String line, Family family) {
    Matcher matcher = SAMPLE.matcher(line);
    assertThat(matcher.matches()).as(line).isTrue();
    String suffix = matcher.group(1).substring(family.name.length());
    assertThat(matcher.group(1)).as(line).startsWith(family.name);
    assertThat(suffix)
        .as(line)
        .isIn(
            switch (family.type) {
              case "histogram" -> List.of("_bucket", "_sum", "_count");
              case "summary" -> List.of("", "_sum", "_count");
              default -> List.of("");
            });
    Map<String, String> labels = new TreeMap<>();
    if (matcher.group(2) != null) {
      Matcher label = LABEL.matcher(matcher.group(2));
      int end = 0;
      while (label.find()) {
        assertThat(label.start()).as(line).isEqualTo(end);
        assertThat(labels.put(label.group(1), label.group(2))).as(line).isNull();
        end = label.end();
      }
      assertThat(end).as(line).isEqualTo(matcher.group(2).length());
    }
    return new Sample(matcher.group(1), labels, number(matcher.group(3)));
  }

  private static double number(String text) {
    return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
  }

  private static void check(Family family) {
    if (family.type.equals("counter")) {
      assertThat(family.name).endsWith("_total");
      assertThat(family.samples).allMatch(sample -> sample.value >= 0);
    }
    assertThat(family.samples)
        .extracting(sample -> sample.name + sample.labels)
        .doesNotHaveDuplicates();
    if (family.type.equals("histogram")) {
      double last = 0;
      for (Sample sample : family.samples) {
        if (sample.name.endsWith("_bucket")) {
          assertThat(sample.value).as("%s", sample).isGreaterThanOrEqualTo(last);
          last = sample.labels.get("le").equals("+Inf") ? 0 : sample.value;
        }
      }
    }
  }

  /** Prometheus's own opinion, where it is installed. */
  private static void lint(String text) throws IOException, InterruptedException {
    Optional<Path> installed = PROMTOOL.stream().filter(Files::isExecutable).findFirst();
    if (installed.isEmpty()) {
      return;
    }
    Process promtool =
        new ProcessBuilder(installed.get().toString(), "check", "metrics")
            .redirectErrorStream(true)
            .start();
    promtool.getOutputStream().write(text.getBytes(UTF_8));
    promtool.getOutputStream().close();
    String said = new String(promtool.getInputStream().readAllBytes(), UTF_8);
    int status = promtool.waitFor();
    List<String> ofOurs = said.lines().filter(line -> line.startsWith("eventstream_")).toList();
    assertThat(status)
        .as(said)
        .isNotEqualTo(1); // 3: it has read everything, and would name it else
    assertThat(ofOurs).isEmpty();
  }

  Map<String, Family> families() {
    return families;
  }

  /** The value of one sample; labels as name, value, name, value … */
  double value(String name, String... labels) {
    Map<String, String> wanted = new TreeMap<>();
    for (int i = 0; i < labels.length; i += 2) {
      wanted.put(labels[i], labels[i + 1]);
    }
    List<Sample> found =
        families.values().stream()
            .flatMap(family -> family.samples.stream())
            .filter(sample -> sample.name.equals(name) && sample.labels.equals(wanted))
            .toList();
    assertThat(found).as("%s%s", name, wanted).hasSize(1);
    return found.get(0).value;
  }
}
