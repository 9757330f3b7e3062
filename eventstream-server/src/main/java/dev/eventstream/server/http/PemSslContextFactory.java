package dev.eventstream.server.http;

import dev.eventstream.tls.ReloadingPem;
import dev.eventstream.tls.TlsSettings;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** TLS with the certificate that the PEM files hold when a connection is made. */
final class PemSslContextFactory extends SslContextFactory.Server {
  private final ReloadingPem<SSLContext> pem;

  PemSslContextFactory(TlsSettings settings) {
    this.pem = new ReloadingPem<>(settings, context -> context);
    setSslContext(pem.current()); // or it would look for a key store
    setIncludeProtocols("TLSv1.3", "TLSv1.2");
    setRenegotiationAllowed(false);
  }

  @Override
  public SSLEngine newSSLEngine() {
    return engine(pem.current().createSSLEngine());
  }

  @Override
  public SSLEngine newSSLEngine(String host, int port) {
    return engine(pem.current().createSSLEngine(host, port));
  }

  private SSLEngine engine(SSLEngine engine) {
    customize(engine);
    return engine;
  }
}
