package dev.eventstream.es;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.ToIntFunction;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** Answers like a cluster and records the requests. */
public final class StandInCluster implements AutoCloseable {

  /** A received request; each character of the body is one byte. */
  public record Asked(String method, URI uri, Headers headers, String rawBody) {
    public byte[] body() {
      return rawBody.getBytes(ISO_8859_1);
    }

    public String header(String name) {
      return headers.getFirst(name);
    }
  }

  public final List<Asked> asked = new CopyOnWriteArrayList<>();

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile ToIntFunction<Asked> status = request -> 200;

  private StandInCluster(HttpServer server) {
    this.server = server;
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  public static StandInCluster http() throws IOException {
    return new StandInCluster(HttpServer.create(address(0), 0));
  }

  public static StandInCluster https(SSLContext context) throws IOException {
    return https(context, 0, false);
  }

  /** Uses the default protocols unless some are given. */
  public static StandInCluster https(
      SSLContext context, int port, boolean clientCertificate, String... protocols)
      throws IOException {
    HttpsServer server = HttpsServer.create(address(port), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters tls = context.getDefaultSSLParameters();
            tls.setNeedClientAuth(clientCertificate);
            if (protocols.length > 0) {
              tls.setProtocols(protocols);
            }
            parameters.setSSLParameters(tls);
          }
        });
    return new StandInCluster(server);
  }

  private static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Answers with this status; from 300 on the body repeats the credentials. */
  public StandInCluster answering(ToIntFunction<Asked> newStatus) {
    status = newStatus;
    return this;
  }

  public int port() {
    return server.getAddress().getPort();
  }

  public URI url() {
    return url(server instanceof HttpsServer ? "https" : "http", "127.0.0.1");
  }

  public URI url(String scheme, String host) {
    return URI.create(scheme + "://" + host + ":" + port());
  }

  /** The bulk requests. */
  public List<Asked> bulks() {
    return asked.stream().filter(request -> request.uri.getPath().endsWith("/_bulk")).toList();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Asked request =
          new Asked(
              exchange.getRequestMethod(),
              exchange.getRequestURI(),
              exchange.getRequestHeaders(),
              new String(exchange.getRequestBody().readAllBytes(), ISO_8859_1));
      asked.add(request);
      int code = status.applyAsInt(request);
      byte[] answer = (code < 300 ? good(request) : bad(request)).getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(code, answer.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(answer);
      }
    }
  }

  private static String good(Asked request) throws IOException {
    if (!request.uri.getPath().endsWith("/_bulk")) {
      return "{\"version\":{\"number\":\"8.15.0\"}}";
    }
    byte[] body = request.body();
    if ("gzip".equals(request.header("Content-Encoding"))) {
      body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
    }
    long documents = new String(body, UTF_8).lines().count() / 2;
    return "{\"items\":["
        + String.join(",", Collections.nCopies((int) documents, "{\"create\":{\"status\":201}}"))
        + "]}";
  }

  private static String bad(Asked request) {
    return "{\"error\":\"not " + request.header("Authorization") + "\"}";
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
