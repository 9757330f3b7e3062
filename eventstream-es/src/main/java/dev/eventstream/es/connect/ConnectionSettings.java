package dev.eventstream.es.connect;

import dev.eventstream.tls.TlsSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.jspecify.annotations.Nullable;

/**
 * How the cluster is reached. An instance has no contradictions, and its secrets were available
 * when it was created.
 *
 * @param login null for no {@code Authorization} header
 * @param tls applies to nodes with {@code https} only
 * @param sslContext instead of files in {@code tls}: supplies the context for each new connection;
 *     null for none
 * @param proxy null for direct connections
 * @param proxyLogin null for none
 * @param headers sent with each request
 * @param connectTimeout for establishing a connection
 * @param requestTimeout how long a node may send nothing during a request
 * @param sniffInterval how often the cluster is asked for its nodes; zero for never
 */
public record ConnectionSettings(
    ClusterUrls urls,
    @Nullable Login login,
    TlsSettings tls,
    @Nullable Supplier<SSLContext> sslContext,
    @Nullable HttpHost proxy,
    @Nullable Login proxyLogin,
    List<Header> headers,
    Duration connectTimeout,
    Duration requestTimeout,
    Duration sniffInterval) {

  /**
   * Checks the settings against each other and asks for the secrets.
   *
   * @throws IllegalArgumentException if they contradict each other or a secret is unusable
   */
  public ConnectionSettings {
    headers = List.copyOf(headers);
    checkTls(urls, tls, sslContext);
    if (!sniffInterval.isZero() && sniffInterval.compareTo(requestTimeout) <= 0) {
      throw new IllegalArgumentException(
          "sniffInterval is "
              + sniffInterval.toMillis()
              + " ms; it must be longer than the requestTimeout of "
              + requestTimeout.toMillis()
              + " ms");
    }
    if (proxyLogin != null && proxy == null) {
      throw new IllegalArgumentException(
          "there are credentials for a proxy, but no proxy; set the proxy, or remove them");
    }
    try {
      if (login != null) {
        login.header();
      }
      if (proxyLogin != null) {
        proxyLogin.password();
      }
    } catch (UnusableCredentialsException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static void checkTls(
      ClusterUrls urls, TlsSettings tls, @Nullable Supplier<SSLContext> sslContext) {
    if (tls.authorities() != null && tls.fingerprint() != null) {
      throw new IllegalArgumentException(
          "there are trusted certificate authorities and a certificate fingerprint;"
              + " a fingerprint trusts that one certificate only, so leave one of them out");
    }
    boolean files =
        tls.authorities() != null || tls.fingerprint() != null || tls.identity() != null;
    if (files && sslContext != null) {
      throw new IllegalArgumentException(
          "there are an SSL context and other certificates;"
              + " the context has its own, so leave one of them out");
    }
    boolean set = files || sslContext != null || !tls.verifyHostNames();
    if (set && !urls.usesTls()) {
      throw new IllegalArgumentException(
          "there are settings for TLS, but the cluster URL "
              + urls.masked()
              + " does not use it; write https:// in the URLs, or remove the settings");
    }
  }

  /**
   * Checks headers that are sent with each request.
   *
   * @throws IllegalArgumentException if a header is invalid; the message does not contain its value
   */
  public static List<Header> headers(Map<String, String> headers) {
    return CustomHeaders.of(headers);
  }

  /**
   * Checks the address of an HTTP proxy.
   *
   * @throws IllegalArgumentException if the host or the port is invalid
   */
  public static HttpHost proxy(String host, int port) {
    if (host.isBlank() || host.indexOf('/') >= 0 || host.indexOf('@') >= 0) {
      throw new IllegalArgumentException(
          "the proxy's host must be a name or an address alone, such as proxy.example.com");
    }
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException(
          "the proxy's port is " + port + "; it must be from 1 to 65535");
    }
    return new HttpHost("http", host, port);
  }

  /** The name of the cluster in logs and errors: its URLs without credentials, and the proxy. */
  String clusterName() {
    return proxy == null ? urls.toString() : urls + " through the proxy " + proxy.toHostString();
  }
}
