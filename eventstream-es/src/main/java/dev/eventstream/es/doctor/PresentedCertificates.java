package dev.eventstream.es.doctor;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Records the certificates that a server presents, whatever they are worth: to say when they
 * expire, also if they already have. Nothing may be sent over such a connection.
 */
final class PresentedCertificates extends X509ExtendedTrustManager {
  private List<X509Certificate> chain = List.of();

  private PresentedCertificates() {}

  /**
   * Begins a handshake over a connection, and closes it.
   *
   * @throws IOException if the server presents no certificate
   */
  static List<X509Certificate> of(Socket connection, String host, int port) throws IOException {
    PresentedCertificates presented = new PresentedCertificates();
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {presented}, null);
      try (SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(connection, host, port, true)) {
        socket.startHandshake();
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JVM has TLS", e);
    } catch (IOException e) {
      if (presented.chain.isEmpty()) { // afterwards it may want a client certificate
        throw e;
      }
    }
    return presented.chain;
  }

  private void record(X509Certificate[] presented) {
    chain = List.of(presented);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] presented, String type) {
    record(presented);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] presented, String type, Socket socket) {
    record(presented);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] presented, String type, SSLEngine engine) {
    record(presented);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] presented, String type) {}

  @Override
  public void checkClientTrusted(X509Certificate[] presented, String type, Socket socket) {}

  @Override
  public void checkClientTrusted(X509Certificate[] presented, String type, SSLEngine engine) {}

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
