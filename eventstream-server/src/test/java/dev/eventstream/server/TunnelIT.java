package dev.eventstream.server;

import static dev.eventstream.server.fixture.RawHttp2.END_HEADERS;
import static dev.eventstream.server.fixture.RawHttp2.END_STREAM;
import static dev.eventstream.server.fixture.RawHttp2.HEADERS;
import static dev.eventstream.server.fixture.RawHttp2.fields;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.fixture.RawHttp2;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server process with a small heap, and clients that ask it for tunnels. */
@Tag("slow")
class TunnelIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CONNECTIONS = 10;

  /** Over one connection; the answers fit into what a client takes unasked. */
  private static final int TUNNELS = 100;

  private static final byte[] CONNECT = fields(":method", "CONNECT", ":authority", "a:1");

  @TempDir Path directory;

  @Test
  void requestsForTunnelsTakeNeitherHeapNorTime() throws Exception {
    ServerProcess server =
        new ServerProcess(directory, () -> Map.of("ELASTICSEARCH_URL", "http://127.0.0.1:1"))
            .withJvmOptions("-Xmx64m", "-XX:+ExitOnOutOfMemoryError");
    try {
      server.start();
      await().atMost(PATIENCE).until(server::ready);
      URI url = server.url();
      for (int connection = 0; connection < CONNECTIONS; connection++) {
        try (RawHttp2 client = new RawHttp2(new Socket(url.getHost(), url.getPort()))) {
          for (int id = 1; id < 2 * TUNNELS; id += 2) {
            int end = id % 4 == 1 ? END_STREAM : 0;
            client.frame(HEADERS, END_HEADERS | end, id, CONNECT).send();
            assertThat(client.fate(id).status()).as("tunnel " + id).isEqualTo(405);
          }
        }
      }
      assertThat(server.isAlive()).isTrue();
    } finally {
      server.kill();
    }
  }
}
