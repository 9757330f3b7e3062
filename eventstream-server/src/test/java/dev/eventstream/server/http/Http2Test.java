package dev.eventstream.server.http;

import static dev.eventstream.server.fixture.TestServer.CLICK;
import static dev.eventstream.server.fixture.TestServer.HOMEPAGE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.fixture.TestServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.frames.SettingsFrame;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** HTTP/2 without TLS, on the same port as HTTP/1.1. */
class Http2Test {
  private final HTTP2Client http2 = new HTTP2Client();

  @BeforeEach
  void start() throws Exception {
    http2.start();
  }

  @AfterEach
  void stop() throws Exception {
    http2.stop();
  }

  /** What came back; the status is 0 when the server has reset the request. */
  private record Reply(int status, HttpFields headers, String body) {}

  /** A connection of a client that knows that the server speaks HTTP/2. */
  private final class Connection implements Session.Listener {
    final CompletableFuture<Map<Integer, Integer>> settings = new CompletableFuture<>();
    final CompletableFuture<Integer> goAway = new CompletableFuture<>();
    final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Session session;
    private final int port;

    Connection(TestServer server) throws Exception {
      port = server.port();
      session =
          http2.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), this).get();
    }

    @Override
    public void onSettings(Session from, SettingsFrame frame) {
      if (!frame.isReply()) {
        settings.complete(frame.getSettings());
      }
    }

    @Override
    public void onGoAway(Session from, GoAwayFrame frame) {
      goAway.complete(frame.getError());
    }

    @Override
    public void onClose(Session from, GoAwayFrame frame, Callback callback) {
      ended.complete(null);
      callback.succeeded();
    }

    @Override
    public void onFailure(Session from, Throwable failure, Callback callback) {
      ended.complete(null); // reset
      callback.succeeded();
    }

    CompletableFuture<Reply> get(String path) {
      return send("GET", path, HttpFields.EMPTY, null);
    }

    CompletableFuture<Reply> post(String path, String body) {
      return send("POST", path, HttpFields.EMPTY, body.getBytes(UTF_8));
    }

    CompletableFuture<Reply> send(String method, String path, HttpFields headers, byte[] body) {
      CompletableFuture<Reply> reply = new CompletableFuture<>();
      MetaData.Request request =
          new MetaData.Request(
              method, HttpURI.from("http://127.0.0.1:" + port + path), HttpVersion.HTTP_2, headers);
      HeadersFrame head = new HeadersFrame(request, null, body == null);
      var unused =
          session
              .newStream(head, new Reader(reply))
              .whenComplete(
                  (stream, failure) -> {
                    if (failure != null) {
                      reply.completeExceptionally(failure);
                    } else if (body != null) {
                      stream.data(
                          new DataFrame(stream.getId(), ByteBuffer.wrap(body), true),
                          Callback.NOOP);
                    }
                  });
      return reply;
    }
  }

  private static final class Reader implements Stream.Listener {
    private final CompletableFuture<Reply> reply;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private MetaData.Response head;

    Reader(CompletableFuture<Reply> reply) {
      this.reply = reply;
    }

    @Override
    public void onHeaders(Stream stream, HeadersFrame frame) {
      if (frame.getMetaData() instanceof MetaData.Response response) {
        head = response;
      }
      if (frame.isEndStream()) {
        done();
      } else {
        stream.demand();
      }
    }

    @Override
    public void onDataAvailable(Stream stream) {
      Stream.Data data = stream.readData();
      if (data == null) {
        stream.demand();
        return;
      }
      ByteBuffer bytes = data.frame().getByteBuffer();
      while (bytes.hasRemaining()) {
        body.write(bytes.get());
      }
      boolean last = data.frame().isEndStream();
      data.release();
      if (last) {
        done();
      } else {
        stream.demand();
      }
    }

    @Override
    public void onReset(Stream stream, ResetFrame frame, Callback callback) {
      reply.complete(new Reply(0, HttpFields.EMPTY, "reset " + frame.getError()));
      callback.succeeded();
    }

    @Override
    public void onFailure(
        Stream stream, int error, String reason, Throwable failure, Callback callback) {
      reply.completeExceptionally(failure);
      callback.succeeded();
    }

    private void done() {
      reply.complete(new Reply(head.getStatus(), head.getHttpFields(), body.toString(UTF_8)));
    }
  }

  private static HttpRequest request(TestServer server, String path, BodyPublisher body) {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    return body == null ? request.build() : request.POST(body).build();
  }

  @Test
  void takesManyRequestsAtOnceOverOneConnectionOfAClientThatAsksForIt() throws Exception {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
    try (TestServer server = TestServer.start()) {
      HttpResponse<String> first =
          client.send(request(server, "/livez", null), BodyHandlers.ofString());
      assertThat(first.version()).isEqualTo(HttpClient.Version.HTTP_2);
      server.sink.hold();

      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        answers.add(
            client.sendAsync(
                request(server, "/v1/events", BodyPublishers.ofString(CLICK)),
                BodyHandlers.ofString()));
      }
      await().until(() -> server.sink.held() == 50);
      assertThat(server.connections()).isEqualTo(1);
      server.sink.release();

      for (CompletableFuture<HttpResponse<String>> answer : answers) {
        assertThat(answer.get().statusCode()).isEqualTo(200);
        assertThat(answer.get().version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(answer.get().body()).contains("\"outcome\":\"indexed\"");
      }
    }
  }

  @Test
  void aRequestWithABodyThatAsksForHttp2IsTakenAsItIs() throws Exception {
    try (TestServer server = TestServer.start()) {
      BodyPublisher chunks =
          BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(CLICK.getBytes(UTF_8)));
      for (BodyPublisher body : List.of(BodyPublishers.ofString(CLICK), chunks)) {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();

        HttpResponse<String> answer =
            client.send(request(server, "/v1/events", body), BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      }
      assertThat(server.sink.written()).hasSize(2);
    }
  }

  @Test
  void needsNoAskingAndSaysItsLimits() throws Exception {
    try (TestServer server = TestServer.start()) {
      Connection client = new Connection(server);

      Reply reply = client.post("/v1/events", HOMEPAGE).get();

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.body()).contains("\"outcome\":\"indexed\"");
      assertThat(client.settings.get())
          .containsEntry(SettingsFrame.MAX_CONCURRENT_STREAMS, 100)
          .containsEntry(SettingsFrame.MAX_HEADER_LIST_SIZE, 8 * 1024)
          .containsEntry(SettingsFrame.INITIAL_WINDOW_SIZE, 128 * 1024)
          .containsEntry(SettingsFrame.ENABLE_CONNECT_PROTOCOL, 0);
    }
  }

  @Test
  void answersProblemsAsOverHttp1() throws Exception {
    try (TestServer server = TestServer.start()) {
      Connection client = new Connection(server);
      HttpFields gzip = HttpFields.build().put("Content-Encoding", "gzip");

      assertThat(client.get("/nowhere").get().status()).isEqualTo(404);
      assertThat(client.post("/v1/events", "7").get().status()).isEqualTo(400);
      assertThat(client.send("POST", "/", gzip, new byte[9]).get().status()).isEqualTo(400);
      Reply large = client.post("/", " ".repeat((10 << 20) + 1)).get();
      assertThat(large.status()).isEqualTo(413);
      assertThat(large.headers().get("Content-Type")).isEqualTo("application/problem+json");
      assertThat(client.post("/", HOMEPAGE + " ".repeat((10 << 20) - HOMEPAGE.length())).get())
          .extracting(Reply::status)
          .isEqualTo(200);
    }
  }

  @Test
  void endsAConnectionWhoseHeadersAreLargerThanItSaid() throws Exception {
    try (TestServer server = TestServer.start()) {
      Connection client = new Connection(server);
      client.settings.get(); // to do what they say is not possible
      ((HTTP2Session) client.session)
          .getGenerator()
          .getHpackEncoder()
          .setMaxHeaderListSize(1 << 20);
      HttpFields.Mutable large = HttpFields.build();
      for (int i = 0; i < 300; i++) {
        large.add("x", "y"); // of which each counts for 34 bytes
      }

      assertThat(client.send("POST", "/", large, new byte[1])).failsWithin(Duration.ofSeconds(20));
      client.ended.get();
      assertThat(server.get("/livez").status()).isEqualTo(200);
    }
  }

  @Test
  void boundsTheRequestsUnderWayOverAllConnections() throws Exception {
    HttpLimits usual = TestServer.limits();
    HttpLimits narrow = usual.withRoom(4, usual.memoryBytes());
    try (TestServer server = TestServer.start(narrow)) {
      Connection one = new Connection(server);
      Connection two = new Connection(server);
      server.sink.hold();
      List<CompletableFuture<Reply>> held =
          List.of(
              one.post("/", HOMEPAGE),
              one.post("/", CLICK),
              two.post("/", HOMEPAGE),
              two.post("/", CLICK));
      await().until(() -> server.sink.held() == 4);

      Reply refused = one.post("/v1/events", HOMEPAGE).get();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.headers().get("Retry-After")).isEqualTo("1");
      assertThat(two.get("/livez").get().status()).isEqualTo(503);

      server.sink.release();
      for (CompletableFuture<Reply> reply : held) {
        assertThat(reply.get().status()).isEqualTo(200);
      }
      await().until(() -> two.get("/livez").get().status() == 200);
      assertThat(one.post("/v1/events", HOMEPAGE).get().status()).isEqualTo(200);
    }
  }

  @Test
  void endsAConnectionThatKeepsItBusyWithNothing() throws Exception {
    try (TestServer server = TestServer.start()) {
      Connection client = new Connection(server);
      for (int i = 0; i < 1_000 && !client.ended.isDone(); i++) {
        client.session.ping(new PingFrame(i, false), Callback.NOOP);
      }

      client.ended.get();
      assertThat(server.get("/livez").status()).isEqualTo(200);
    }
  }

  @Test
  void answers408ToABodyThatDoesNotCome() throws Exception {
    try (TestServer server = TestServer.start(TestServer.withIdleTimeout(Duration.ofMillis(200)))) {
      Connection client = new Connection(server);
      CompletableFuture<Reply> reply = new CompletableFuture<>();
      MetaData.Request request =
          new MetaData.Request(
              "POST",
              HttpURI.from("http://127.0.0.1:" + server.port() + "/"),
              HttpVersion.HTTP_2,
              HttpFields.EMPTY);
      var unused =
          client.session.newStream(new HeadersFrame(request, null, false), new Reader(reply));

      assertThat(reply.get().status()).isEqualTo(408);
    }
  }

  @Test
  void waitsForAnAnswerLongerThanAConnectionMayBeSilent() throws Exception {
    Duration idle = Duration.ofMillis(200);
    try (TestServer server = TestServer.start(TestServer.withIdleTimeout(idle))) {
      Connection client = new Connection(server);
      server.sink.hold();
      CompletableFuture<Reply> reply = client.post("/", HOMEPAGE);
      await().until(() -> server.sink.held() == 1);
      long held = System.nanoTime();
      await().until(() -> System.nanoTime() - held > 4.5 * idle.toNanos());

      server.sink.release();

      assertThat(reply.get().status()).isEqualTo(200);
    }
  }

  @Test
  void answersTheRequestsThatRunWhenItIsClosed() throws Exception {
    try (TestServer server = TestServer.start()) {
      Connection client = new Connection(server);
      server.sink.hold();
      CompletableFuture<Reply> reply = client.post("/", HOMEPAGE);
      await().until(() -> server.sink.held() == 1);

      CompletableFuture<Void> closing =
          CompletableFuture.runAsync(
              () -> {
                try {
                  server.closeHttp();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(client.goAway.get()).isEqualTo(ErrorCode.NO_ERROR.code);
      server.sink.release();

      assertThat(reply.get().status()).isEqualTo(200);
      assertThat(closing).succeedsWithin(Duration.ofSeconds(10));
    }
  }
}
