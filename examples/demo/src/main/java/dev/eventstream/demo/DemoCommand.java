package dev.eventstream.demo;

import dev.eventstream.server.EventServer;
import dev.eventstream.server.Signals;
import dev.eventstream.server.cli.Console;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.testkit.EngineStartException;
import dev.eventstream.testkit.RealEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The command {@code demo}: starts a real engine and the server in front of it. Stops both on
 * SIGTERM or SIGINT.
 */
@Command(
    name = "demo",
    header = "Runs an engine and the server, whose page publishes events.",
    description =
        "Runs an engine and the server, whose page publishes events. The server reads its settings from"
            + " the environment; see eventstream serve --help.")
final class DemoCommand implements Callable<Integer> {
  private static final int ENGINE_PORT = 9200;
  private static final int MAX_PORT = 65_535;

  private final Console console;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port of the server (default: 8080).")
  private int port;

  @Option(
      names = "--engine",
      paramLabel = "SPEC",
      defaultValue = "opensearch:2.19.6",
      description =
          "opensearch:2.19.6 (default), elasticsearch:6.5.4, ...; see eventstream engine --help.")
  private String engine = "";

  @Option(
      names = "--engine-port",
      paramLabel = "N",
      description = "Port of the engine (default: 9200, or a free one if that is taken).")
  private @Nullable Integer enginePort;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where the engine keeps its data (default: a temporary directory).")
  private @Nullable Path data;

  DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InvalidSettingsException, IOException, InterruptedException {
    checkPort("--port", port);
    checkPort("--engine-port", enginePort == null ? 0 : enginePort);
    Map<String, String> environment = new HashMap<>(console.environment());
    environment.putIfAbsent("EVENTSTREAM_HOST", "127.0.0.1");
    environment.putIfAbsent("EVENTSTREAM_ADMIN_PORT", "0"); // another server may run here
    environment.put("EVENTSTREAM_PORT", String.valueOf(port));
    environment.remove("ELASTICSEARCH_URL");
    ServerSettings.fromEnvironment(environment); // fails before the engine is started
    RealEngine running;
    try {
      running = startEngine();
    } catch (EngineStartException e) {
      throw new IOException(e.getMessage(), e);
    }
    try {
      environment.put("ELASTICSEARCH_URL", running.url().toString());
      EventServer server = EventServer.start(ServerSettings.fromEnvironment(environment));
      Signals.closeOnExit(server, running);
      console
          .out()
          .println(
              "eventstream is ready at "
                  + server.url()
                  + " (page, POST /, POST /v1/events), writing to "
                  + running);
    } catch (InvalidSettingsException | IOException | RuntimeException e) {
      running.close();
      throw e;
    }
    new CountDownLatch(1).await(); // a signal ends the process
    return 0;
  }

  private static void checkPort(String option, int value) {
    if (value < 0 || value > MAX_PORT) {
      throw new IllegalArgumentException(
          option + " is \"" + value + "\"; specify a number from 0 to 65535");
    }
  }

  private RealEngine startEngine() {
    RealEngine.Builder builder = RealEngine.builder(engine).jvmOption("-XX:TieredStopAtLevel=4");
    if (data != null) {
      builder.dataDirectory(data);
    }
    return builder.port(enginePort == null ? usualPortOrAny() : enginePort).start();
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
