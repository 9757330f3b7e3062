package dev.eventstream.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.id.DirectoryIdResolver;
import dev.eventstream.server.HttpEndpoints;
import dev.eventstream.server.HttpOptions;
import dev.eventstream.server.fixture.FakeSink;
import dev.eventstream.server.http.HttpLimits;
import dev.eventstream.spool.MapDbSpool;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/metrics.md against what a server exposes. */
class MetricsDocumentTest {
  private static final Pattern ROW =
      Pattern.compile("\\| `([a-z_]+)` \\| (\\w+) \\|([^|]*)\\| [^|]+ \\|");

  @TempDir Path directory;

  @Test
  void everyMetricIsDocumentedWithItsTypeAndItsLabelsAndNoOtherIs() throws Exception {
    Map<String, String> documented = documented();
    Map<String, String> exposed = new TreeMap<>();
    PrometheusText text = scrape();
    text.families()
        .forEach(
            (name, family) -> {
              boolean max =
                  name.endsWith("_max")
                      && text.families().containsKey(name.substring(0, name.length() - 4));
              boolean known = name.startsWith("eventstream_") || documented.containsKey(name);
              if (known && !max) {
                exposed.put(name, family.type() + " " + family.labels());
              }
            });

    assertThat(exposed).isEqualTo(documented);
  }

  /** Type and labels by name. */
  private static Map<String, String> documented() throws Exception {
    Map<String, String> rows = new TreeMap<>();
    for (String line : Files.readAllLines(Path.of("..", "docs", "metrics.md"))) {
      if (line.matches("\\| `[a-z]+_.*")) {
        Matcher row = ROW.matcher(line);
        assertThat(row.matches()).as(line).isTrue();
        TreeSet<String> labels = new TreeSet<>(Arrays.asList(row.group(3).split("[`, ]+")));
        labels.remove("");
        rows.put(row.group(1), row.group(2) + " " + labels);
      }
    }
    assertThat(rows).isNotEmpty();
    return rows;
  }

  private PrometheusText scrape() throws Exception {
    Path ids = Files.createDirectory(directory.resolve("ids"));
    try (Metrics metrics = Metrics.create("1");
        DirectoryIdResolver resolver = DirectoryIdResolver.open(ids);
        EventStream stream =
            EventStream.builder()
                .sink(new FakeSink())
                .idResolver(resolver)
                .spool(MapDbSpool.builder(directory.resolve("spool")).minFreeBytes(0).open())
                .listener(metrics.listener())
                .build()) {
      metrics.watch(stream);
      metrics.watch(resolver);
      stream.publish(Event.of("pageview", "home")).join();
      Server admin = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (HttpEndpoints http =
          HttpEndpoints.start(
              stream, HttpOptions.open("127.0.0.1", 0), metrics, HttpLimits.ofThisProcess())) {
        metrics.watchConnections(http::connections);
        metrics.watchRequestMemory(http::requestMemory);
        metrics.watchDisk(Path.of("."));
        metrics.watchBackups(Duration.ofDays(1), () -> 0, () -> 0).run();
        get(http.port(), "/livez");
        admin.setHandler(metrics.handler());
        admin.start();
        int port = ((NetworkConnector) admin.getConnectors()[0]).getLocalPort();
        await().until(() -> get(port, "/").contains("eventstream_http_requests_total"));
        return PrometheusText.parse(get(port, "/"));
      } finally {
        admin.stop();
      }
    }
  }

  private static String get(int port, String path) throws Exception {
    URI url = URI.create("http://127.0.0.1:" + port + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString())
        .body();
  }
}
