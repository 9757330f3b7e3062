package dev.eventstream.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.opentelemetry.EventStreamTracing;
import dev.eventstream.server.HttpOptions;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.TestServer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TracedRequestsTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "b7ad6b7169203331";

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final OpenTelemetrySdk sdk =
      OpenTelemetrySdk.builder()
          .setTracerProvider(
              SdkTracerProvider.builder()
                  .addSpanProcessor(SimpleSpanProcessor.create(spans))
                  .build())
          .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
          .build();

  @AfterEach
  void closeSdk() {
    sdk.close();
  }

  private TestServer start() throws Exception {
    HttpOptions options = HttpOptions.open("127.0.0.1", 0).withOpenTelemetry(sdk);
    return TestServer.start(options, stream -> stream.listener(EventStreamTracing.of(sdk)));
  }

  private SpanData span(String name) {
    await()
        .until(() -> spans.getFinishedSpanItems().stream().anyMatch(s -> s.getName().equals(name)));
    return spans.getFinishedSpanItems().stream()
        .filter(span -> span.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void goesOnWithTheClientsTraceDownToTheBulkRequest() throws Exception {
    try (TestServer server = start();
        RawClient client = server.connect()) {
      String headers =
          "traceparent: 00-"
              + TRACE
              + "-"
              + PARENT
              + "-01\r\n"
              + "Content-Type: application/json\r\n"
              + "Content-Length: "
              + TestServer.CLICK.length()
              + "\r\n";
      client.send(RawClient.head("POST", "/v1/events", headers) + TestServer.CLICK);
      assertThat(client.read().status()).isEqualTo(200);

      SpanData request = span("POST /v1/events");
      assertThat(request.getTraceId()).isEqualTo(TRACE);
      assertThat(request.getParentSpanId()).isEqualTo(PARENT);
      assertThat(request.getKind()).isEqualTo(SpanKind.SERVER);
      assertThat(request.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
      assertThat(request.getAttributes().get(AttributeKey.longKey("http.response.status_code")))
          .isEqualTo(200);
      assertThat(span("bulk").getTraceId()).isEqualTo(TRACE);
      assertThat(span("bulk").getParentSpanId()).isEqualTo(request.getSpanId());
    }
  }

  @Test
  void startsATraceWhereTheClientNamesNone() throws Exception {
    try (TestServer server = start()) {
      server.post("/", "{");

      SpanData request = span("POST /");
      assertThat(request.getParentSpanContext().isValid()).isFalse();
      assertThat(request.getAttributes().get(AttributeKey.longKey("http.response.status_code")))
          .isEqualTo(400);
    }
  }
}
