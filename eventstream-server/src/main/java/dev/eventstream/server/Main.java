package dev.eventstream.server;

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

/** Runs the server with settings from the environment until it is told to stop. */
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  private Main() {}

  private static final String PURPOSE =
      "Takes events over HTTP and delivers documents to Elasticsearch or OpenSearch, until it is"
          + " told to stop.";

  /**
   * Starts the server, prints one line when it is ready, and stops it on SIGTERM or SIGINT.
   *
   * @param args settings, or {@code --help}
   */
  @SuppressWarnings("SystemOut") // what a command says to its user
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
    EventServer server = start(arguments, environment);
    closeOnExit(server);
    System.out.println("eventstream is ready at " + server.url());
  }

  static EventServer start(List<String> arguments, Map<String, String> environment)
      throws InvalidSettingsException, IOException {
    SettingSources sources = SettingSources.of(arguments, environment);
    ServerSettings settings = ServerSettings.of(sources);
    LogConfigurator.use(settings.observation().logFormat());
    sources.warnings().forEach(LOG::warn);
    if (environment.containsKey("GUNICORN_WORKERS")) {
      LOG.info("GUNICORN_WORKERS does nothing any more: one process uses all cores");
    }
    return EventServer.start(settings);
  }

  /**
   * Has the server closed when the process is told to end, and the process end with 0 then: having
   * drained is a success, where the JVM itself would report the signal. Told a second time it ends
   * at once, with the signal's number and 128: what is answered is safe at any instant.
   *
   * @param closeables what to close, in this order
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
    AtomicBoolean told = new AtomicBoolean();
    for (String signal : List.of("TERM", "INT")) {
      Signals.handle(
          signal,
          number -> {
            if (told.getAndSet(true)) {
              Runtime.getRuntime().halt(128 + number);
            }
            System.exit(0);
          });
    }
  }
}
