package dev.eventstream.server.metrics;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.http.RequestError;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricsTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private static Server serve(Handler handler) throws Exception {
    Server server = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    server.setHandler(handler);
    server.start();
    return server;
  }

  private static URI url(Server server, String path) {
    int port = ((NetworkConnector) server.getConnectors()[0]).getLocalPort();
    return URI.create("http://127.0.0.1:" + port + path);
  }

  private static HttpResponse<String> get(Server server, String accept)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(url(server, "/metrics"));
    if (!accept.isEmpty()) {
      request.header("Accept", accept);
    }
    return CLIENT.send(request.build(), BodyHandlers.ofString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|text/plain; version=0.0.4; charset=utf-8",
        "*/*|text/plain; version=0.0.4; charset=utf-8",
        "text/plain|text/plain; version=0.0.4; charset=utf-8",
        "image/png|text/plain; version=0.0.4; charset=utf-8",
        "application/openmetrics-text; version=1.0.0|"
            + "application/openmetrics-text; version=1.0.0; charset=utf-8",
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3,*/*;q=0.2|"
            + "application/openmetrics-text; version=1.0.0; charset=utf-8",
        "application/openmetrics-text;q=0.1,text/plain;q=0.3|"
            + "text/plain; version=0.0.4; charset=utf-8"
      })
  void answersInTheFormatThatIsPreferred(String accept, String contentType) throws Exception {
    try (Metrics metrics = Metrics.create("1.2.3")) {
      Server server = serve(metrics.handler());
      try {
        HttpResponse<String> response = get(server, accept);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains(contentType);
        if (contentType.startsWith("text/")) {
          PrometheusText text = PrometheusText.parse(response.body());
          assertThat(text.value("eventstream_build_info", "version", "1.2.3")).isEqualTo(1);
        } else {
          assertThat(response.body()).endsWith("# EOF\n");
        }
      } finally {
        server.stop();
      }
    }
  }

  @Test
  void countsRequestsRefusalsAndBodies() throws Exception {
    try (Metrics metrics = Metrics.create("1")) {
      metrics.answered("POST /v1/events", 200, 100, null);
      metrics.answered("POST /v1/events", 202, 50, null);
      metrics.answered("POST /v1/events", 413, 7, RequestError.BODY_TOO_LARGE);
      metrics.answered("other", 0, 0, null);
      metrics.watchConnections(() -> 3);
      Server server = serve(metrics.handler());
      try {
        PrometheusText text = PrometheusText.parse(get(server, "").body());

        String requests = "eventstream_http_requests_total";
        assertThat(text.value(requests, "endpoint", "POST /v1/events", "status", "2xx"))
            .isEqualTo(2);
        assertThat(text.value(requests, "endpoint", "POST /v1/events", "status", "4xx"))
            .isEqualTo(1);
        assertThat(text.value(requests, "endpoint", "other", "status", "none")).isEqualTo(1);
        assertThat(text.value("eventstream_http_refusals_total", "reason", "body_too_large"))
            .isEqualTo(1);
        assertThat(text.value("eventstream_http_refusals_total", "reason", "rate_limited"))
            .isZero();
        assertThat(text.value("eventstream_http_request_body_bytes_total")).isEqualTo(157);
        assertThat(text.value("eventstream_http_connections")).isEqualTo(3);
      } finally {
        server.stop();
      }
    }
  }

  @Test
  void losesNoRequestThatSeveralThreadsCount() throws Exception {
    try (Metrics metrics = Metrics.create("1")) {
      ExecutorService threads = Executors.newFixedThreadPool(8);
      for (int i = 0; i < 8; i++) {
        threads.execute(
            () -> {
              for (int n = 0; n < 1_000; n++) {
                metrics.answered("POST /", 200, 1, null);
              }
            });
      }
      threads.shutdown();
      await().until(threads::isTerminated);
      Server server = serve(metrics.handler());
      try {
        PrometheusText text = PrometheusText.parse(get(server, "").body());

        assertThat(
                text.value(
                    "eventstream_http_requests_total", "endpoint", "POST /", "status", "2xx"))
            .isEqualTo(8_000);
        assertThat(text.value("eventstream_http_request_body_bytes_total")).isEqualTo(8_000);
      } finally {
        server.stop();
      }
    }
  }

  @Test
  void sendsTheSameMetersToACollectorAndALastTimeWhenClosed() throws Exception {
    ConcurrentLinkedQueue<String> received = new ConcurrentLinkedQueue<>();
    Server collector =
        serve(
            new Handler.Abstract() {
              @Override
              public boolean handle(Request request, Response response, Callback callback)
                  throws Exception {
                received.add(
                    request.getMethod()
                        + " "
                        + Request.getPathInContext(request)
                        + " "
                        + ISO_8859_1.decode(Content.Source.asByteBuffer(request)));
                callback.succeeded();
                return true;
              }
            });
    try {
      Metrics metrics = Metrics.create("1.2.3", url(collector, "/v1/metrics"), Duration.ofHours(1));
      metrics.answered("POST /", 200, 1, null);
      metrics.close();

      assertThat(received).isNotEmpty();
      assertThat(received.element())
          .startsWith("POST /v1/metrics ")
          .contains("eventstream.http.requests")
          .contains("eventstream.bulk.duration")
          .contains("service.name")
          .contains("1.2.3");
    } finally {
      collector.stop();
    }
  }

  @Test
  void takesNoIntervalThatWouldFloodTheCollector() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Metrics.create("1", URI.create("http://localhost:4318"), Duration.ofMillis(10)))
        .withMessage("the OTLP interval is 10 ms; it must be at least 1 s");
  }
}
