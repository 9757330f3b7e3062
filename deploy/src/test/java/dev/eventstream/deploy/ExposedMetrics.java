package dev.eventstream.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.DocumentBatch;
import dev.eventstream.EventSink;
import dev.eventstream.EventStream;
import dev.eventstream.ItemResult;
import dev.eventstream.SinkResult;
import dev.eventstream.id.DirectoryIdResolver;
import dev.eventstream.server.http.HttpEndpoints;
import dev.eventstream.server.http.HttpOptions;
import dev.eventstream.server.metrics.Metrics;
import dev.eventstream.spool.MapDbSpool;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Server;

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

  private static final class Sink implements EventSink {
    @Override
    public CompletionStage<SinkResult> write(DocumentBatch documents) {
      return CompletableFuture.completedFuture(
          SinkResult.all(documents.size(), ItemResult.WRITTEN));
    }

    @Override
    public void close() {}
  }

  static ExposedMetrics of(Path directory) throws Exception {
    Path ids = Files.createDirectory(directory.resolve("ids"));
    try (Metrics metrics = Metrics.create("1");
        DirectoryIdResolver resolver = DirectoryIdResolver.open(ids);
        EventStream stream =
            EventStream.builder()
                .sink(new Sink())
                .idResolver(resolver)
                .spool(MapDbSpool.builder(directory.resolve("spool")).minFreeBytes(0).open())
                .listener(metrics.listener())
                .build()) {
      metrics.watch(stream);
      metrics.watch(resolver);
      Server admin = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (HttpEndpoints http =
          HttpEndpoints.start(stream, HttpOptions.open("127.0.0.1", 0), metrics)) {
        metrics.watchConnections(http::connections);
        admin.setHandler(metrics.handler());
        admin.start();
        int port = ((NetworkConnector) admin.getConnectors()[0]).getLocalPort();
        send(http.port(), "{\"eventType\": \"pageview\", \"eventValue\": \"homepage\"}");
        System.gc();
        await()
            .until(
                () ->
                    send(port, null).contains("\njvm_gc_pause_seconds_sum{")
                        && send(port, null).contains("\neventstream_http_requests_total{"));
        return parse(send(port, null));
      } finally {
        admin.stop();
      }
    }
  }

  private static String send(int port, String event) throws Exception {
    URI url = URI.create("http://127.0.0.1:" + port + "/");
    HttpRequest.Builder request = HttpRequest.newBuilder(url);
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
  TreeSet<String> names() {
    TreeSet<String> names = new TreeSet<>();
    series.forEach(one -> names.add(one.name()));
    return names;
  }

  /** Whether values only grow. */
  boolean isCounted(Series one) {
    return !"gauge".equals(types.get(one.name()));
  }
}
