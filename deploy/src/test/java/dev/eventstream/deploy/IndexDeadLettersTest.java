package dev.eventstream.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The requests of deploy/index-dead-letters. DashboardQueriesIT runs it against real engines. */
@Tag("slow") // does not depend on the JDK
class IndexDeadLettersTest {
  @TempDir Path directory;

  private final ConcurrentLinkedQueue<String> bulks = new ConcurrentLinkedQueue<>();
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    assumeThat(List.of("/usr/bin/python3", "/usr/local/bin/python3"))
        .as("python3")
        .anyMatch(path -> Files.exists(Path.of(path)));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop(0);
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    if (exchange.getRequestURI().getPath().endsWith("/_bulk")) {
      bulks.add(body);
    }
    byte[] answer = "{\"version\":{\"number\":\"2.19.6\"},\"errors\":false}".getBytes(UTF_8);
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private Script run(String letters) throws Exception {
    Path file = Files.writeString(directory.resolve("letters.ndjson"), letters);
    return Script.run(
        Map.of(),
        "index-dead-letters",
        "http://127.0.0.1:" + server.getAddress().getPort(),
        file.toString());
  }

  @Test
  void theKindIsTakenFromTheReasonAndNotFromTheDocument() throws Exception {
    run("{\"reason\": \"no words\", \"document\": {\"reason\":\"400 mine\"}}\n").succeeded();

    assertThat(bulks)
        .containsExactly(
            "{\"index\":{}}\n{\"kind\":\"other\",\"reason\": \"no words\","
                + " \"document\": {\"reason\":\"400 mine\"}}\n");
  }

  @Test
  void theKindDoesNotQuoteTheDocument() throws Exception {
    String reason = "400 mapper_parsing_exception: failed to parse field [n] of type [long]";

    run("{\"reason\": \"" + reason + " in document with id 'a': b\"}").succeeded();

    assertThat(bulks)
        .singleElement()
        .asString()
        .startsWith("{\"index\":{}}\n{\"kind\":\"" + reason + "\",\"reason\": ");
  }

  @Test
  void lettersAreCopiedByteForByte() throws Exception {
    String digits = "7".repeat(5_000);

    run("{\"document\":{\"a\":1.50,\"b\":1e400,\"c\":" + digits + "}}\n").succeeded();

    assertThat(bulks)
        .singleElement()
        .asString()
        .endsWith(",\"document\":{\"a\":1.50,\"b\":1e400,\"c\":" + digits + "}}\n");
  }

  @Test
  void nothingIsSentIfALineIsNotADeadLetter() throws Exception {
    for (String wrong : List.of("{\"reason\":", "[1]", "{}")) {
      Script script = run("{\"reason\": \"400 a\"}\n" + wrong + "\n");

      assertThat(script.exit()).isEqualTo(1);
      assertThat(script.out()).startsWith("index-dead-letters: line 2 of ");
    }
    assertThat(bulks).isEmpty();
  }
}
