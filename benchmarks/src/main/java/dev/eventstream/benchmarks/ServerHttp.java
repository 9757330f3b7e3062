package dev.eventstream.benchmarks;

import java.io.IOException;
import java.net.URI;

/** Our server over HTTP, with one batch or one event per request. */
final class ServerHttp implements Way {
  private final URI server;
  private final String path;
  private final byte[] body;

  private ServerHttp(URI server, String path, byte[] body) {
    this.server = server;
    this.path = path;
    this.body = body;
  }

  static ServerHttp batches(URI server, byte[] array) {
    return new ServerHttp(server, "/v1/events", array);
  }

  static ServerHttp singles(URI server, byte[] event) {
    return new ServerHttp(server, "/", event);
  }

  @Override
  public Load.Sender connect() throws IOException {
    return new HttpSender(server, path, "application/json", request -> body);
  }
}
