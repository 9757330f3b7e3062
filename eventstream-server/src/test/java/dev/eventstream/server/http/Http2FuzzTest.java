package dev.eventstream.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.eventstream.server.fixture.RawHttp2;
import dev.eventstream.server.fixture.ServerThreads;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.spi.Document;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.slf4j.LoggerFactory;

/**
 * Arbitrary frames of HTTP/2, made from bytes by a {@link FrameScript}. Every test run replays the
 * inputs that are kept in {@code Http2FuzzTestInputs}; {@code ./test --fuzz SECONDS} lets a fuzzer
 * look for new ones.
 */
final class Http2FuzzTest {
  private static final int LONGEST = 1 << 12;

  /** The time for which an open request keeps a connection after the client's GOAWAY. */
  private static final Duration IDLE = Duration.ofSeconds(5);

  private static final Pattern ID = Pattern.compile("\"_?id\": ?\"([^\"]+)\"");
  private static final Logger ROOT =
      (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

  private static final ListAppender<ILoggingEvent> log = new ListAppender<>();

  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    log.start();
    ROOT.addAppender(log);
    server = TestServer.start(TestServer.withIdleTimeout(IDLE));
  }

  @AfterAll
  static void stop() throws Exception {
    ROOT.detachAppender(log);
    await().alias("nothing is left open").until(() -> server.connections() == 0);
    server.close();
  }

  @DictionaryEntries({
    "\\x01\\x05\\x01\\x04\\x00\\x00\\x01\\x05\\x02\\x09\\x03\\x0E",
    "\\x01\\x04\\x01\\x04\\x00\\x01\\x01\\x05\\x02\\x08\\x03\\x0E",
    "\\x01\\x05\\x01\\x02\\x00\\x02\\x03\\x0F",
    "\\x01\\x05\\x01\\x01\\x15\\x0E",
    "\\x00\\x01\\x01\\x21{\"eventType\":\"a\",\"eventValue\":\"b\"}",
    "\\x03\\x00\\x01\\x04\\x00\\x00\\x00\\x08",
    "\\x04\\x00\\x00\\x06\\x00\\x04\\x00\\x00\\x00\\x00",
    "\\x08\\x00\\x01\\x04\\x00\\x00\\x00\\x01"
  })
  @FuzzTest
  void answersAnyFramesWithoutAFaultOfItsOwnAndComesToRest(byte[] input) throws Exception {
    if (input.length > LONGEST) {
      return;
    }
    play(input);
    assertThat(log.list).as("clients must not be able to fill the log").isEmpty();
    assertThat(server.get("/livez").status()).isEqualTo(200);
  }

  private static void play(byte[] script) throws IOException {
    server.sink.written().clear();
    try (RawHttp2 client =
        new RawHttp2(new Socket(InetAddress.getLoopbackAddress(), server.port()))) {
      FrameScript.play(script, client);
      if (client.endsWithinAFrame()) {
        client.send().finish();
        client.readToTheEnd();
        ServerThreads.awaitRest();
      } else {
        client.ping();
        ServerThreads.awaitRest();
        client.ping(); // whatever was answered has come before the answer to this
      }
      assertThat(client.goAway()).doesNotContain("Exception", "java.", "dev.eventstream", "jetty");
      client.fates().values().forEach(Http2FuzzTest::assertHarmless);
    }
  }

  private static void assertHarmless(RawHttp2.Fate fate) {
    assertThat(fate.status()).isNotEqualTo(500);
    assertThat(fate.headers() + fate.body())
        .doesNotContain("Exception", "\tat ", "java.", "dev.eventstream")
        .doesNotContainIgnoringCase("jetty");
    List<String> written = server.sink.written().stream().map(Document::id).toList();
    assertThat(ID.matcher(fate.body()).results().map(id -> id.group(1)))
        .as("what is said to be taken")
        .isSubsetOf(written);
  }
}
