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

/** HTTP/2, and what one connection of it may ask for. */
final class Http2 {
  /** As many requests at once as RFC 9113 would have at least. */
  static final int MAX_STREAMS = 100;

  /** How much a client may send before it is read, for each request and for all of them. */
  private static final int STREAM_WINDOW = 128 * 1024;

  private static final int CONNECTION_WINDOW = 256 * 1024;

  /** How much of the headers of earlier requests and answers is remembered. */
  private static final int HEADER_TABLE = 4 * 1024;

  private static final int MAX_SETTINGS = 32;

  /**
   * How many frames a second may come that cost the client nothing, such as pings and requests that
   * are cancelled at once. Beyond, the connection ends.
   */
  private static final int MAX_IDLE_FRAMES_PER_SECOND = 64;

  private Http2() {}

  /** HTTP/2 without TLS: by clients that know that we speak it, or after an upgrade. */
  static HTTP2CServerConnectionFactory cleartext(HttpConfiguration http) {
    return bounded(new Cleartext(http));
  }

  /** HTTP/2 over TLS, by clients that choose it while they connect. */
  static HTTP2ServerConnectionFactory encrypted(HttpConfiguration http) {
    return bounded(new HTTP2ServerConnectionFactory(http));
  }

  /** How large headers may be is said by the HTTP configuration. */
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

    /** A request with a body stays HTTP/1.1, as the standard allows; Jetty forgets chunks. */
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
