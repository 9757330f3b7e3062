package dev.eventstream.demo;

import dev.eventstream.server.EventServer;
import dev.eventstream.server.Signals;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.testkit.EngineStartException;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Starts a real engine and the server in front of it. Stops both on SIGTERM or SIGINT. */
public final class Demo {
  private static final int ENGINE_PORT = 9200;

  private Demo() {}

  /**
   * Runs the demo and prints one line when both are ready.
   *
   * @param args see {@code --help}
   */
  @SuppressWarnings("SystemOut") // output of the command
  public static void main(String[] args) {
    if (List.of(args).contains("--help") || List.of(args).contains("-h")) {
      System.out.print(DemoOptions.USAGE);
      return;
    }
    try {
      run(DemoOptions.parse(List.of(args)));
    } catch (InvalidSettingsException | IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.println();
      System.err.print(DemoOptions.USAGE);
      System.exit(2);
    } catch (IOException | EngineStartException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  @SuppressWarnings("SystemOut")
  private static void run(DemoOptions options) throws InvalidSettingsException, IOException {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.putIfAbsent("EVENTSTREAM_HOST", "127.0.0.1");
    environment.putIfAbsent("EVENTSTREAM_ADMIN_PORT", "0"); // another server may run here
    environment.put("EVENTSTREAM_PORT", String.valueOf(options.port()));
    environment.remove("ELASTICSEARCH_URL");
    ServerSettings.fromEnvironment(environment); // fails before the engine is started
    RealEngine engine = engine(options);
    try {
      environment.put("ELASTICSEARCH_URL", engine.url().toString());
      EventServer server = EventServer.start(ServerSettings.fromEnvironment(environment));
      Signals.closeOnExit(server, engine);
      System.out.println(
          "eventstream is ready at "
              + server.url()
              + " (page, POST /, POST /v1/events), writing to "
              + engine);
    } catch (InvalidSettingsException | IOException | RuntimeException e) {
      engine.close();
      throw e;
    }
  }

  private static RealEngine engine(DemoOptions options) {
    RealEngine.Builder builder =
        RealEngine.builder(options.engine()).jvmOption("-XX:TieredStopAtLevel=4");
    if (options.data() != null) {
      builder.dataDirectory(options.data());
    }
    Integer port = options.enginePort();
    return builder.port(port == null ? usualPortOrAny() : port).start();
  }

  private static int usualPortOrAny() {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), ENGINE_PORT));
      return ENGINE_PORT;
    } catch (IOException e) {
      return 0;
    }
  }
}
