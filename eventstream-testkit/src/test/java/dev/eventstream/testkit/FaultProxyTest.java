package dev.eventstream.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each test plays both the client and the target, byte by byte. */
class FaultProxyTest {

  private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String BULK =
      "POST /_bulk HTTP/1.1\r\nHost: x\r\ncontent-length: 10\r\n\r\n0123456789";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcdefghij";
  private static final String HALF = OK.substring(0, OK.length() - 5);

  private static final String CHUNKS =
      "A;x=y\r\n0123456789\r\n02\r\n\r\n\r\n0\r\nTrailer: 1\r\n\r\n";

  private final List<Socket> sockets = new ArrayList<>();
  private ServerSocket target;
  private FaultProxy proxy;

  @BeforeEach
  void start() throws IOException {
    target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    target.setSoTimeout(10_000);
    proxy = FaultProxy.start(URI.create("http://127.0.0.1:" + target.getLocalPort()));
  }

  @AfterEach
  void end() throws IOException {
    proxy.close();
    target.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private Socket connect() throws IOException {
    return remember(new Socket(InetAddress.getLoopbackAddress(), proxy.url().getPort()));
  }

  /** Returns a client that has sent the given bytes. */
  private Socket send(String bytes) throws IOException {
    Socket client = connect();
    write(client, bytes);
    return client;
  }

  private Socket accept() throws IOException {
    return remember(target.accept());
  }

  private Socket remember(Socket socket) throws IOException {
    sockets.add(socket);
    socket.setSoTimeout(10_000);
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static void write(Socket socket, String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
  }

  private static void assertReceives(Socket socket, String bytes) throws IOException {
    byte[] read = socket.getInputStream().readNBytes(bytes.length());
    assertThat(new String(read, ISO_8859_1)).isEqualTo(bytes);
  }

  private static void assertClosed(Socket socket) throws IOException {
    assertThat(socket.getInputStream().read()).isEqualTo(-1);
  }

  private static void assertReset(Socket socket) {
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
  }

  private static void assertSilent(Socket socket) throws IOException {
    socket.setSoTimeout(30);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    socket.setSoTimeout(10_000);
  }

  /** Asserts that no further connection has arrived. */
  private void assertTargetReceivesNoRequest() throws IOException {
    target.setSoTimeout(1);
    assertThatThrownBy(target::accept).isInstanceOf(SocketTimeoutException.class);
    target.setSoTimeout(10_000);
  }

  private void assertMeetsFault() {
    await().until(() -> proxy.faults() > 0);
  }

  /** Makes the target answer a request that the client has sent. */
  private static void serve(Socket client, Socket upstream) throws IOException {
    assertReceives(upstream, GET);
    write(upstream, OK);
    assertReceives(client, OK);
  }

  /** Exchanges a request and its answer on existing connections. */
  private static void exchange(Socket client, Socket upstream) throws IOException {
    write(client, GET);
    serve(client, upstream);
  }

  @Nested
  class WithoutFaults {

    @ParameterizedTest
    @ValueSource(
        strings = {
          GET,
          BULK,
          "\r\nPOST / HTTP/1.1\r\ntransfer-ENCODING:  Chunked \r\n\r\n" + CHUNKS,
          "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\n\u0000\u00FF\n",
          "no HTTP\n\n"
        })
    void forwardsEveryByteOfARequest(String request) throws IOException {
      Socket client = send(request + GET);
      Socket upstream = accept();

      assertReceives(upstream, request);
      assertSilent(upstream); // one request at a time
      write(upstream, OK);
      assertReceives(upstream, GET);
      assertReceives(client, OK);
      assertThat(proxy.requests()).isEqualTo(2);
      assertThat(proxy.connections()).isOne();
      assertThat(proxy.faults()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          OK,
          "HTTP/1.1 204 No Content\r\n\r\n",
          "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n",
          "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
          "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"
        })
    void forwardsEveryByteOfAnAnswer(String answer) throws IOException {
      Socket client = send(GET);
      Socket upstream = accept();
      assertReceives(upstream, GET);
      write(upstream, answer);

      assertReceives(client, answer);
      exchange(client, upstream);
    }

    @Test
    void knowsThatAnAnswerToHeadHasNoBody() throws IOException {
      String head = "HEAD / HTTP/1.1\r\n\r\n";
      Socket client = send(head);
      Socket upstream = accept();
      assertReceives(upstream, head);
      write(upstream, HALF.substring(0, HALF.length() - 5));

      assertReceives(client, HALF.substring(0, HALF.length() - 5));
      exchange(client, upstream);
    }

    @Test
    void letsTheTargetDecideWhetherItWantsABody() throws IOException {
      String head = "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
      Socket client = send(head);
      Socket upstream = accept();
      assertReceives(upstream, head);
      write(upstream, "HTTP/1.1 100 Continue\r\n\r\n");
      assertReceives(client, "HTTP/1.1 100 Continue\r\n\r\n");
      write(client, "abc");
      assertReceives(upstream, "abc");
      write(upstream, OK);

      assertReceives(client, OK);
      exchange(client, upstream);
    }

    @Test
    void forwardsAnAnswerThatPrecedesTheEndOfTheRequest() throws IOException {
      Socket client = send(BULK.substring(0, BULK.length() - 1));
      Socket upstream = accept();
      write(upstream, OK);

      assertReceives(client, OK);
      write(client, BULK.substring(BULK.length() - 1));
      assertReceives(upstream, BULK);
      exchange(client, upstream);
    }

    @Test
    void forwardsTheAnswerOfATargetThatClosesWithoutReadingFurther() throws IOException {
      String large = "POST / HTTP/1.1\r\nContent-Length: 10000000\r\n\r\n";
      Socket client = send(large);
      Socket upstream = accept();
      assertReceives(upstream, large);
      write(upstream, OK);
      upstream.close();

      assertReceives(client, OK);
      assertClosed(client);
    }

    @Test
    void forwardsAnAnswerThatEndsWithItsConnection() throws IOException {
      Socket client = send(GET);
      Socket upstream = accept();
      assertReceives(upstream, GET);
      write(upstream, "HTTP/1.0 200 OK\r\n\r\nabc");
      upstream.close();

      assertReceives(client, "HTTP/1.0 200 OK\r\n\r\nabc");
      assertClosed(client);
    }

    @Test
    void answersAClientThatHasClosedItsHalf() throws IOException {
      Socket client = send(GET);
      client.shutdownOutput();
      Socket upstream = accept();
      assertReceives(upstream, GET);
      assertClosed(upstream);
      write(upstream, OK);
      upstream.close();

      assertReceives(client, OK);
      assertClosed(client);
    }

    @Test
    void closesTheConnectionWhenTheTargetDoes() throws IOException {
      Socket client = send(GET);
      Socket upstream = accept();
      serve(client, upstream);
      upstream.close();

      assertClosed(client);
    }

    @Test
    void resetsTheConnectionWhenTheTargetDoes() throws IOException {
      Socket client = send(GET);
      Socket upstream = accept();
      assertReceives(upstream, GET);
      write(upstream, HALF);
      assertReceives(client, HALF);
      upstream.setSoLinger(true, 0);
      upstream.close();

      assertReset(client);
    }

    @Test
    void closesTheTargetsConnectionWhenTheClientDisconnects() throws IOException {
      Socket idle = send(GET);
      Socket upstreamOfIdle = accept();
      serve(idle, upstreamOfIdle);
      idle.close();
      assertClosed(upstreamOfIdle);

      Socket writing = send(BULK.substring(0, BULK.length() - 1));
      Socket upstreamOfWriting = accept();
      assertReceives(upstreamOfWriting, BULK.substring(0, BULK.length() - 1));
      writing.close();
      assertReset(upstreamOfWriting);
    }

    @Test
    void resetsConnectionsWhenTheTargetIsDownAndServesThemWhenItIsBack() throws IOException {
      int port = LoopbackPort.next();
      try (FaultProxy early = FaultProxy.start(URI.create("http://127.0.0.1:" + port + "/"))) {
        Socket refused =
            remember(new Socket(InetAddress.getLoopbackAddress(), early.url().getPort()));
        write(refused, GET);
        assertReset(refused);

        try (ServerSocket late = new ServerSocket()) {
          late.setReuseAddress(true);
          late.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
          Socket served =
              remember(new Socket(InetAddress.getLoopbackAddress(), early.url().getPort()));
          write(served, GET);
          serve(served, remember(late.accept()));
        }
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
          "POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
          "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"
        })
    void resetsRequestsWithAnInvalidLength(String request) throws IOException {
      assertReset(send(request));
    }

    @Test
    void resetsATooLongHead() throws IOException {
      Socket client = connect();

      assertThatIOException()
          .isThrownBy(
              () -> {
                while (true) {
                  write(client, "GET / HTTP/1.1\r\n" + "x: y\r\n".repeat(100_000));
                }
              });
    }

    @Test
    void resetsAnAnswerThatIsNotHttp() throws IOException {
      Socket client = send(GET);
      write(accept(), "220 smtp.example.com\r\n\r\n");

      assertReset(client);
    }
  }

  @Nested
  class FaultsOfTheRequest {

    @ParameterizedTest
    @ValueSource(
        strings = {
          GET,
          BULK,
          "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n"
        })
    void resetsARequestThatTheTargetDoesNotSee(String request) throws IOException {
      proxy.inject(Fault.resetRequest());

      assertReset(send(request));
      assertTargetReceivesNoRequest();
      assertThat(proxy.faults()).isOne();
    }

    @Test
    void resetsInTheMiddleOfTheBody() throws IOException {
      proxy.inject(Fault.resetRequest());
      Socket client = send(BULK.substring(0, BULK.length() - 6));
      assertMeetsFault();
      assertSilent(client);
      write(client, "4");

      assertReset(client);
    }

    @Test
    void neverAnswersFromABlackHole() throws IOException {
      proxy.inject(Fault.blackHole());
      Socket client = send(BULK + GET);
      assertMeetsFault();

      assertSilent(client);
      assertTargetReceivesNoRequest();
      proxy.heal();
      assertSilent(client);
      client.shutdownOutput();
      assertClosed(client);
    }

    @Test
    void doesNotLetTheTargetCloseABlackHole() throws IOException {
      Socket client = connect();
      write(client, GET);
      Socket upstream = accept();
      serve(client, upstream);
      proxy.inject(Fault.blackHole());
      write(client, GET);
      assertMeetsFault();
      upstream.close();

      assertSilent(client);
    }

    @Test
    void answersInsteadOfTheTargetAndKeepsTheConnection() throws IOException {
      proxy.injectNext(Fault.answer(429, "{\"ü\":1}"));
      proxy.injectNext(Fault.answer(200, "<html>"));
      Socket client = send(BULK);

      assertReceives(
          client,
          "HTTP/1.1 429 Injected\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n"
              + "{\"\u00C3\u00BC\":1}");
      write(client, "HEAD / HTTP/1.1\r\n\r\n");
      assertReceives(
          client,
          "HTTP/1.1 200 Injected\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: 6"
              + "\r\n\r\n");
      assertTargetReceivesNoRequest();
      write(client, GET);
      serve(client, accept());
      assertThat(proxy.connections()).isOne();
    }

    @Test
    void answersExpectContinueForTheTarget() throws IOException {
      proxy.inject(Fault.answer(503, ""));
      Socket client = send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
      assertReceives(client, "HTTP/1.1 100 Continue\r\n\r\n");
      write(client, "abc");

      assertReceives(client, "HTTP/1.1 503 Injected\r\n");
    }
  }

  @Nested
  class FaultsOfTheAnswer {

    private Socket client;
    private Socket upstream;

    /** Executes a request in the target, whose client gets the fault. */
    private void executeWith(Fault fault, String answer) throws IOException {
      proxy.injectNext(fault);
      client = send(BULK);
      upstream = accept();
      assertReceives(upstream, BULK);
      write(upstream, answer);
    }

    @Test
    void resetsInTheMiddleOfTheAnswer() throws IOException {
      executeWith(Fault.resetAnswer(), OK);

      assertReceives(client, HALF);
      assertReset(client);
    }

    @Test
    void truncatesTheAnswer() throws IOException {
      executeWith(Fault.cutAnswer(), OK);

      assertReceives(client, HALF);
      assertClosed(client);
    }

    @Test
    void truncatesChunks() throws IOException {
      String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
      executeWith(Fault.cutAnswer(), head + "4\r\nabcd\r\n0\r\n\r\n");

      assertReceives(client, head + "4\r\nab");
      assertClosed(client);
    }

    @Test
    void truncatesTheHeadOfAnAnswerWithoutABody() throws IOException {
      executeWith(Fault.cutAnswer(), "HTTP/1.1 204 No Content\r\n\r\n");

      assertReceives(client, "HTTP/1.1 204 ");
      assertClosed(client);
    }

    @Test
    void losesTheAnswer() throws IOException {
      executeWith(Fault.loseAnswer(), OK);

      assertSilent(client);
      upstream.close();
      write(client, GET);
      assertSilent(client);
      client.shutdownOutput();
      assertClosed(client);
    }

    @Test
    void closesTheTargetsConnectionWhenTheClientStopsWaitingForALostAnswer() throws IOException {
      executeWith(Fault.loseAnswer(), OK);
      client.close();

      assertClosed(upstream);
    }

    @Test
    void replacesTheAnswerAndKeepsTheConnection() throws IOException {
      executeWith(Fault.replaceAnswer(504, "late"), OK);

      assertReceives(
          client,
          "HTTP/1.1 504 Injected\r\nContent-Type: text/plain; charset=UTF-8\r\n"
              + "Content-Length: 4\r\n\r\nlate");
      exchange(client, upstream);
    }

    @Test
    void answersWithGarbage() throws IOException {
      executeWith(Fault.garbleAnswer(), OK);

      byte[] answer = client.getInputStream().readAllBytes();
      assertThat(new String(answer, ISO_8859_1)).isNotEmpty().doesNotContain("HTTP/1.1");
    }

    @Test
    void delaysTheAnswer() throws IOException {
      long start = System.nanoTime();
      executeWith(Fault.delayAnswer(Duration.ofMillis(60)), OK);

      assertReceives(client, OK);
      assertThat(System.nanoTime() - start).isGreaterThan(60_000_000);
      exchange(client, upstream);
    }

    @Test
    void dripsTheAnswer() throws IOException {
      long start = System.nanoTime();
      executeWith(Fault.dripAnswer(10, Duration.ofMillis(10)), OK);

      assertReceives(client, OK);
      assertThat(System.nanoTime() - start).isGreaterThan(OK.length() / 10 * 10_000_000L);
      exchange(client, upstream);
    }

    @Test
    void closesTheConnectionAfterTheAnswer() throws IOException {
      executeWith(Fault.closeAfterAnswer(), OK);

      assertReceives(client, OK);
      assertClosed(client);
      assertClosed(upstream);
    }

    @Test
    void closesTheConnectionWhenTheNextRequestDoesNotArrive() throws IOException {
      executeWith(Fault.closeAfterAnswer(Duration.ofHours(1)), OK);
      assertReceives(client, OK);
      exchange(client, upstream);

      proxy.injectNext(Fault.closeAfterAnswer(Duration.ofMillis(10)));
      exchange(client, upstream);
      assertClosed(client);
    }

    @Test
    void doesNotMistakeAnInformationalResponseForTheAnswer() throws IOException {
      String word = "HTTP/1.1 102 Processing\r\n\r\n";
      executeWith(Fault.cutAnswer(), word + OK);

      assertReceives(client, word + HALF);
      assertClosed(client);
    }
  }

  @Nested
  class RefusedConnections {

    @Test
    void areRefusedUntilTheProxyHeals() throws IOException {
      URI url = proxy.url();
      Socket open = send(GET);
      Socket upstream = accept();
      assertReceives(upstream, GET);
      proxy.inject(Fault.blackHole());
      proxy.refuseConnections();
      proxy.refuseConnections();

      assertReset(open);
      assertReset(upstream);
      assertThatThrownBy(() -> connect()).isInstanceOf(ConnectException.class);

      proxy.heal();
      proxy.heal();
      assertThat(proxy.url()).isEqualTo(url);
      Socket client = send(GET);
      serve(client, accept());
      assertThat(proxy.connections()).isEqualTo(2);
      assertThat(proxy.faults()).isZero();
    }

    @Test
    void areStillRefusedWhileAnotherProgramHasThePort() throws IOException {
      proxy.refuseConnections();
      try (ServerSocket other = new ServerSocket()) {
        other.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.url().getPort()));
        assertThatThrownBy(proxy::heal).hasMessageContaining("in use");
      }

      proxy.heal();
      assertThat(connect().isConnected()).isTrue();
    }
  }

  @Nested
  class Rules {

    /** Returns the statuses of several requests on one connection. */
    private List<Integer> statuses(String... requestLines) throws IOException {
      List<Integer> statuses = new ArrayList<>();
      Socket client = connect();
      for (String line : requestLines) {
        write(client, line + " HTTP/1.1\r\n\r\n");
        byte[] answer = client.getInputStream().readNBytes(answerOf(200).length());
        statuses.add(Integer.parseInt(new String(answer, ISO_8859_1).substring(9, 12)));
      }
      return statuses;
    }

    private String answerOf(int status) {
      return "HTTP/1.1 "
          + status
          + " Injected\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: 0\r\n\r\n";
    }

    private List<Integer> statuses(int count) throws IOException {
      String[] lines = new String[count];
      Arrays.fill(lines, "GET /");
      return statuses(lines);
    }

    @Test
    void applyToAShareOfRequestsThatDependsOnTheSeed() throws IOException {
      Supplier<List<Integer>> seed7 = () -> pattern(0.3, 7);
      List<Integer> first = seed7.get();

      assertThat(first.stream().filter(status -> status == 503).count()).isBetween(40L, 80L);
      assertThat(seed7.get()).isEqualTo(first);
      assertThat(pattern(0.3, 8)).isNotEqualTo(first);
      assertThat(pattern(0, 7)).containsOnly(200);
      assertThat(pattern(1, 7)).containsOnly(503);
    }

    private List<Integer> pattern(double rate, long seed) {
      proxy.heal();
      proxy.inject(Fault.answer(200, ""));
      proxy.inject(Fault.answer(503, ""), rate, seed);
      try {
        return statuses(200);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Test
    void doNotAffectOtherRules() throws IOException {
      List<Integer> alone = pattern(0.3, 7);
      proxy.heal();
      proxy.inject(Fault.answer(200, ""));
      proxy.inject(Fault.answer(503, ""), 0.3, 7);
      proxy.inject(Fault.answer(429, ""), 0.5, 9);
      proxy.injectNext(Fault.answer(502, ""), 5);
      List<Integer> together = statuses(200);

      assertThat(together).startsWith(502, 502, 502, 502, 502).contains(200, 503, 429);
      for (int i = 0; i < 200; i++) {
        if (together.get(i) == 503 || together.get(i) == 200) {
          assertThat(together.get(i)).isEqualTo(alone.get(i));
        }
      }
    }

    @Test
    void forTheNextRequestsApplyFirstAndInOrder() throws IOException {
      proxy.injectNext(Fault.answer(501, ""));
      proxy.inject(Fault.answer(200, ""));
      proxy.injectNext(Fault.answer(502, ""), 2);

      assertThat(statuses(4)).containsExactly(501, 502, 502, 200);
      assertThat(proxy.faults()).isEqualTo(4);
      assertThat(proxy.requests()).isEqualTo(4);
    }

    @Test
    void applyOnlyToMatchingRequests() throws IOException {
      proxy.inject(Fault.answer(200, ""));
      proxy.injectNext(Fault.answer(503, "").on("POST /_bulk"), 2);
      proxy.injectNext(Fault.answer(404, "").on("GET"));

      assertThat(statuses("POST /_bulk", "HEAD /", "GET /", "GET /", "POST /_bulk", "POST /_bulk"))
          .containsExactly(503, 200, 404, 200, 503, 200);
    }

    @Test
    void areRemovedByHeal() throws IOException {
      proxy.inject(Fault.blackHole());
      proxy.injectNext(Fault.resetRequest());
      proxy.heal();

      Socket client = send(GET);
      serve(client, accept());
      assertThat(proxy.faults()).isZero();
    }

    @Test
    void mustMakeSense() {
      Duration negative = Duration.ofMillis(-1);
      Fault fault = Fault.blackHole();
      for (Runnable mistake :
          List.<Runnable>of(
              () -> Fault.answer(199, ""),
              () -> Fault.replaceAnswer(600, ""),
              () -> Fault.delayAnswer(negative),
              () -> Fault.closeAfterAnswer(negative),
              () -> Fault.dripAnswer(1, negative),
              () -> Fault.dripAnswer(0, Duration.ZERO),
              () -> proxy.inject(fault, -0.1, 0),
              () -> proxy.inject(fault, 1.1, 0),
              () -> proxy.inject(fault, Double.NaN, 0),
              () -> proxy.injectNext(fault, 0),
              () -> FaultProxy.start(URI.create("https://127.0.0.1:9200")),
              () -> FaultProxy.start(URI.create("http://127.0.0.1:9200/path")),
              () -> FaultProxy.start(URI.create("127.0.0.1")))) {
        assertThatIllegalArgumentException().isThrownBy(mistake::run);
      }
    }

    @Test
    void haveNamesForLogs() {
      assertThat(Fault.blackHole()).hasToString("BLACK_HOLE");
      assertThat(Fault.blackHole().on("_bulk")).hasToString("BLACK_HOLE on _bulk");
    }
  }

  @Nested
  class Closing {

    private List<String> threads() {
      String ours = "eventstream-proxy-" + proxy.url().getPort();
      return Thread.getAllStackTraces().keySet().stream()
          .map(Thread::getName)
          .filter(name -> name.startsWith(ours))
          .toList();
    }

    @Test
    void endsAllThreadsAndConnectionsAndFreesThePort() throws IOException {
      Duration hour = Duration.ofHours(1);
      List<Socket> clients = new ArrayList<>(List.of(connect(), send("GET")));
      String part = BULK.substring(0, BULK.length() - 1);
      clients.add(send(part));
      assertReceives(accept(), part);
      proxy.injectNext(Fault.blackHole());
      clients.add(send(GET));
      await().until(() -> proxy.faults() == 1);
      for (Fault fault :
          List.of(
              Fault.loseAnswer(),
              Fault.delayAnswer(hour),
              Fault.dripAnswer(1, hour),
              Fault.closeAfterAnswer(hour))) {
        proxy.injectNext(fault);
        Socket client = send(GET);
        Socket upstream = accept();
        assertReceives(upstream, GET);
        write(upstream, OK);
        if (fault.kind == Fault.Kind.DRIP_ANSWER) {
          assertReceives(client, OK.substring(0, 1));
        }
        if (fault.kind == Fault.Kind.CLOSE_AFTER_ANSWER) {
          assertReceives(client, OK);
        }
        clients.add(client);
      }
      assertThat(threads()).hasSize(1 + clients.size() + 5);

      proxy.close();
      proxy.close();

      assertThat(threads()).isEmpty();
      assertThat(LoopbackPort.isFree(proxy.url().getPort())).isTrue();
      clients.forEach(FaultProxyTest::assertReset);
      assertThatIllegalStateException().isThrownBy(proxy::heal);
      assertThatIllegalStateException().isThrownBy(proxy::refuseConnections);
    }

    @Test
    void limitsTheNumberOfConnections() throws IOException {
      for (int i = 0; i < FaultProxy.MOST_CONNECTIONS; i++) {
        connect();
      }
      assertReset(connect());

      sockets.get(0).close();
      await().until(() -> threads().size() == FaultProxy.MOST_CONNECTIONS);
      Socket client = send(GET);
      assertReceives(accept(), GET);
      assertSilent(client);
    }

    @Test
    void leavesNoThreadOfAnEndedConnection() throws IOException {
      Socket client = send(GET);
      serve(client, accept());
      client.close();

      await().until(() -> threads().size() == 1);
    }
  }

  @Nested
  class BetweenTheClientAndTheServerOfTheJdk {

    private final HttpClient client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final List<String> executed = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private FaultProxy before;

    @BeforeEach
    void serve() throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/", this::echo);
      server.start();
      before = FaultProxy.start(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
    }

    @AfterEach
    void stop() {
      before.close();
      server.stop(0);
    }

    private void echo(HttpExchange exchange) throws IOException {
      byte[] body = exchange.getRequestBody().readAllBytes();
      executed.add(exchange.getRequestURI().toString());
      boolean chunked = exchange.getRequestURI().getPath().equals("/chunked");
      exchange.sendResponseHeaders(200, chunked ? 0 : body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    }

    private HttpRequest.Builder request(String path) {
      return HttpRequest.newBuilder(before.url().resolve(path)).timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException {
      try {
        return client.send(request.build(), BodyHandlers.ofByteArray());
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/sized", "/chunked"})
    void passesLargeBodiesOnOneConnection(String path) throws IOException {
      byte[] body = new byte[5_000_000];
      new Random(1).nextBytes(body);
      assertThat(send(request(path).POST(BodyPublishers.ofByteArray(body))).body()).isEqualTo(body);
      assertThat(
              send(request(path)
                      .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))))
                  .body())
          .isEqualTo(body);
      assertThat(
              send(request(path).expectContinue(true).POST(BodyPublishers.ofByteArray(body)))
                  .body())
          .isEqualTo(body);
      assertThat(before.requests()).isEqualTo(3);
      assertThat(before.connections()).isOne();
    }

    @Test
    void failsAsAnEngineWould() throws IOException {
      List<Fault> failures =
          List.of(
              Fault.resetRequest(), Fault.resetAnswer(), Fault.cutAnswer(), Fault.garbleAnswer());
      for (Fault fault : failures) {
        before.injectNext(fault);
        assertThatIOException()
            .as(fault.toString())
            .isThrownBy(
                () -> send(request("/" + fault).POST(BodyPublishers.ofString("some body"))));
      }
      before.injectNext(Fault.blackHole());
      assertThatThrownBy(() -> send(request("/black-hole").timeout(Duration.ofMillis(50))))
          .isInstanceOf(HttpTimeoutException.class);

      assertThat(send(request("/after")).statusCode()).isEqualTo(200);
      assertThat(executed)
          .containsExactly("/RESET_ANSWER", "/CUT_ANSWER", "/GARBLE_ANSWER", "/after");
    }

    @Test
    void acceptsANewConnectionAfterOneWasClosed() throws IOException {
      before.injectNext(Fault.closeAfterAnswer());
      assertThat(send(request("/1")).statusCode()).isEqualTo(200);
      assertThat(send(request("/2")).statusCode()).isEqualTo(200);
      assertThat(send(request("/3")).statusCode()).isEqualTo(200);

      assertThat(before.connections()).isEqualTo(2);
    }
  }
}
