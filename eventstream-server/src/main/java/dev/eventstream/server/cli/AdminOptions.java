package dev.eventstream.server.cli;

import dev.eventstream.server.admin.AdminClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A mixin: the command talks to a running server. */
@Command
final class AdminOptions {
  private static final String KEY = "EVENTSTREAM_ADMIN_KEY";

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "The admin port of the server (default: http://127.0.0.1 with EVENTSTREAM_ADMIN_PORT, 8081).")
  private @Nullable String url;

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description =
          "A file with the key of the admin port (default: EVENTSTREAM_ADMIN_KEY, or the file that"
              + " EVENTSTREAM_ADMIN_KEY_FILE names).")
  private @Nullable Path keyFile;

  /** Whether the user has named a server. */
  boolean namesServer() {
    return url != null;
  }

  /**
   * A client of the server that the options name, or of the one on this machine.
   *
   * @throws IllegalArgumentException if an option or a variable is not valid
   * @throws IOException if the file of the key cannot be read
   */
  AdminClient client(Map<String, String> environment) throws IOException {
    return new AdminClient(server(environment), key(environment));
  }

  /** A client of another server, with the key of the options. */
  AdminClient client(URI server, Map<String, String> environment) throws IOException {
    return new AdminClient(server, key(environment));
  }

  private URI server(Map<String, String> environment) {
    if (url != null) {
      try {
        return URI.create(url);
      } catch (IllegalArgumentException e) { // its message would repeat a password
        throw new IllegalArgumentException("--url is not a URL; write http://127.0.0.1:8081");
      }
    }
    String port = environment.getOrDefault("EVENTSTREAM_ADMIN_PORT", "");
    if (port.equals("off")) {
      throw new IllegalArgumentException(
          "EVENTSTREAM_ADMIN_PORT is \"off\": the server has no admin port; set one, or name"
              + " another server with --url");
    }
    if (!port.matches("[0-9]{0,5}")) {
      throw new IllegalArgumentException(
          "EVENTSTREAM_ADMIN_PORT is \""
              + port
              + "\": write a port, or name the server with --url");
    }
    return URI.create("http://127.0.0.1:" + (port.isEmpty() ? "8081" : port));
  }

  private @Nullable String key(Map<String, String> environment) throws IOException {
    String named = environment.getOrDefault(KEY + "_FILE", "");
    if (keyFile != null || !named.isEmpty()) {
      Path file = keyFile != null ? keyFile : Path.of(named);
      try {
        return Files.readString(file).strip();
      } catch (IOException e) {
        throw new IOException("the file of the admin key cannot be read: " + e, e);
      }
    }
    String key = environment.getOrDefault(KEY, "");
    return key.isEmpty() ? null : key;
  }
}
