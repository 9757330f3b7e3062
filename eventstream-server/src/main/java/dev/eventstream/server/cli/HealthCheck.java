package dev.eventstream.server.cli;

import dev.eventstream.internal.CredentialMask;
import java.io.IOException;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.util.List;
import java.util.Map;

/**
 * The program of the command {@code health [URL]}: checks whether a server is healthy, for the
 * health checks of containers. It runs every few seconds, so it uses only the JDK: it needs no
 * other jar, little memory and little time.
 */
public final class HealthCheck {
  private static final int TIMEOUT_MILLIS = 2_000;

  private HealthCheck() {}

  /**
   * Runs the command.
   *
   * @param args the URL, or nothing
   */
  @SuppressWarnings("SystemOut") // the output of a command
  public static void main(String[] args) {
    System.exit(run(List.of(args), System.getenv(), System.err));
  }

  static int run(List<String> args, Map<String, String> environment, PrintStream err) {
    if (args.size() > 1 || args.stream().anyMatch(arg -> !arg.startsWith("http://"))) {
      String given = CredentialMask.urls(String.join(" ", args));
      err.println("health needs one URL, http://…, not \"" + given + "\"; see health --help");
      return 2;
    }
    String url = args.isEmpty() ? url(environment) : args.get(0);
    String shown = CredentialMask.urls(url);
    try {
      HttpURLConnection http =
          (HttpURLConnection) URI.create(url).toURL().openConnection(Proxy.NO_PROXY);
      http.setConnectTimeout(TIMEOUT_MILLIS);
      http.setReadTimeout(TIMEOUT_MILLIS);
      if (http.getResponseCode() == HttpURLConnection.HTTP_OK) {
        return 0;
      }
      err.println(shown + " answers " + http.getResponseCode());
    } catch (IOException e) {
      err.println(shown + " cannot be reached: " + e.getMessage());
    } catch (IllegalArgumentException e) { // its message would repeat a password
      err.println(shown + " is not a URL; write one such as http://127.0.0.1:8081/livez");
    }
    return 1;
  }

  private static String url(Map<String, String> environment) {
    String port = set(environment, "EVENTSTREAM_ADMIN_PORT", "8081");
    if (port.equals("off")) {
      port = set(environment, "EVENTSTREAM_PORT", "8080");
    }
    return "http://127.0.0.1:" + port + "/livez";
  }

  private static String set(Map<String, String> environment, String name, String defaultValue) {
    String value = environment.getOrDefault(name, "");
    return value.isEmpty() ? defaultValue : value;
  }
}
