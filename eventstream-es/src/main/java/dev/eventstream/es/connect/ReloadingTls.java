package dev.eventstream.es.connect;

import dev.eventstream.tls.ReloadingPem;
import dev.eventstream.tls.TlsSettings;
import java.net.SocketAddress;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.client5.http.ssl.NoopHostnameVerifier;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.nio.ssl.TlsStrategy;
import org.apache.hc.core5.net.NamedEndpoint;
import org.apache.hc.core5.reactor.ssl.SSLBufferMode;
import org.apache.hc.core5.reactor.ssl.TransportSecurityLayer;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Secures new connections with the current contents of the TLS files, see {@link ReloadingPem}, or
 * with the current context of the application. Thread-safe.
 */
final class ReloadingTls implements TlsStrategy {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private final Supplier<TlsStrategy> strategy;

  /**
   * Reads the files.
   *
   * @param context asked for each connection, instead of reading files; null to read them
   * @throws IllegalArgumentException if a file is unusable
   */
  ReloadingTls(TlsSettings settings, @Nullable Supplier<SSLContext> context) {
    if (context == null) {
      ReloadingPem<TlsStrategy> files =
          new ReloadingPem<>(settings, read -> strategy(settings, read));
      this.strategy = files::current;
    } else {
      this.strategy = () -> strategy(settings, context.get());
    }
  }

  @Override
  public void upgrade(
      TransportSecurityLayer session,
      NamedEndpoint endpoint,
      @Nullable Object attachment,
      @Nullable Timeout handshakeTimeout,
      @Nullable FutureCallback<TransportSecurityLayer> callback) {
    strategy.get().upgrade(session, endpoint, attachment, handshakeTimeout, callback);
  }

  @Override
  @Deprecated
  public boolean upgrade(
      TransportSecurityLayer session,
      HttpHost host,
      SocketAddress localAddress,
      SocketAddress remoteAddress,
      @Nullable Object attachment,
      @Nullable Timeout handshakeTimeout) {
    return strategy
        .get()
        .upgrade(session, host, localAddress, remoteAddress, attachment, handshakeTimeout);
  }

  private static TlsStrategy strategy(TlsSettings settings, SSLContext context) {
    boolean verify = settings.verifyHostNames();
    return new DefaultClientTlsStrategy(
        context,
        PROTOCOLS,
        null,
        SSLBufferMode.STATIC,
        verify ? HostnameVerificationPolicy.BUILTIN : HostnameVerificationPolicy.CLIENT,
        verify ? null : NoopHostnameVerifier.INSTANCE) {

      /** Up to 5.5.0 the client applies the policy too late, so that it has no effect. */
      @Override
      protected void initializeEngine(SSLEngine engine) {
        if (verify) {
          SSLParameters parameters = engine.getSSLParameters();
          parameters.setEndpointIdentificationAlgorithm("HTTPS");
          engine.setSSLParameters(parameters);
        }
      }
    };
  }
}
