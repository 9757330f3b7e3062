package dev.eventstream.tls;

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
 * Trusts a server if a certificate in its chain has the expected fingerprint: its own certificate
 * or that of a CA that signed it. The chain is then validated, host name included, with the
 * matching certificate as the only CA. Without this validation anyone could append the public CA
 * certificate to an unrelated chain.
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
            + "; the server presents "
            + presented
            + ", its own certificate first: if the certificates were changed on purpose,"
            + " set the new fingerprint");
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
