package dev.eventstream.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.util.function.IntFunction;

/** Posts one body per request over its own connection. */
final class HttpSender implements Load.Sender {
  private final PlainHttp http;
  private final String path;
  private final String contentType;
  private final IntFunction<byte[]> bodies;

  HttpSender(URI url, String path, String contentType, IntFunction<byte[]> bodies)
      throws IOException {
    this.http = new PlainHttp(url);
    this.path = path;
    this.contentType = contentType;
    this.bodies = bodies;
  }

  @Override
  public void send(int request) throws IOException {
    http.post(path, contentType, bodies.apply(request));
  }

  @Override
  public void close() throws IOException {
    http.close();
  }
}
