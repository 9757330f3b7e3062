package dev.eventstream.embedding;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Answers as a cluster that accepts every document. */
final class StandInCluster implements AutoCloseable {
  private final HttpServer server;

  StandInCluster() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", StandInCluster::answer);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      long lines = new String(exchange.getRequestBody().readAllBytes(), UTF_8).lines().count();
      String items = "{\"create\":{\"status\":201}},".repeat((int) lines / 2);
      String answer =
          exchange.getRequestURI().getPath().equals("/_bulk")
              ? "{\"items\":[" + items.substring(0, items.length() - 1) + "]}"
              : "{\"version\":{\"number\":\"8.15.0\"}}";
      byte[] bytes = answer.getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
