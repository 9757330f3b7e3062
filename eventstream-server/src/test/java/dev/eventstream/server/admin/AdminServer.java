package dev.eventstream.server.admin;

import static dev.eventstream.server.fixture.ApiDescription.ADMIN;

import dev.eventstream.observe.StreamListener;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.server.guard.AdminAccess;
import dev.eventstream.server.guard.AdminKey;
import dev.eventstream.server.http.HttpLimits;
import dev.eventstream.server.http.HttpServer;
import dev.eventstream.server.http.Routes;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.Document;
import dev.eventstream.spool.MapDbSpool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The admin API on a free port, over a server with a spool and a scripted sink. */
public final class AdminServer implements AutoCloseable {
  /** The first attempt of the letters. */
  static final Instant FIRST = Instant.parse("2026-05-04T10:00:00Z");

  public final TestServer server;
  final Activity activity = new Activity(StreamListener.NONE);
  final Path directory;
  final Routes routes;
  private final Jobs jobs;
  private final HttpServer admin;

  public AdminServer(Path root) throws Exception {
    this(root, null, "127.0.0.1", TestServer.limits());
  }

  /**
   * Starts the server.
   *
   * @param host is that of the setting; the server always listens on the loopback address
   */
  AdminServer(Path root, @Nullable Supplier<AdminKey> key, String host, HttpLimits limits)
      throws Exception {
    MapDbSpool spool = MapDbSpool.builder(root).maxBytes(64 << 20).minFreeBytes(0).open();
    directory = spool.directory();
    server = TestServer.start(builder -> builder.spool(spool).listener(activity));
    jobs = new Jobs(server.stream(), directory);
    boolean loopback = host.equals("127.0.0.1");
    routes =
        AdminApi.routes(
            server.stream(),
            "1.2.3",
            activity,
            jobs,
            server.probes(),
            new AdminAccess(key, host, loopback, limits.pace()),
            limits);
    admin = HttpServer.forOperators("127.0.0.1", 0, limits, routes);
  }

  /** With a key that every request needs. */
  public static AdminServer withKey(Path root, String secret) throws Exception {
    AdminKey key = AdminKey.of(secret);
    return new AdminServer(root, () -> key, "127.0.0.1", TestServer.limits());
  }

  public int port() {
    return admin.port();
  }

  public int connections() {
    return admin.connections();
  }

  RawClient connect() throws IOException {
    return new RawClient(port(), ADMIN);
  }

  /** A request with these headers, which are whole lines. */
  Reply send(String method, String target, String headers, String body) throws IOException {
    try (RawClient client = connect()) {
      String length = body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n";
      return client.send(RawClient.head(method, target, headers + length) + body).read();
    }
  }

  Reply get(String target) throws IOException {
    return send("GET", target, "", "");
  }

  Reply post(String target, String body) throws IOException {
    return send("POST", target, "Content-Type: application/json\r\n", body);
  }

  /** Adds letters with the ids d0, d1, …, one minute apart. */
  public void addLetters(int count) {
    List<DeadLetter> letters = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String type = i % 2 == 0 ? "click" : "view";
      String source = "{\"eventType\":\"" + type + "\",\"n\":" + i + "}";
      Document document =
          new Document(type, "d" + i, null, source.getBytes(StandardCharsets.UTF_8));
      Instant first = FIRST.plusSeconds(60L * i);
      letters.add(new DeadLetter(document, "mapping of n" + i, first, first.plusSeconds(5)));
    }
    server.stream().deadLetters().add(letters).toCompletableFuture().join();
  }

  @Override
  public void close() throws Exception {
    server.sink.release();
    jobs.close();
    admin.close();
    server.close();
  }
}
