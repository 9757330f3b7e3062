package dev.eventstream.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;

/**
 * Starts the server before a stand-in for a cluster, has it take a few events, and stops it: a run
 * of which the JVM can make a class data archive ({@code -XX:ArchiveClassesAtExit}), with which the
 * next start takes a fraction of the time. Listens on the loopback interface only, and leaves
 * nothing behind but the archive.
 */
public final class Rehearsal {
  private static final String EVENT =
      "{\"eventType\":\"rehearsal\",\"eventValue\":\"start\",\"@timestamp\":\"2026-01-31T08:15:30Z\"}";

  private Rehearsal() {}

  /**
   * Runs it.
   *
   * @param args none
   * @throws Exception when anything is not as it should be; there is no use in an archive then
   */
  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory("eventstream-rehearsal");
    try {
      Path ids = Files.createDirectory(directory.resolve("ids"));
      Files.writeString(ids.resolve("rehearsal.json"), "{\"start\":\"s\"}");
      Server cluster = standIn();
      try {
        EventServer server =
            Main.start(
                List.of("--host", "127.0.0.1"),
                Map.of(
                    "ELASTICSEARCH_URL", url(cluster),
                    "EVENTSTREAM_ADMIN_PORT", "0",
                    "EVENTSTREAM_PORT", "0",
                    "EVENTSTREAM_ID_DIR", ids.toString(),
                    "EVENTSTREAM_SPOOL_DIR", directory.resolve("spool").toString()));
        try (server) {
          exchange(server, "/readyz", "", 200);
          exchange(server, "/", "", 200);
          exchange(server, "/", EVENT, 200);
          exchange(server, "/v1/events", "[" + EVENT + "," + EVENT + "]", 200);
          cluster.stop();
          exchange(server, "/v1/events", EVENT, 202);
        }
      } finally {
        cluster.stop();
      }
    } finally {
      delete(directory);
    }
  }

  private static void exchange(EventServer server, String path, String body, int expected)
      throws IOException {
    HttpURLConnection http =
        (HttpURLConnection) URI.create(server.url() + path).toURL().openConnection();
    if (!body.isEmpty()) {
      http.setDoOutput(true);
      http.setRequestProperty("Content-Type", "application/json");
      http.getOutputStream().write(body.getBytes(UTF_8));
    }
    if (http.getResponseCode() != expected) {
      throw new IOException(path + " was answered " + http.getResponseCode());
    }
    http.getInputStream().readAllBytes();
  }

  /** Says who it is, and acknowledges every document. */
  private static Server standIn() throws Exception {
    Server server = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback)
              throws Exception {
            String body = Content.Source.asString(request);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
            String answer =
                request.getMethod().equals("GET")
                    ? "{\"version\":{\"number\":\"2.19.6\",\"distribution\":\"opensearch\"}}"
                    : acknowledged(body);
            Content.Sink.write(response, true, answer, callback);
            return true;
          }
        });
    server.start();
    return server;
  }

  private static String acknowledged(String bulk) {
    long documents = bulk.lines().filter(line -> line.startsWith("{\"create\"")).count();
    List<String> items = Collections.nCopies((int) documents, "{\"create\":{\"status\":201}}");
    return "{\"errors\":false,\"items\":[" + String.join(",", items) + "]}";
  }

  private static String url(Server server) {
    return "http://127.0.0.1:" + ((NetworkConnector) server.getConnectors()[0]).getLocalPort();
  }

  private static void delete(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(directory)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.delete(file);
    }
  }
}
