package dev.eventstream.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.spi.Document;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.slf4j.LoggerFactory;

/**
 * Arbitrary bytes over a connection. Every test run replays the inputs that are kept in {@code
 * HttpFuzzTestInputs}; {@code ./test --fuzz SECONDS} lets a fuzzer look for new ones.
 */
final class HttpFuzzTest {
  private static final int LONGEST = 1 << 15;
  private static final Logger ROOT =
      (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

  private static final ListAppender<ILoggingEvent> log = new ListAppender<>();

  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    log.start();
    ROOT.addAppender(log);
    server = TestServer.start();
  }

  @AfterAll
  static void stop() throws Exception {
    ROOT.detachAppender(log);
    await().alias("nothing is left open").until(() -> server.connections() == 0);
    server.close();
  }

  @DictionaryEntries({
    "POST / HTTP/1.1\\x0D\\x0AHost: a\\x0D\\x0A",
    "POST /v1/events HTTP/1.1\\x0D\\x0AHost: a\\x0D\\x0A",
    "GET /page.js HTTP/1.1\\x0D\\x0AHost: a\\x0D\\x0A\\x0D\\x0A",
    "GET /readyz HTTP/1.0\\x0D\\x0A\\x0D\\x0A",
    "HEAD / HTTP/1.1\\x0D\\x0AHost: a\\x0D\\x0A\\x0D\\x0A",
    "OPTIONS * HTTP/1.1\\x0D\\x0AHost: a\\x0D\\x0A\\x0D\\x0A",
    "Content-Length: 42\\x0D\\x0A\\x0D\\x0A",
    "Transfer-Encoding: chunked\\x0D\\x0A\\x0D\\x0A",
    "2a\\x0D\\x0A{\"eventType\":\"a\",\"eventValue\":\"b\",\"c\":1}  \\x0D\\x0A0\\x0D\\x0A\\x0D\\x0A",
    "0\\x0D\\x0A\\x0D\\x0A",
    ";a=\"b\"",
    "\\x0D\\x0A ",
    "Content-Type: application/x-ndjson\\x0D\\x0A",
    "Content-Encoding: gzip\\x0D\\x0A",
    "Expect: 100-continue\\x0D\\x0A",
    "Connection: close\\x0D\\x0A",
    "Upgrade: h2c\\x0D\\x0AConnection: Upgrade\\x0D\\x0A",
    "Range: bytes=0-1,2-3\\x0D\\x0A",
    "If-None-Match: \"a\"\\x0D\\x0A",
    "Origin: https://a.example\\x0D\\x0A",
    "{\"eventType\":\"a\",\"eventValue\":\"b\"}",
    "%2e%2e/",
    "%00",
    "PRI * HTTP/2.0\\x0D\\x0A\\x0D\\x0ASM\\x0D\\x0A\\x0D\\x0A"
  })
  @FuzzTest
  void answersAnyBytesWithoutAFaultOfItsOwnAndSaysWhatItTook(byte[] input) throws Exception {
    if (input.length > LONGEST) {
      return;
    }
    server.sink.written().clear();
    String answers = exchange(input);

    assertThat(answers)
        .doesNotContain("HTTP/1.1 500", "Exception", "\tat ", "java.", "dev.eventstream")
        .doesNotContainIgnoringCase("jetty");
    for (Document document : server.sink.written()) {
      assertThat(answers).as(new String(input, UTF_8)).contains(document.id());
    }
    assertThat(log.list).as("clients must not be able to fill the log").isEmpty();
    assertThat(server.get("/livez").status()).isEqualTo(200);
  }

  private static String exchange(byte[] input) throws IOException {
    try (RawClient client = server.connect()) {
      try {
        client.send(input).finish();
      } catch (IOException e) {
        // the server has had enough
      }
      return client.readToTheEnd();
    }
  }
}
