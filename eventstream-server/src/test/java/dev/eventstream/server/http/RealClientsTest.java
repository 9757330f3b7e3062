package dev.eventstream.server.http;

import static dev.eventstream.server.fixture.TestServer.CLICK;
import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.entity.GzipCompressingEntity;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that people use, and what log shippers send. */
class RealClientsTest {
  private static final String BATCH = "[" + CLICK + "," + HOMEPAGE + "]";

  private TestServer server;
  private String url;

  @BeforeEach
  void start() throws Exception {
    server = TestServer.start();
    url = "http://127.0.0.1:" + server.port();
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  @Test
  void answersTheClientOfTheJdkAlsoWhenItWouldRatherSpeakHttp2() throws Exception {
    for (HttpClient.Version version : HttpClient.Version.values()) {
      server.sink.written().clear();
      HttpClient client = HttpClient.newBuilder().version(version).build();
      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        HttpRequest request =
            HttpRequest.newBuilder(URI.create(url + "/v1/events"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(BATCH))
                .build();
        answers.add(client.sendAsync(request, BodyHandlers.ofString()));
      }

      for (CompletableFuture<HttpResponse<String>> answer : answers) {
        assertThat(answer.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
      }
      assertThat(server.sink.written()).hasSize(200);
    }
  }

  @ParameterizedTest
  @MethodSource("entities")
  void answersApachesClient(boolean expectContinue, HttpEntity entity) throws Exception {
    RequestConfig config = RequestConfig.custom().setExpectContinueEnabled(expectContinue).build();
    try (CloseableHttpClient client =
        HttpClients.custom().setDefaultRequestConfig(config).build()) {
      for (int i = 0; i < 3; i++) { // over one connection
        HttpPost post = new HttpPost(url + "/v1/events");
        post.setEntity(entity);
        int status = client.execute(post, answer -> answer.getCode());
        assertThat(status).isEqualTo(200);
      }
    }
    assertThat(server.sink.written()).hasSize(6);
  }

  static Stream<Arguments> entities() {
    StringEntity plain = new StringEntity(BATCH, ContentType.APPLICATION_JSON);
    StringEntity chunked = new StringEntity(BATCH, ContentType.APPLICATION_JSON, "", true);
    return Stream.of(
        Arguments.of(false, plain),
        Arguments.of(true, plain),
        Arguments.of(true, chunked),
        Arguments.of(false, new GzipCompressingEntity(plain)),
        Arguments.of(true, new GzipCompressingEntity(plain)));
  }

  @Test
  void answersOkHttp() throws Exception {
    OkHttpClient client = new OkHttpClient();
    for (byte[] body : List.of(BATCH.getBytes(UTF_8), gzip(BATCH))) {
      Request.Builder request =
          new Request.Builder()
              .url(url + "/v1/events")
              .post(RequestBody.create(body, MediaType.get("application/json; charset=utf-8")));
      if (body.length != BATCH.length()) {
        request.header("Content-Encoding", "gzip");
      }
      for (int i = 0; i < 3; i++) {
        try (Response response = client.newCall(request.build()).execute()) {
          assertThat(response.code()).isEqualTo(200);
          assertThat(RawClient.JSON.readTree(response.body().string()).get("results")).hasSize(2);
        }
      }
    }
    assertThat(server.sink.written()).hasSize(12);
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
  }

  /** Calls curl, which also prints the status and the number of connections. */
  static Stream<List<String>> curl() {
    return Stream.of(
        List.of(),
        List.of("--http1.0"),
        List.of("--http2"),
        List.of("--http2-prior-knowledge"),
        List.of("-H", "Expect: 100-continue"),
        List.of("-H", "Transfer-Encoding: chunked"),
        List.of("-H", "Content-Type:"),
        List.of("-H", "Connection: close"));
  }

  @ParameterizedTest
  @MethodSource("curl")
  void answersCurl(List<String> options, @TempDir Path directory) throws Exception {
    Path body = Files.writeString(directory.resolve("body"), BATCH);
    List<String> command = new ArrayList<>();
    command.addAll(List.of("curl", "-sS", "--max-time", "20", "--data-binary", "@" + body));
    command.addAll(List.of("-H", "Content-Type: application/json", "-w", "\n%{http_code}\n"));
    command.addAll(options);
    // curl 7.88 cannot use a connection again that began with HTTP/2.
    int times = options.contains("--http2-prior-knowledge") ? 1 : 2;
    command.addAll(Collections.nCopies(times, url + "/v1/events"));

    List<String> lines = run(command);

    assertThat(lines).hasSize(2 * times).element(1).isEqualTo("200");
    assertThat(lines).last().isEqualTo("200");
    assertThat(RawClient.JSON.readTree(lines.get(0)).get("results")).hasSize(2);
    assertThat(server.sink.written()).hasSize(2 * times);
  }

  private static List<String> run(List<String> command) throws Exception {
    assumeTrue(
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, command.get(0)))),
        command.get(0) + " is not in the PATH");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.lines().toList();
  }

  /**
   * What Fluent Bit's output {@code http} sends for its formats {@code json}, {@code json_stream}
   * and {@code json_lines}, and Vector's sink {@code http} for codec {@code json} with its
   * framings.
   */
  static Stream<Arguments> shippers() {
    String fluent = "{\"date\":1764115200.123456,";
    String one = CLICK.replace("{", fluent);
    String two = HOMEPAGE.replace("{", fluent);
    return Stream.of(
        Arguments.of("Fluent-Bit", "application/json", "[" + one + "," + two + "]"),
        Arguments.of("Fluent-Bit", "application/json", one + two),
        Arguments.of("Fluent-Bit", "application/x-ndjson", one + "\n" + two + "\n"),
        Arguments.of("Vector/0.50.0", "application/x-ndjson", CLICK + "\n" + HOMEPAGE),
        Arguments.of("Vector/0.50.0", "application/json", BATCH));
  }

  @ParameterizedTest
  @MethodSource("shippers")
  void takesWhatLogShippersSend(String agent, String type, String body) throws Exception {
    for (boolean zipped : new boolean[] {false, true}) {
      server.sink.written().clear();
      byte[] bytes = zipped ? gzip(body) : body.getBytes(UTF_8);
      try (RawClient client = server.connect()) {
        client.send(
            RawClient.head(
                "POST",
                "/v1/events",
                (zipped ? "Content-Encoding: gzip\r\n" : "")
                    + ("User-Agent: " + agent + "\r\nContent-Type: " + type + "\r\n")
                    + ("Content-Length: " + bytes.length + "\r\n")));

        RawClient.Reply reply = client.send(bytes).read();

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
      }
      assertThat(server.sink.written()).hasSize(2);
      for (int i = 0; i < 2; i++) {
        JsonNode source = RawClient.JSON.readTree(server.sink.written().get(i).source());
        assertThat(source.get("eventValue").asText()).isEqualTo(i == 0 ? "click" : "homepage");
        assertThat(source.has("date")).isEqualTo(agent.equals("Fluent-Bit"));
      }
    }
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(text.getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }
}
