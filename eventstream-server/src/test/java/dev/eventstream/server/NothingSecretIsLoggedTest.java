package dev.eventstream.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.eventstream.server.config.ServerSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Sends events that hold a marker through everything that can go wrong, before a cluster that
 * quotes them in its answers, and looks for the marker, and for the cluster's password, in the log.
 */
class NothingSecretIsLoggedTest {
  private static final String MARKER = "Xmarker4711X";
  private static final String PASSWORD = "Xpassword0815X";
  private static final String EVENT =
      "{\"eventType\":\"pageview\",\"eventValue\":\"" + MARKER + "\",\"user\":\"" + MARKER + "\"}";

  private static final String WRITTEN = "{\"create\":{\"status\":201}}";

  @TempDir Path directory;
  private final Queue<String> lines = new ConcurrentLinkedQueue<>();
  private final AppenderBase<ILoggingEvent> recorder =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          String trace =
              event.getThrowableProxy() == null
                  ? ""
                  : ThrowableProxyUtil.asString(event.getThrowableProxy());
          lines.add(event.getLoggerName() + ": " + event.getFormattedMessage() + "\n" + trace);
        }
      };
  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private volatile int status = 200;
  private volatile String item = WRITTEN; // of a bulk answer
  private volatile String garbage = ""; // in place of the answer
  private Server cluster;
  private EventServer server;

  @BeforeEach
  void start() throws Exception {
    recorder.setContext(root.getLoggerContext());
    recorder.start();
    root.addAppender(recorder);
    cluster = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    cluster.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback)
              throws Exception {
            String sent = Content.Source.asString(request);
            boolean bulk = request.getMethod().equals("POST");
            response.setStatus(bulk ? status : 200);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
            String body =
                bulk
                    ? answer(sent)
                    : "{\"version\":{\"number\":\"2.19.6\",\"distribution\":\"opensearch\"}}";
            Content.Sink.write(response, true, body, callback);
            return true;
          }
        });
    cluster.start();
    int port = ((NetworkConnector) cluster.getConnectors()[0]).getLocalPort();
    server =
        EventServer.start(
            ServerSettings.fromEnvironment(
                Map.of(
                    "ELASTICSEARCH_URL", "http://elastic:" + PASSWORD + "@127.0.0.1:" + port,
                    "EVENTSTREAM_HOST", "127.0.0.1",
                    "EVENTSTREAM_PORT", "0",
                    "EVENTSTREAM_DELIVERY_TIMEOUT", "300ms",
                    "EVENTSTREAM_SPOOL_MIN_FREE_BYTES", "0",
                    "EVENTSTREAM_SPOOL_DIR", directory.toString())));
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    cluster.stop();
    root.detachAppender(recorder);
  }

  private String answer(String bulk) {
    long documents = bulk.lines().filter(line -> line.startsWith("{\"create\"")).count();
    List<String> items = Collections.nCopies((int) documents, item);
    return garbage.isEmpty()
        ? "{\"errors\":true,\"items\":[" + String.join(",", items) + "]}"
        : garbage;
  }

  private HttpResponse<String> publish(String body) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1/events"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
  }

  private static String item(int status, String type) {
    return "{\"create\":{\"status\":"
        + status
        + ",\"error\":{\"type\":\""
        + type
        + "\",\"reason\":\"cannot take '"
        + MARKER
        + "'\",\"caused_by\":{\"reason\":\"preview of "
        + MARKER
        + "\"}}}}";
  }

  private void assertNothingSecret() {
    assertThat(lines).noneMatch(line -> line.contains(MARKER)).noneMatch(l -> l.contains(PASSWORD));
  }

  @Test
  void whatTheClusterSaysOfADocumentStaysOutOfTheLog() throws Exception {
    publish(EVENT);
    for (String said :
        List.of(
            item(400, "some_unheard_of_exception"),
            item(429, "es_rejected_execution_exception"),
            item(400, "mapper_parsing_exception"),
            item(400, "validation_exception"),
            item(403, "cluster_block_exception"),
            item(413, "too_large"))) {
      item = said;
      assertThat(publish(EVENT).statusCode()).as(said).isEqualTo(202);
    }

    assertThat(lines).anyMatch(line -> line.contains("some_unheard_of_exception"));
    assertNothingSecret();
  }

  @Test
  void whatAnAnswerThatMakesNoSenseQuotesStaysOutOfTheLog() throws Exception {
    publish(EVENT);
    for (String said :
        List.of(
            MARKER,
            "{\"items\": " + MARKER + "}",
            "<html>" + EVENT + "</html>",
            "{\"" + MARKER + "\": ",
            "[\"" + MARKER + "\"]",
            "{\"items\":[{\"create\":{\"status\":201}}]}" + MARKER)) {
      garbage = said;
      assertThat(publish(EVENT).statusCode()).as(said).isEqualTo(202);
    }
    await().until(() -> lines.stream().anyMatch(line -> line.contains("go to the spool")));

    assertNothingSecret();
  }

  @Test
  void whatTheClusterAnswersToWholeRequestsStaysOutOfTheLogAndSoDoesItsPassword() throws Exception {
    for (int refused : new int[] {401, 403, 404, 429, 500, 503}) {
      status = refused;
      item = item(refused, "security_exception " + PASSWORD);
      assertThat(publish(EVENT).statusCode()).isEqualTo(202);
    }
    cluster.stop();
    assertThat(publish(EVENT).statusCode()).isEqualTo(202);

    assertThat(lines).anyMatch(line -> line.contains("go to the spool"));
    assertNothingSecret();
  }

  @Test
  void whatClientsSendStaysOutOfTheLogHoweverBroken() throws Exception {
    publish("[" + EVENT + ", {\"eventType\": " + MARKER + "}, " + EVENT);
    publish("{\"eventType\":\"" + MARKER + "\",\"eventValue\":1}");
    for (String request :
        List.of(
            "GET /" + MARKER + " HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /%zz" + MARKER + " HTTP/1.1\r\nHost: a\r\n\r\n",
            MARKER + " / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n" + MARKER + "\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: " + MARKER + "\r\n\r\n",
            "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: " + MARKER + "/x\r\n\r\n",
            "POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + MARKER
                + "\r\n",
            "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + EVENT)) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        OutputStream out = socket.getOutputStream();
        out.write(request.getBytes(UTF_8));
        socket.shutdownOutput();
        InputStream in = socket.getInputStream();
        in.readAllBytes();
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("reset"); // as good an answer
      }
    }

    assertNothingSecret();
  }
}
