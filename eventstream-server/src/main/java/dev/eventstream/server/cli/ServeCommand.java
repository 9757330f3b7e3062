package dev.eventstream.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.Signals;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.config.SettingSources;
import dev.eventstream.server.logging.LogConfigurator;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The command {@code serve}: runs the server until SIGTERM or SIGINT. */
@Command(
    name = "serve",
    header = "Runs the server.",
    description =
        "Accepts events over HTTP and delivers them to Elasticsearch or OpenSearch, until SIGTERM or"
            + " SIGINT.")
final class ServeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  private final Console console;

  @Mixin private SettingOptions.Shown options = new SettingOptions.Shown();

  ServeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InvalidSettingsException, IOException, InterruptedException {
    return serve(console, options.sources(console));
  }

  /** Runs the server; does not return. */
  static int serve(Console console, SettingSources sources)
      throws InvalidSettingsException, IOException, InterruptedException {
    ServerSettings settings = ServerSettings.of(sources);
    LogConfigurator.use(settings.observation().logFormat());
    sources.warnings().forEach(LOG::warn);
    if (console.environment().containsKey("GUNICORN_WORKERS")) {
      LOG.info("GUNICORN_WORKERS has no effect any more: one process uses all cores");
    }
    EventServer server = EventServer.start(settings);
    Signals.closeOnExit(server);
    console.out().println(readyLine(server.url(), settings.observation().logFormat()));
    new CountDownLatch(1).await(); // a signal ends the process
    return Cli.DONE;
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
}
