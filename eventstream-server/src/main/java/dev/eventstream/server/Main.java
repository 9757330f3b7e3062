package dev.eventstream.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.eventstream.server.config.CommandLineOptions;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.config.SettingSources;
import dev.eventstream.server.logging.LogConfigurator;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the server until SIGTERM or SIGINT. */
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  private Main() {}

  private static final String PURPOSE =
      "Accepts events over HTTP and delivers them to Elasticsearch or OpenSearch, until SIGTERM or"
          + " SIGINT.";

  /**
   * Starts the server, prints one line when it is ready, and stops it on SIGTERM or SIGINT.
   *
   * @param args settings, or {@code --help}
   */
  @SuppressWarnings("SystemOut") // the output of a command
  public static void main(String[] args) {
    List<String> arguments = List.of(args);
    if (CommandLineOptions.wantsHelp(arguments)) {
      System.out.print(CommandLineOptions.usage("serve", PURPOSE));
      return;
    }
    try {
      run(arguments, System.getenv());
    } catch (InvalidSettingsException | IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    } catch (IOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  @SuppressWarnings("SystemOut")
  private static void run(List<String> arguments, Map<String, String> environment)
      throws InvalidSettingsException, IOException {
    SettingSources sources = SettingSources.of(arguments, environment);
    ServerSettings settings = ServerSettings.of(sources);
    EventServer server = start(sources, settings, environment);
    closeOnExit(server);
    System.out.println(readyLine(server.url(), settings.observation().logFormat()));
  }

  /** One line on the standard output, in the format of the log. */
  static String readyLine(String url, String logFormat) {
    String message = "eventstream is ready at " + url;
    return logFormat.equals("json")
        ? JsonNodeFactory.instance
            .objectNode()
            .put("timestamp", System.currentTimeMillis())
            .put("level", "INFO")
            .put("formattedMessage", message)
            .put("url", url)
            .toString()
        : message;
  }

  private static EventServer start(
      SettingSources sources, ServerSettings settings, Map<String, String> environment)
      throws IOException {
    LogConfigurator.use(settings.observation().logFormat());
    sources.warnings().forEach(LOG::warn);
    if (environment.containsKey("GUNICORN_WORKERS")) {
      LOG.info("GUNICORN_WORKERS has no effect any more: one process uses all cores");
    }
    return EventServer.start(settings);
  }

  /**
   * Closes the server on SIGTERM and SIGINT, and then ends the process with exit code 0, where the
   * JVM itself would report the signal. A second signal ends the process immediately, with 128 plus
   * the signal's number: accepted events are durable at any time.
   *
   * @param closeables are closed in this order
   */
  public static void closeOnExit(AutoCloseable... closeables) {
    Thread hook =
        new Thread(
            () -> {
              int status = 0;
              for (AutoCloseable closeable : closeables) {
                try {
                  closeable.close();
                } catch (Exception e) {
                  LOG.error("Stopping failed", e);
                  status = 1;
                }
              }
              Runtime.getRuntime().halt(status);
            },
            "eventstream-shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
    AtomicBoolean stopping = new AtomicBoolean();
    for (String signal : List.of("TERM", "INT")) {
      Signals.handle(
          signal,
          number -> {
            if (stopping.getAndSet(true)) {
              Runtime.getRuntime().halt(128 + number);
            }
            System.exit(0);
          });
    }
  }
}
