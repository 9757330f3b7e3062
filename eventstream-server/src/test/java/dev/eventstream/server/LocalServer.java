package dev.eventstream.server;

import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;

/** The server on a free port of the loopback interface. */
final class LocalServer {
  private LocalServer() {}

  static EventServer start(URI engine, Path ids, Path spool)
      throws InvalidSettingsException, IOException {
    return EventServer.start(
        ServerSettings.fromEnvironment(
            Map.of(
                "ELASTICSEARCH_URL",
                engine.toString(),
                "EVENTSTREAM_HOST",
                "127.0.0.1",
                "EVENTSTREAM_PORT",
                "0",
                "EVENTSTREAM_ADMIN_PORT",
                "0",
                "EVENTSTREAM_ID_DIR",
                ids.toString(),
                "EVENTSTREAM_SPOOL_DIR",
                spool.toString(),
                "EVENTSTREAM_DELIVERY_TIMEOUT", // an engine on a busy machine takes its time
                "10s")));
  }
}
