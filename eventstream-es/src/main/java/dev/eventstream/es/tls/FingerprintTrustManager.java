package dev.eventstream.es.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts the server of which a certificate in the presented chain has the fingerprint: its own, or
 * that of a CA which has signed it. The chain up to there is validated, host name included, with
 * the certificate found as the only CA; otherwise anyone could append it to a chain of his own.
 */
final class FingerprintTrustManager extends X509ExtendedTrustManager {
  private final Fingerprint expected;

  FingerprintTrustManager(Fingerprint expected) {
    this.expected = expected;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    trusting(chain).checkServerTrusted(chain, authType, engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    trusting(chain).checkServerTrusted(chain, authType, socket);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    trusting(chain).checkServerTrusted(chain, authType);
  }

  private X509ExtendedTrustManager trusting(X509Certificate[] chain) throws CertificateException {
    List<Fingerprint> presented = new ArrayList<>();
    for (X509Certificate certificate : chain) {
      Fingerprint fingerprint = Fingerprint.of(certificate);
      if (fingerprint.equals(expected)) {
        try {
          return PemTls.trustManager(List.of(certificate));
        } catch (GeneralSecurityException e) {
          throw new CertificateException("the certificate " + expected + " cannot be used", e);
        }
      }
      presented.add(fingerprint);
    }
    throw new CertificateException(
        "no certificate that the server presents has the fingerprint "
            + expected
            + "; theirs are "
            + presented
            + ", the server's own first: if the cluster's certificates were changed on purpose,"
            + " give the new fingerprint");
  }

  @Override
  public void checkClientTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("this side is the client");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateException {
    throw new CertificateException("this side is the client");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("this side is the client");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
