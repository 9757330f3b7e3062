package dev.eventstream.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.eventstream.Document;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Arbitrary bytes over a connection. Every test run replays the inputs that are kept in {@code
 * HttpFuzzTestInputs}; {@code ./test --fuzz SECONDS} lets a fuzzer look for new ones.
 */
final class HttpFuzzTest {
  private static final int LONGEST = 1 << 15;
  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    server = TestServer.start();
  }

  @AfterAll
  static void stop() throws Exception {
    await().alias("nothing is left open").until(() -> server.connections() == 0);
    server.close();
  }

  @DictionaryEntries({
    "POST / HTTP/1.1\r\nHost: a\r\n",
    "POST /v1/events HTTP/1.1\r\nHost: a\r\n",
    "GET /page.js HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /readyz HTTP/1.0\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "Content-Length: 42\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n",
    "2a\r\n{\"eventType\":\"a\",\"eventValue\":\"b\",\"c\":1}  \r\n0\r\n\r\n",
    "0\r\n\r\n",
    ";a=\"b\"",
    "\r\n ",
    "Content-Type: application/x-ndjson\r\n",
    "Content-Encoding: gzip\r\n",
    "Expect: 100-continue\r\n",
    "Connection: close\r\n",
    "Upgrade: h2c\r\nConnection: Upgrade\r\n",
    "Range: bytes=0-1,2-3\r\n",
    "If-None-Match: \"a\"\r\n",
    "Origin: https://a.example\r\n",
    "{\"eventType\":\"a\",\"eventValue\":\"b\"}",
    "%2e%2e/",
    "%00",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
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
