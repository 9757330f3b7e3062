package dev.eventstream.server.http;

import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.server.AbstractHTTP2ServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.WindowRateControl;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.jspecify.annotations.Nullable;

/** HTTP/2, with limits per connection. */
final class Http2 {
  /** The number of concurrent requests; RFC 9113 recommends at least 100. */
  static final int MAX_STREAMS = 100;

  /** The flow-control windows, in bytes, of a request and of the connection. */
  private static final int STREAM_WINDOW = 128 * 1024;

  private static final int CONNECTION_WINDOW = 256 * 1024;

  /** The size, in bytes, of the header compression tables. */
  private static final int HEADER_TABLE = 4 * 1024;

  private static final int MAX_SETTINGS = 32;

  /**
   * The rate per second of frames that are cheap for the client, such as pings and cancelled
   * requests. Above it, the connection is closed.
   */
  private static final int MAX_IDLE_FRAMES_PER_SECOND = 64;

  private Http2() {}

  /** HTTP/2 without TLS: with prior knowledge, or after an upgrade. */
  static HTTP2CServerConnectionFactory cleartext(HttpConfiguration http) {
    return bounded(new Cleartext(http));
  }

  /** HTTP/2 over TLS, chosen with ALPN. */
  static HTTP2ServerConnectionFactory encrypted(HttpConfiguration http) {
    return bounded(new HTTP2ServerConnectionFactory(http));
  }

  /** Sets the limits; that of header sizes is in the HTTP configuration. */
  private static <F extends AbstractHTTP2ServerConnectionFactory> F bounded(F factory) {
    factory.setMaxConcurrentStreams(MAX_STREAMS);
    factory.setInitialStreamRecvWindow(STREAM_WINDOW);
    factory.setInitialSessionRecvWindow(CONNECTION_WINDOW);
    factory.setMaxDecoderTableCapacity(HEADER_TABLE);
    factory.setMaxEncoderTableCapacity(HEADER_TABLE);
    factory.setMaxSettingsKeys(MAX_SETTINGS);
    factory.setRateControlFactory(new WindowRateControl.Factory(MAX_IDLE_FRAMES_PER_SECOND));
    factory.setConnectProtocolEnabled(false);
    return factory;
  }

  private static final class Cleartext extends HTTP2CServerConnectionFactory {
    Cleartext(HttpConfiguration http) {
      super(http);
    }

    /**
     * Upgrades no request with a chunked body, whose chunks Jetty would lose; the standard allows
     * it.
     */
    @Override
    public @Nullable Connection upgradeConnection(
        Connector connector,
        EndPoint endPoint,
        MetaData.Request request,
        HttpFields.Mutable response101)
        throws HttpException.RuntimeException {
      return request.getHttpFields().contains(HttpHeader.TRANSFER_ENCODING)
          ? null
          : super.upgradeConnection(connector, endPoint, request, response101);
    }
  }
}
