package dev.eventstream.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.ServerSettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a real server shows of itself after it has taken an event.
 *
 * @param types of the metrics by name
 * @param series all that there are
 */
record ExposedMetrics(Map<String, String> types, List<Series> series) {
  private static final Pattern SAMPLE = Pattern.compile("([a-z0-9_:]+)(?:\\{(.*)})? \\S+");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\",? ?");

  /** One line, as a server shows it; Prometheus adds job and instance. */
  record Series(String name, Map<String, String> labels) {
    static Series parse(String text) {
      Matcher sample = SAMPLE.matcher(text + " 0");
      assertThat(sample.matches()).as(text).isTrue();
      Map<String, String> labels = new HashMap<>();
      if (sample.group(2) != null) {
        Matcher label = LABEL.matcher(sample.group(2));
        while (label.find()) {
          labels.put(label.group(1), label.group(2));
        }
      }
      return new Series(sample.group(1), labels);
    }

    @Override
    public String toString() {
      return labels.entrySet().stream()
          .map(label -> label.getKey() + "=\"" + label.getValue() + "\"")
          .collect(Collectors.joining(", ", name + "{", "}"));
    }
  }

  /** Without a cluster, which changes values, but no names. */
  static ExposedMetrics of(Path directory) throws Exception {
    Path ids = Files.createDirectory(directory.resolve("ids"));
    Map<String, String> settings =
        Map.of(
            "ELASTICSEARCH_URL", "http://127.0.0.1:1",
            "EVENTSTREAM_HOST", "127.0.0.1",
            "EVENTSTREAM_PORT", "0",
            "EVENTSTREAM_ADMIN_PORT", "0",
            "EVENTSTREAM_ID_DIR", ids.toString(),
            "EVENTSTREAM_BACKUP_INTERVAL", "1d",
            "EVENTSTREAM_SPOOL_DIR", directory.resolve("spool").toString(),
            "EVENTSTREAM_DELIVERY_TIMEOUT", "10ms");
    try (EventServer server = EventServer.start(ServerSettings.fromEnvironment(settings))) {
      send(server.url(), "{\"eventType\": \"pageview\", \"eventValue\": \"homepage\"}");
      System.gc();
      String metrics = "http://127.0.0.1:" + server.adminPort().orElseThrow() + "/metrics";
      await()
          .until(
              () ->
                  send(metrics, null).contains("\njvm_gc_pause_seconds_sum{")
                      && send(metrics, null).contains("\neventstream_http_requests_total{"));
      return parse(send(metrics, null));
    }
  }

  private static String send(String url, String event) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
    if (event != null) {
      request.POST(BodyPublishers.ofString(event));
    }
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString()).body();
  }

  private static ExposedMetrics parse(String text) {
    Map<String, String> types = new HashMap<>();
    List<Series> series = new ArrayList<>();
    for (String line : text.lines().toList()) {
      if (line.startsWith("# TYPE ")) {
        String[] words = line.split(" ", -1);
        types.put(words[2], words[3]);
      } else if (!line.startsWith("#")) {
        series.add(Series.parse(line.substring(0, line.lastIndexOf(' '))));
      }
    }
    assertThat(series).hasSizeGreaterThan(100);
    return new ExposedMetrics(types, series);
  }

  /** All names that an expression may have. */
  Set<String> names() {
    TreeSet<String> names = new TreeSet<>();
    series.forEach(one -> names.add(one.name()));
    return names;
  }

  /** Whether values only grow. */
  boolean isCounted(Series one) {
    return !"gauge".equals(types.get(one.name()));
  }
}
